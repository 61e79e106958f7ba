"""Parquet: a page a row, in any columns, a few rows in memory at a time.

A row group that is damaged costs its rows; the next one is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from detector.limits import Limits
from detector.sources import Counts
from detector.sources.columns import Chosen, ColumnError, Columns, choose
from detector.types import Document, Failure

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
SUFFIXES = (".parquet", ".pq")
_PAGE_TYPES = frozenset(
    (
        "text/html",
        "application/xhtml+xml",
        "text/plain",
        "text/markdown",
        "application/octet-stream",
    )
)
_ROWS = 64  # of a batch, at most
_BATCH_BYTES = 8_000_000  # of a batch, by the sizes that the file states


def read_parquet(
    stream: BinaryIO, name: str, limits: Limits, columns: Columns, counts: Counts
) -> Iterator[Document]:
    """A document a row; a row without address is called `name:row`, counted from 1.

    Raises ImportError where pyarrow is missing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # A buffer makes it read page by page, not whole column chunks.
        file = pq.ParquetFile(stream, buffer_size=1 << 20)
        chosen = choose(readable(file.schema_arrow), columns, file.schema_arrow.names)
    except ColumnError as error:
        yield Document(name, failure=Failure("no-content", f"{name} {error}"))
        return
    except (OSError, ValueError, pa.ArrowException) as error:
        words = f"{name} is no Parquet file that can be read ({_first_line(error)})"
        yield Document(name, failure=Failure("damaged", words))
        return
    first = 1
    for group in range(file.num_row_groups):
        about = file.metadata.row_group(group)
        row, failure = first, _bomb(about, set(chosen.names), limits)
        first += about.num_rows
        try:
            if failure is None:
                size = max(
                    1, min(_ROWS, _BATCH_BYTES * about.num_rows // (about.total_byte_size + 1))
                )
                for batch in file.iter_batches(
                    size, row_groups=[group], columns=chosen.names, use_threads=False
                ):
                    for document in read_batch(batch, chosen, f"{name}:", row, limits):
                        yield document
                        row += 1
        except (OSError, ValueError, pa.ArrowException) as error:
            failure = Failure("damaged", _first_line(error))
            counts.salvaged += group + 1 < file.num_row_groups
        if failure is not None:
            words = f"rows {row:,} to {first - 1:,} of {name} cannot be read: {failure.message}"
            yield Document(f"{name}:{row}-{first - 1}", failure=Failure(failure.kind, words))


def read_batch(
    batch: pa.RecordBatch, chosen: Chosen, prefix: str, row: int, limits: Limits
) -> Iterator[Document]:
    """A document a row of an Arrow batch; `prefix` and its number name one without address."""
    pages = [(_bytes(batch, name), kind, _is_text(batch, name)) for name, kind in chosen.pages]
    urls, charsets, types = (
        _bytes(batch, name) if name else None for name in (chosen.url, chosen.charset, chosen.type)
    )
    for index in range(batch.num_rows):
        uri = _word(urls, index) or f"{prefix}{row + index}"
        media, _, rest = _word(types, index).lower().partition(";")
        if media and media.strip() not in _PAGE_TYPES:
            failure = Failure("not-text", f"this is {media.strip()[:80]}, not a page")
            yield Document(uri, failure=failure)
            continue
        given = [page for page in pages if page[0][index].is_valid]
        if not given:
            failure = Failure("no-content", f"row {row + index} has no page")
            yield Document(uri, failure=failure)
            continue
        column, kind, text = given[0]
        data = column[index].as_py()
        if not data.strip():
            yield Document(uri, kind=kind, failure=Failure("empty", "the page is empty"))
            continue
        # A string is Unicode already: no meta tag of the page can change what it says.
        declared = _word(charsets, index) or rest.partition("charset=")[2].strip(" \"'")
        charset = "utf-8" if text else declared
        yield Document(
            uri, data[: limits.max_bytes], kind, charset, truncated=len(data) > limits.max_bytes
        )


def _word(column: Any, index: int) -> str:
    value = column[index].as_py() if column is not None else None
    return value.decode("utf-8", "replace") if value else ""


def readable(schema: pa.Schema) -> list[str]:
    """The columns of strings or bytes."""
    return [field.name for field in schema if _stringlike(field.type)]


def _stringlike(kind: Any) -> bool:
    import pyarrow.types as t

    if t.is_dictionary(kind):
        kind = kind.value_type
    tests = (t.is_string, t.is_large_string, t.is_binary, t.is_large_binary, t.is_string_view,
             t.is_binary_view)  # fmt: skip
    return any(test(kind) for test in tests)


def _is_text(batch: pa.RecordBatch, name: str) -> bool:
    import pyarrow.types as t

    kind = batch.schema.field(name).type
    if t.is_dictionary(kind):
        kind = kind.value_type
    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def _bytes(batch: pa.RecordBatch, name: str) -> Any:
    """A column as bytes, so that strings that are no UTF-8 break nothing."""
    import pyarrow as pa
    import pyarrow.types as t

    column = batch.column(name)
    if t.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.large_binary())


def _bomb(about: Any, names: set[str], limits: Limits) -> Failure | None:
    """A failure where the sizes that a row group states grow beyond the allowed ratio."""
    for index in range(about.num_columns):
        chunk = about.column(index)
        whole = chunk.total_uncompressed_size
        if (
            chunk.path_in_schema in names
            and whole > limits.ratio_grace
            and (whole > limits.max_ratio * max(chunk.total_compressed_size, 1))
        ):
            words = f"the data grows more than {limits.max_ratio}-fold (a bomb?)"
            return Failure("bomb", words)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

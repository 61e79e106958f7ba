"""Which columns of a table, or keys of JSON lines, hold the page and its address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from detector.types import Kind

# Names without case and punctuation, the surest first. What a name does not say (HTML or
# extracted text) is told from the bytes.
_HTML = ("html", "rawhtml", "htmlcontent", "contenthtml", "pagehtml", "bodyhtml", "htmlbody")
_EITHER = ("content", "rawcontent", "body", "page", "document", "payload", "raw", "source")
_TEXT = ("text", "rawtext", "plaintext", "maintext", "cleantext", "articletext", "markdown")
_URL = ("url", "uri", "warctargeturi", "targeturi", "pageurl", "sourceurl", "link", "address")
_CHARSET = ("charset", "contentcharset", "httpcharset", "encoding", "httpencoding")
_TYPE = ("contenttype", "httpcontenttype", "mimetype", "mime", "mimedetected")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of columns or keys; "" means: guess from the names that there are."""

    html: str = ""
    text: str = ""
    url: str = ""


GUESS = Columns()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns of one table: pages with their kind (None: by the bytes), in order of trust."""

    pages: tuple[tuple[str, Kind | None], ...]
    url: str = ""
    charset: str = ""
    type: str = ""  # media type, as in HTTP

    @property
    def names(self) -> list[str]:
        """All that are read, each once."""
        pages = (page for page, _ in self.pages)
        return [name for name in dict.fromkeys((*pages, self.url, self.charset, self.type)) if name]


class ColumnError(ValueError):
    """No column holds pages, or a named one is missing; the message says what to do."""


def choose(readable: Iterable[str], columns: Columns, all_names: Iterable[str] = ()) -> Chosen:
    """The columns to read, of those that hold strings or bytes.

    `all_names` are told in the error. Raises ColumnError.
    """
    names = {_plain(name): name for name in reversed(list(readable))}
    exact = set(names.values())
    told = ", ".join(list(all_names)[:20]) or "none"
    for wanted in (columns.html, columns.text, columns.url):
        if wanted and wanted not in exact:
            raise ColumnError(f"has no column {wanted!r} of strings or bytes; its columns: {told}")
    pages: list[tuple[str, Kind | None]] = []
    if columns.html or columns.text:
        if columns.html:
            pages.append((columns.html, "html"))
        if columns.text:
            pages.append((columns.text, "text"))
    else:
        kinds: tuple[tuple[tuple[str, ...], Kind | None], ...]
        kinds = ((_HTML, "html"), (_TEXT, "text"), (_EITHER, None))
        for known, kind in kinds:
            pages += [(names[name], kind) for name in known if name in names][:1]
    if not pages:
        raise ColumnError(
            "has no column that is known to hold pages: name it with --html-column or "
            f"--text-column; its columns: {told}"
        )
    url = columns.url or next((names[name] for name in _URL if name in names), "")
    charset, media = (
        next((names[name] for name in known if name in names), "") for known in (_CHARSET, _TYPE)
    )
    return Chosen(tuple(pages), url, charset, media)


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))

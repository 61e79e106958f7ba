"""Going on with a JSONL output where an interrupted scan left it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

from detector.report import Summary
from detector.types import Document

_AFTER_LABEL = b', "probabilities": '


class ResumeError(ValueError):
    """An output that is no list of results; the message says what to do."""


class Done:
    """The pages that an output already has.

    Pages are told by uri and how often it came: archives hold one address
    several times, and each of them counts.
    """

    def __init__(self) -> None:
        self._uris: Counter[bytes] = Counter()
        self.summary = Summary()
        self.pages = 0  # that it has
        self.passed = 0  # of them, those that the sources gave again

    def rest(self, documents: Iterator[Document]) -> Iterator[Document]:
        """The documents that the output does not have yet."""
        for document in documents:
            key = _key(document.uri)
            if self._uris[key] > 0:
                self._uris[key] -= 1
                self.passed += 1
            else:
                yield document

    def add(self, line: bytes) -> bool:
        """Note one line of the output; False where it is no result."""
        head, found, _ = line.partition(_AFTER_LABEL)
        try:
            record = json.loads(head + b"}" if found else line)
            uri, label = record["uri"], record["label"]
        except (ValueError, KeyError, TypeError):
            return False
        self._uris[_key(uri)] += 1
        self.summary.count(label or "error")
        self.pages += 1
        return True


def repair(path: str) -> Done:
    """Read an output, cut off a torn last line, and tell what it has.

    A missing file has nothing. Raises ResumeError where a line inside is no
    result, and OSError.
    """
    done = Done()
    good = number = 0
    try:
        stream = open(path, "r+b")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        return done
    with stream:
        torn = False
        for line in stream:
            number += 1
            if torn:
                raise ResumeError(
                    f"line {number - 1} of {path} is no result of a scan; "
                    "choose another --output, or leave out --resume to write it anew"
                )
            if line.endswith(b"}\n") and done.add(line):
                good += len(line)
            else:
                torn = True
        stream.truncate(good)
    return done


def _key(uri: str) -> bytes:
    return blake2b(uri.encode("utf-8", "replace"), digest_size=10).digest()

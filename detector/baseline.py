"""What an earlier scan already reported: findings told by fingerprints.

A fingerprint is made of page, technique, address and words: not of line, column
or score, so it survives edits elsewhere in the file. The same words twice in a
page are told apart by their order. JSONL results and SARIF logs of this tool
can be read; both hold, or give, the same fingerprints.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

KEY = "detectorFinding/v1"  # of SARIF's partialFingerprints


class BaselineError(ValueError):
    """A baseline that cannot be read; the message says why."""


def page_name(uri: str) -> str:
    """A page's name as fingerprints and SARIF have it: below the working folder, relative."""
    if "://" in uri or uri == "-" or "#" in uri:
        return uri
    path = os.path.normpath(uri)
    here = os.getcwd() + os.sep
    return (path[len(here) :] if path.startswith(here) else path).replace(os.sep, "/")


def fingerprints(record: Mapping[str, Any]) -> list[str]:
    """One a finding of a result's record, in its order."""
    page = page_name(record["uri"])
    seen: Counter[str] = Counter()
    out = []
    for finding in record["findings"]:
        if "fingerprint" in finding:
            out.append(finding["fingerprint"])
            continue
        words = " ".join(finding["text"].split())
        parts = (page, finding["technique"], finding["href"] or "", words)
        text = "\x1f".join(parts).encode("utf-8", "replace")
        digest = sha256(text).hexdigest()[:24]
        seen[digest] += 1
        out.append(f"{digest}:{seen[digest]}")
    return out


def read_baseline(path: Path) -> frozenset[str]:
    """The fingerprints of a former JSONL or SARIF output. Raises BaselineError."""
    try:
        with open(path, "rb") as stream:
            first = stream.readline()
            stream.seek(0)
            if b'"detector.result/' in first[:200]:
                return frozenset(f for line in stream for f in fingerprints(json.loads(line)))
            if not first.strip():
                return frozenset()
            whole = json.load(stream)
            if isinstance(whole, list):
                return frozenset(f for record in whole for f in fingerprints(record))
            runs = whole["runs"]
    except OSError as error:
        raise BaselineError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(f"{path} is no JSONL, JSON or SARIF output of detector scan") from error
    marks = (r.get("partialFingerprints", {}) for run in runs for r in run.get("results", ()))
    return frozenset(mark[KEY] for mark in marks if KEY in mark)


def only_new(record: dict[str, Any], known: frozenset[str]) -> list[int]:
    """Take the findings that the baseline has out of a record; the indices that stay.

    `"baseline": {"known": n}` says how many went. What stays gets its
    `fingerprint`: the order among equal words cannot be told from the rest.
    """
    findings, marks = record["findings"], fingerprints(record)
    kept = [i for i, mark in enumerate(marks) if mark not in known]
    record["findings"] = [findings[i] | {"fingerprint": marks[i]} for i in kept]
    record["baseline"] = {"known": len(marks) - len(kept)}
    return kept

"""Fuzzes one target by coverage, with atheris.

    make fuzz TARGET=walk SECONDS=300
    python tests/fuzz/run.py TARGET [--seconds 60] [--timeout 10] [--seed 0] [FILE ...]

Inputs that reach new code stay in `.cache/fuzz/<target>/`, so that a later run goes on.
The first input that breaks a promise (or takes longer than the timeout, or 2 GB) ends the run;
it is minimised and written to `.cache/fuzz/found/`, to be kept in `tests/fuzz/finds/<target>/`.
FILEs are run once each instead, without atheris.

Source: libFuzzer (LLVM), driven by atheris.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
CACHE = ROOT / ".cache" / "fuzz"
MOST_BYTES = 4096  # of an input that is made up; longer seeds are cut
MEMORY = 2048  # MB
WORDS: dict[str, str] = {
    "walk": "<div <p <a href= style=\" class= id= </ > <!-- --> <table <tr <td <svg <template "
    "<select <title <script <style <noscript <li <br <h1 <base &amp; &#x <html <head <body <form",
    "style": "{ } ; : display:none visibility:hidden opacity:0 left:-9999px position:absolute "
    "@media @import @supports !important :hover :not( :is( :nth-child( /* */ url( calc( rgba( "
    "hsl( clip: transform: font-size: color: background: #fff var( .box #card [title= > + ~ *",
    "script": "document.write( eval( unescape( atob( String.fromCharCode( function( ){ => ${ ` "
    "var let location.href= window.location.replace( .split( .join( .reverse( .replace( "
    "document.title= style.display= getElementById( for( if( return new /*  // \\x41 %u4e2d",
    "policy": "[[suppressions]] [category.gambling] [source. flag review block off_topic = [ ] "
    "{ } allowed_hosts techniques_off reason until [retention] text days # \" ''' 0.5 1979-05-27",
    "warc": "WARC/1.0 WARC/1.1 WARC-Type: response resource conversion revisit warcinfo metadata "
    "WARC-Target-URI: Content-Length: Content-Type: application/http;msgtype=response HTTP/1.1 "
    "Transfer-Encoding:chunked Content-Encoding:gzip br deflate zstd text/html charset=",
    "decoding": "<meta charset= gb2312 utf-16 iso-2022-jp shift_jis big5 <?xml encoding=",
}  # fmt: skip
WORDS["scan"] = WORDS["walk"] + " casino viagra <meta name=description content= 赌场 </html>"
BYTES: dict[str, Sequence[bytes]] = {
    "warc": (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x0d\x0a\x0d\x0a", b"\x0d\x0a"),
    "decoding": (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1b$B", b"\x1b(B", b"\x81\x30"),
    "sources": (b"\x1f\x8b\x08", b"PK\x03\x04", b"PAR1", b"BZh", b"\xfd7zXZ", b"{\"html\":"),
    "normaliser": (b"\xe2\x80\x8b", b"\xcc\xb6", b"\xef\xbc\xa1", b"\xd0\xbe", b"\xe6\x83\xab"),
}  # fmt: skip


def targets() -> Any:
    """The module `targets`, imported where it can be instrumented; it stands beside this one."""
    return importlib.import_module("targets")


def prepare(target: str) -> tuple[Path, Path]:
    """The corpus with its seeds, and the dictionary."""
    corpus = CACHE / target
    corpus.mkdir(parents=True, exist_ok=True)
    (CACHE / "found").mkdir(exist_ok=True)
    kept = (path.read_bytes() for path in (FOLDER / "finds" / target).glob("*"))
    for seed in (*targets().seeds(target), *kept):
        (corpus / sha256(seed).hexdigest()[:16]).write_bytes(seed[:MOST_BYTES])
    words = [w.encode() for w in WORDS.get(target, "").split()] + list(BYTES.get(target, ()))
    lines = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    dictionary = CACHE / f"{target}.dict"
    dictionary.write_text("".join(f'"{line}"\n' for line in lines))
    return corpus, dictionary


def fuzz(name: str, arguments: Sequence[str]) -> None:
    """Hand over to libFuzzer, which ends the process."""
    import atheris

    with atheris.instrument_imports(include=["detector", "targets", "tomllib"]):
        target: Callable[[bytes], None] = targets().TARGETS[name]
    atheris.Setup([sys.argv[0], *arguments], target)
    atheris.Fuzz()


def broken(target: Callable[[bytes], None], data: bytes) -> str:
    """Where and how a target fails on an input; "" where it does not."""
    try:
        target(data)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} {last.filename}:{last.lineno}"
    return ""


def minimised(target: Callable[[bytes], None], data: bytes, most: int = 20_000) -> bytes:
    """The input with all taken out that the same failure does not need (ddmin).

    Inputs that only cost time or memory stay as they are. Source: Zeller and Hildebrandt,
    Simplifying and Isolating Failure-Inducing Input, 2002.
    """
    wanted, size = broken(target, data), len(data) // 2
    while wanted and size and most:
        at, before = 0, len(data)
        while at < len(data) and most:
            most -= 1
            shorter = data[:at] + data[at + size :]
            if broken(target, shorter) == wanted:
                data = shorter
            else:
                at += size
        if len(data) == before or size > len(data):
            size = min(size // 2, len(data))
    return data


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--timeout", type=int, default=10, help="seconds an input may take")
    parser.add_argument("--seed", type=int, default=0, help="0 for another one each time")
    parser.add_argument("--inner", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.files:
        for path in options.files:
            targets().TARGETS[options.target](path.read_bytes())
        return 0
    corpus, dictionary = prepare(options.target)
    found = f"-artifact_prefix={CACHE / 'found' / options.target}-"
    limits = [f"-timeout={options.timeout}", f"-rss_limit_mb={MEMORY}", found, "-verbosity=1"]
    command = [sys.executable, __file__, "--driven", options.target]
    before = set((CACHE / "found").iterdir())
    code = subprocess.call([
        *command, *limits, f"-max_total_time={options.seconds}", f"-max_len={MOST_BYTES}",
        f"-dict={dictionary}", f"-seed={options.seed}", "-print_final_stats=1", str(corpus),
    ])  # fmt: skip
    for path in sorted(set((CACHE / "found").iterdir()) - before):
        small = path.with_suffix(".min")
        small.write_bytes(minimised(targets().TARGETS[options.target], path.read_bytes()))
        print(f"found: {small}")
    return code


if __name__ == "__main__":
    if sys.argv[1:2] == ["--driven"]:  # a process that libFuzzer ends
        fuzz(sys.argv[2], sys.argv[3:])
    sys.exit(main())

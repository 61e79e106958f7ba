"""A script as tokens, a long one shortened to the parts that a kit needs.

Source: ECMA-262 (lexical grammar).
"""

from __future__ import annotations

import re

from detector.patterns import pattern

MAX_TOKENS = 60_000  # of one unit of code; inline scripts of real pages stay under 20,000
MAX_NESTING = 40  # brackets inside brackets that are read
TOKEN = pattern(
    r"""
    //[^\n]*+ | /\*[\s\S]*?(?:\*/|\Z) | <!--[^\n]*+
    | "(?:[^"\\\n]++|\\[\s\S])*+(?:"|\\?(?=\n|\Z))
    | '(?:[^'\\\n]++|\\[\s\S])*+(?:'|\\?(?=\n|\Z))
    | `(?:[^`\\]++|\\[\s\S])*+(?:`|\\?\Z)
    | 0[xX][0-9a-fA-F]+ | \d+(?:\.\d+)?(?:[eE][+-]?\d+)? | \.\d+
    | [A-Za-z_$\u0080-\uffff][\w$]*
    | (?:(?<![\s\S])|(?<=[(,=:\[!&|?;{}+\n])|(?<=[(,=:\[!&|?;{}+]\ )|(?<=return\ ))
      /(?![*/])(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,400}\]){1,400}/[a-z]*
    | => | [=!]==?  | <= | >= | && | \|\| | \?\?(?!=) | \+\+ | -- | [-+*/%&|^]= | << | >>>?
    | \.\.\. | \?\.(?!\d) | [^\s\w]
    """,
    re.VERBOSE,
)


def tokens_of(code: str) -> list[str]:
    """The tokens of a script without comments and white space."""
    found: list[str] = TOKEN.findall(code)
    return [
        token
        for token in found
        if token[0] not in "/<" or not token.startswith(("//", "/*", "<!--"))
    ][:MAX_TOKENS]


# A longer script is read at both ends, and where words stand that a kit needs: kits put
# their code before, behind or into a library, not all over it.
WHOLE = 4_000
EDGE = 1_500
MARKS = (
    ("eval(function(p,a", 40_000), ("eval(", 2_000), ("fromCharCode", 1_000), ("atob(", 1_000),
    ("unescape(", 1_000), ("document.referrer", 1_200), ("document.write", 1_200),
    ("document.title", 600),
)  # fmt: skip
LONGEST_PARTS = 60_000
PAYLOAD = "0123456789,%\\"  # characters of encoded payloads
PAYLOAD_SHARE = 0.4  # minified libraries stay under 0.2


def shortened(code: str) -> str:
    """A long script around the words that a kit needs; a short one or a payload whole."""
    size = len(code)
    if size <= WHOLE or (
        size <= LONGEST_PARTS
        and sum(code.count(character) for character in PAYLOAD) > PAYLOAD_SHARE * size
    ):
        return code
    spans = [(0, EDGE)]
    for word, reach in MARKS:
        at = code.find(word)
        for _ in range(2):
            if at < 0:
                break
            stop = at + reach
            quote = code[at + len(word) : at + len(word) + 1]
            if quote and quote in "\"'":  # the payload as a literal of its own
                stop = max(stop, code.find(quote, at + len(word) + 1) + EDGE)
            spans.append((max(at - EDGE, 0), min(stop, size)))
            at = code.find(word, stop)
    parts, last, total = [], 0, 0
    for start, stop in sorted(spans):
        start = max(start, last)
        stop = min(stop, start + LONGEST_PARTS - total)
        if stop > start:
            parts.append(_self_contained(code[start:stop]))
            last = stop
            total += stop - start
    if last < size:
        parts.append(_closed_tail(code[max(last, size - EDGE) :]))
    return "\n;".join(parts)


def _self_contained(part: str) -> str:
    """A cut piece with its open brackets closed, so that what follows is not inside of it."""
    stack: list[str] = []
    for match in BRACKET.finditer(part):
        if match[0] in "([{":
            stack.append(CLOSING[match[0]])
        elif stack and stack[-1] == match[0]:
            stack.pop()
    return part + "\n" + "".join(reversed(stack[-MAX_NESTING:]))


def _closed_tail(tail: str) -> str:
    """The end of a script without what belongs to a bracket opened before it."""
    depth, cut = 0, 0
    for match in BRACKET.finditer(tail):
        if match[0] in "([{":
            depth += 1
        elif depth:
            depth -= 1
        else:
            cut = match.end()
    return tail[cut:]


CLOSING = {"(": ")", "[": "]", "{": "}"}
BRACKET = pattern(r"[()\[\]{}]")


def matching_brackets(tokens: list[str]) -> dict[int, int]:
    """Index of the closing bracket for each opening one (the end where none closes)."""
    partner: dict[int, int] = {}
    stack: list[tuple[str, int]] = []
    closing = {")": "(", "]": "[", "}": "{"}
    for at, token in enumerate(tokens):
        if token in "([{" and token:
            stack.append((token, at))
        elif token in closing:
            want = closing[token]
            for depth in range(len(stack) - 1, max(len(stack) - 4, -1), -1):
                if stack[depth][0] == want:  # tolerate a few stray brackets
                    for _, opened in stack[depth:]:
                        partner[opened] = at
                    del stack[depth:]
                    break
    for _, opened in stack:
        partner[opened] = len(tokens)
    return partner

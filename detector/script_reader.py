"""Reads a script once, in order, and notes what it does with constants.

A tolerant reader of ECMAScript: it folds constant expressions, follows simple
variables, applies small pure functions to constants, and decodes nested code
(`eval`, packer, `document.write` of a script). It never executes anything: a
loop is read once with its counter standing for all values, a branch is read
with what its test mentions as a *guard*. What it cannot read it skips.

Every token is read once, save inside functions applied to constants, which is
bounded by a budget; so the time is linear in the length of the script.

Source: ECMA-262 (tokens, precedence); HTML (`document.write`, `Location`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from detector import script_values as values
from detector.script_values import HOLE, Each, Function, Index, Pattern, Ref

MAX_TOKENS = 60_000  # of one unit of code; inline scripts of real pages stay under 20,000
MAX_NESTING = 40  # brackets inside brackets that are read
MAX_LAYERS = 5  # code inside code: no kit seen nests deeper than three
MAX_WORK = 2_000_000  # characters copied and tokens re-read while folding one script

TOKEN = re.compile(
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

KEYWORDS_SKIPPED = frozenset(
    "var let const else do try finally new void delete typeof await async yield throw "
    "static export default in of instanceof".split()
)
PRECEDENCE = {
    "||": 1, "??": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "===": 6, "!==": 6,
    "<": 7, ">": 7, "<=": 7, ">=": 7, "instanceof": 7, "in": 7, "<<": 8, ">>": 8, ">>>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
IF = frozenset(["if"])
# Four letters in a row as escapes (octal ones too).
ESCAPED_LETTERS = re.compile(r"(?:\\(?:x|u00)[4-7][0-9a-fA-F]|\\1[0-7]{2}){4}")
FOLDED = frozenset("- * / % ^ | & << >> >>>".split())
ASSIGN = frozenset("= += -= *= /= %= &= |= ^=".split())
VISITOR = {
    "document.referrer": "referrer",
    "navigator.userAgent": "user-agent",
    "navigator.platform": "user-agent",
    "document.cookie": "cookie",
    "location.hostname": "host",
    "location.host": "host",
    "location.protocol": "protocol",
    "location.href": "address",
    "location.search": "address",
    "location.pathname": "address",
    "location.hash": "address",
    "screen.width": "screen",
    "localStorage.getItem": "storage",
    "sessionStorage.getItem": "storage",
}


@dataclass(slots=True)
class Effect:
    """One thing a script does: sets a property or calls a function."""

    kind: str  # "set" | "call" | "enter" (a function of the script runs)
    path: str
    args: Sequence[object] = ()
    element: tuple[str, str] | None = None
    guards: frozenset[str] = frozenset()
    function: Function | None = None
    by: str = ""  # "timer" where a timer enters the function


@dataclass(slots=True)
class Reading:
    """What reading a script gave."""

    effects: list[Effect] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)  # kinds, first seen first
    decoded: list[str] = field(default_factory=list)  # code and texts that were hidden
    literals: list[str] = field(default_factory=list)
    lightly: dict[str, str] = field(default_factory=dict)  # decoded, of few escapes: its kind
    work: int = MAX_WORK

    def layer(self, kind: str, text: str = "") -> None:
        """Note a way of hiding, and what was hidden by it."""
        if kind not in self.layers:
            self.layers.append(kind)
        if text and len(self.decoded) < 2000:
            self.decoded.append(text)

    def spend(self, amount: int) -> bool:
        """True while there is work left to spend."""
        self.work -= amount
        return self.work > 0


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
BRACKET = re.compile(r"[()\[\]{}]")


def _matching(tokens: list[str]) -> dict[int, int]:
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


class Syntax:
    """One piece of code: a script, or code that a script decodes."""

    def __init__(
        self,
        code: str,
        reading: Reading,
        variables: dict[str, object],
        taints: dict[str, frozenset[str]],
        effects: list[Effect],
        depth: int,
    ) -> None:
        self.reading = reading
        self.variables = variables
        self.taints = taints
        self.effects = effects if depth else reading.effects
        self.depth = depth
        self.tokens = tokens_of(shortened(code))
        self.size = len(self.tokens)
        self.partner = _matching(self.tokens)
        self.at = 0
        self.nesting = 0
        self.mentions: list[str] = []
        self.guards: list[tuple[int, frozenset[str]]] = []
        self.returned: list[object] = []

    # -- statements

    def run(self) -> None:
        """Read the whole unit."""
        self.statements(self.size)

    def peek(self, offset: int = 0) -> str:
        at = self.at + offset
        return self.tokens[at] if at < self.size else ""

    def statements(self, end: int) -> None:
        """Read statements up to a token index."""
        end = min(end, self.size)
        floor = len(self.guards)
        while self.at < end:
            before = self.at
            while len(self.guards) > floor and self.guards[-1][0] <= self.at:
                self.guards.pop()
            self.statement(end)
            if self.at <= before:
                self.at = before + 1
        del self.guards[floor:]

    def statement(self, end: int) -> None:
        """Read one statement, or step over a mark that belongs to none."""
        token = self.tokens[self.at]
        if token in ";{})],:":
            self.at += 1
        elif token == "if":
            self.branch(end)
        elif token in ("for", "while", "with", "switch", "catch"):
            self.at += 1
            if self.peek() == "(":
                self.loop_header(token)
        elif token == "function" and self.peek(1) not in ("(", "*", ""):
            self.function_expression()
        elif token == "return":
            self.at += 1
            self.leave(end)
        elif token == "case":
            self.at += 1
            self.expression(0)
        elif token in ("var", "let", "const"):
            self.at += 1
            self.declarations(end)
        elif token in KEYWORDS_SKIPPED and token not in ("new", "typeof", "void", "delete"):
            self.at += 1
        else:
            self.expression(0)

    def declarations(self, end: int) -> None:
        """`a = 1, b = 2` after `var`."""
        while self.at < end:
            self.expression(0)
            if self.peek() != ",":
                return
            self.at += 1

    def leave(self, end: int) -> None:
        """`return`: its value, and its test guards what follows in the function."""
        if self.peek() not in (";", "}", "") and self.at < end:
            self.returned.append(self.expression(0))
        else:
            self.returned.append(None)
        held = [guard for at, guard in self.guards if guard and at < end]
        if held:
            self.guards.insert(0, (end, frozenset().union(*held)))

    def branch(self, end: int) -> None:
        """`if (test) body else body`: the test's mentions guard both bodies."""
        self.at += 1
        if self.peek() != "(":
            return
        stop = self.partner.get(self.at, self.size)
        mark = len(self.mentions)
        self.at += 1
        tested = self.expression_list(stop)
        guard = frozenset(self.mentions[mark:])
        if not (tested and isinstance(tested[-1], (bool, int)) and tested[-1]):
            guard |= {"if"}
        self.at = stop + 1
        self.body(guard, end)
        while self.peek() == "else" and self.at < end:
            self.at += 1
            if self.peek() == "if" and self.peek(1) == "(":
                self.at += 1
                stop = self.partner.get(self.at, self.size)
                mark = len(self.mentions)
                self.at += 1
                self.expression_list(stop)
                guard |= frozenset(self.mentions[mark:])
                self.at = stop + 1
            self.body(guard, end)

    def body(self, guard: frozenset[str], end: int) -> None:
        """The statement or block that a test governs."""
        if self.at >= end or self.nesting > MAX_NESTING:
            return
        self.nesting += 1
        if self.peek() == "{":
            stop = self.partner.get(self.at, self.size)
            self.guards.append((stop, guard))
            depth = len(self.guards)
            self.at += 1
            self.nested_statements(stop, end)
            del self.guards[depth - 1 : depth]
            self.at = stop + 1
        else:
            self.guards.append((self.at, guard))
            count = len(self.guards)
            self.statement(end)
            extra = len(self.guards) - count  # a `return` put its guard in front
            del self.guards[count - 1 + extra : count + extra]
            if self.peek() == ";":
                self.at += 1
        self.nesting -= 1

    def nested_statements(self, stop: int, end: int) -> None:
        """A block's statements; a `return` in it guards up to the function's end."""
        stop = min(stop, self.size)
        while self.at < stop:
            before = self.at
            if self.tokens[self.at] == "return":
                self.at += 1
                self.leave(end)
            else:
                self.statement(stop)
            if self.at <= before:
                self.at = before + 1

    def loop_header(self, keyword: str) -> None:
        """`for (…)`: what the header changes becomes a counter."""
        stop = self.partner.get(self.at, self.size)
        header = self.tokens[self.at + 1 : min(stop, self.at + 80)]
        self.at += 1
        self.expression_list(stop)
        self.at = stop + 1
        if keyword == "while":  # what it tests may be counted in its body
            tested = set(header)
            for at in range(self.at, min(self.at + 200, self.size - 1)):
                if self.tokens[at] in tested and self.tokens[at + 1] in ("++", "--", "+="):
                    header.extend(self.tokens[at : at + 3])
        if keyword in ("for", "while"):
            self.counters(header)

    def counters(self, header: list[str]) -> None:
        """The counter of `for (i = 0; i < n; i += 2)`, the element of `for (x of list)`."""
        names = [at for at, token in enumerate(header) if token[0].isalpha() or token[0] in "_$"]
        for at in names:
            name = header[at]
            after = header[at + 1] if at + 1 < len(header) else ""
            before = header[at - 1] if at else ""
            if after == "of":
                source = self.variables.get(header[at + 2]) if at + 2 < len(header) else None
                if isinstance(source, (list, str)):
                    self.variables[name] = values.pieces(source, Index())
            elif after == "in" or "++" in (after, before):
                self.variables[name] = Index()
            elif "--" in (after, before):
                self.variables[name] = Index(backwards=True)
            elif after == "+=" and at + 2 < len(header) and header[at + 2].isdigit():
                self.variables[name] = Index(step=int(header[at + 2][:3]) or 1)

    def expression_list(self, stop: int) -> list[object]:
        """Expressions up to a closing bracket, whatever separates them."""
        found: list[object] = []
        stop = min(stop, self.size)
        if self.nesting > MAX_NESTING:
            self.at = stop
            return found
        self.nesting += 1
        while self.at < stop:
            before = self.at
            token = self.tokens[self.at]
            if token in ",;":
                self.at += 1
                continue
            if token in KEYWORDS_SKIPPED and token not in ("new", "typeof", "void"):
                self.at += 1
                continue
            found.append(self.expression(0))
            if self.at <= before:
                self.at = before + 1
        self.nesting -= 1
        return found

    # -- expressions

    def expression(self, floor: int) -> object:
        """An expression of operators that bind tighter than `floor`."""
        left = self.unary()
        while True:
            token = self.peek()
            if token in ASSIGN:
                if floor:
                    return left
                self.at += 1
                left = self.assign(left, token)
                continue
            if token == "?" and not floor:
                left = self.conditional()
                continue
            power = PRECEDENCE.get(token, 0)
            if not power or power <= floor:
                return left
            self.at += 1
            if token in ("&&", "||", "??"):
                left = self.short_circuit(token, left, power)
                continue
            right = self.expression(power)
            left = self.binary(token, left, right)

    def short_circuit(self, token: str, left: object, power: int) -> object:
        """`test && action`: what the test mentions guards the action."""
        guard = frozenset(self.mentions[-12:]) | {"if"} if token == "&&" else IF
        self.guards.append((self.size + 1, guard))
        count = len(self.guards)
        right = self.expression(power)
        if self.peek() in ASSIGN and isinstance(right, Ref):  # `a && b = c` of loose code
            operator = self.peek()
            self.at += 1
            right = self.assign(right, operator)
        del self.guards[count - 1 :]
        if token == "&&":
            return right
        return left if left not in (None, "", 0) and not isinstance(left, Ref) else right

    def conditional(self) -> object:
        """`test ? a : b`: both are read under the test's mentions; the first constant counts."""
        self.at += 1
        self.guards.append((self.size + 1, frozenset(self.mentions[-12:]) | {"if"}))
        count = len(self.guards)
        first = self.nested_expression()
        second = None
        if self.peek() == ":":
            self.at += 1
            second = self.nested_expression()
        del self.guards[count - 1 :]
        return first if isinstance(first, (str, int, float, list)) else second

    def nested_expression(self) -> object:
        """An assignment expression, one level deeper."""
        if self.nesting > MAX_NESTING:
            self.at += 1
            return None
        self.nesting += 1
        value = self.expression(0)
        self.nesting -= 1
        return value

    def binary(self, token: str, left: object, right: object) -> object:
        """The value of an operator."""
        left, right = self.settled(left), self.settled(right)
        if token == "+":
            if isinstance(left, str) or isinstance(right, str):
                size = (len(left) if isinstance(left, str) else 0) + (
                    len(right) if isinstance(right, str) else 1
                )
                if not self.reading.spend(size):
                    return None
                if isinstance(left, str) and isinstance(right, str):
                    self.note_split(left, right)
            return values.add(left, right)
        if token in FOLDED:
            cost = len(left.values) if isinstance(left, Each) else 1
            return values.arithmetic(token, left, right) if self.reading.spend(cost) else None
        return None

    def note_split(self, left: str, right: str) -> None:
        """A word or tag cut in two by `+` is a way of hiding it."""
        if not left or not right:
            return
        last, first = left[-1], right[0]
        if last.isalpha() and first.isalpha() and last.isascii() and first.isascii():
            if len(left) < 400:
                self.reading.layer("concat", left + right if len(right) < 400 else "")
        elif last == "<" and first.isalpha():
            self.reading.layer("concat")

    def settled(self, value: object) -> object:
        """A name without a value is unknown."""
        return None if isinstance(value, (Ref, Function)) else value

    def unary(self) -> object:
        """A prefix operator and its operand."""
        signs = []
        while self.peek() in (
            "!",
            "-",
            "+",
            "~",
            "typeof",
            "void",
            "delete",
            "new",
            "await",
            "...",
        ):
            signs.append(self.tokens[self.at])
            self.at += 1
        if self.peek() in ("++", "--"):
            self.at += 1
            value = self.postfix(self.primary())
            return None if isinstance(value, Ref) else value
        value = self.postfix(self.primary())
        for sign in reversed(signs):
            if sign == "-" and isinstance(value, (int, float)):
                value = -value
            elif sign == "+" and isinstance(value, str):
                value = values.as_number(value)
            elif sign in "!~" or sign in ("typeof", "void", "delete"):
                value = None
        return value

    def primary(self) -> object:
        """A literal, name, bracketed expression or function."""
        if self.at >= self.size:
            return None
        token = self.tokens[self.at]
        first = token[0]
        if first in "\"'`":
            self.at += 1
            return self.string(token)
        if first.isdigit() or (first == "." and len(token) > 1 and token[1].isdigit()):
            self.at += 1
            return self.number(token)
        if token == "function":
            return self.function_expression()
        if token == "async" and self.peek(1) == "function":
            self.at += 1
            return self.function_expression()
        if first.isalpha() or first in "_$" or first > "\x7f":
            self.at += 1
            if self.peek() == "=>":
                return self.arrow((token,))
            return self.name(token)
        if token == "(":
            return self.bracketed()
        if token == "[":
            stop = self.partner.get(self.at, self.size)
            self.at += 1
            items = [self.settled(item) for item in self.expression_list(stop)]
            self.at = stop + 1
            return items
        if token == "{":
            return self.object_literal()
        if first == "/" and len(token) > 1 and token != "/=":
            self.at += 1
            self.mentions.append("=" + token[:200].lower())
            return Pattern(token)
        return None  # an operator or closing bracket: the caller steps over it

    def string(self, token: str) -> str:
        """The value of a string literal."""
        quote = token[0]
        body = token[1:-1] if len(token) > 1 and token[-1] == quote else token[1:]
        value = values.unescape_literal(body)
        if value is not body and "\\" in body and ESCAPED_LETTERS.search(body) is not None:
            self.reading.layer("escapes", value)
        if quote == "`" and "${" in value:
            value = self.template(value)
        if len(self.reading.literals) < 5000:
            self.reading.literals.append(value)
        if len(value) < 200:
            self.mentions.append("=" + value.lower())
        return value

    def template(self, text: str) -> str:
        """A template literal; only plain names are filled in."""
        parts = text.split("${")
        out = [parts[0]]
        for part in parts[1:]:
            name, _, rest = part.partition("}")
            known = self.variables.get(name.strip())
            filled = values.as_text(known) if isinstance(known, (str, int, float)) else None
            if filled is not None and not self.reading.spend(len(filled)):
                filled = None
            out.append((HOLE if filled is None else filled) + rest)
        return "".join(out)[: values.LONGEST]

    @staticmethod
    def number(token: str) -> int | float | None:
        """The value of a number literal."""
        try:
            if token[:2] in ("0x", "0X"):
                return int(token[2:20], 16)
            return float(token[:40]) if "." in token or "e" in token.lower() else int(token[:40])
        except ValueError:
            return None

    def name(self, token: str) -> object:
        """What a name stands for."""
        if token in ("true", "false"):
            return token == "true"
        if token in ("null", "undefined"):
            return None
        tainted = self.taints.get(token)
        if tainted:
            self.mentions.extend(tainted)
        if token in self.variables:
            value = self.variables[token]
            if value is not None:
                self.mention(value)
                return value
        if token in ("window", "self", "globalThis", "this"):
            return Ref("window")
        return Ref(token)

    def mention(self, value: object) -> None:
        """Words that a variable brings into a test: a pattern, a list of hosts."""
        if isinstance(value, Pattern):
            self.mentions.append("=" + value.source[:200].lower())
        elif isinstance(value, str) and len(value) < 200:
            self.mentions.append("=" + value.lower())
        elif isinstance(value, list) and len(value) <= 60:
            for item in value[:30]:
                if isinstance(item, str) and len(item) < 60:
                    self.mentions.append("=" + item.lower())

    def bracketed(self) -> object:
        """`( … )`, or the parameters of an arrow function."""
        stop = self.partner.get(self.at, self.size)
        if stop + 1 < self.size and self.tokens[stop + 1] == "=>":
            names = tuple(
                token
                for token in self.tokens[self.at + 1 : stop]
                if token[0].isalpha() or token[0] in "_$"
            )
            self.at = stop + 1
            return self.arrow(names)
        self.at += 1
        found = self.expression_list(stop)
        self.at = stop + 1
        return found[-1] if found else None

    def object_literal(self) -> object:
        """`{ key: value, … }` as a dictionary of what is constant."""
        stop = min(self.partner.get(self.at, self.size), self.size)
        self.at += 1
        table: dict[str, object] = {}
        if self.nesting > MAX_NESTING:
            self.at = stop + 1
            return table
        self.nesting += 1
        while self.at < stop:
            before = self.at
            token = self.tokens[self.at]
            if token in ",;":
                self.at += 1
                continue
            if self.peek(1) == ":":
                key = values.unescape_literal(token.strip("\"'`"))
                self.at += 2
                table[key] = self.expression(0)
                if isinstance(table[key], Function):
                    self.variables.setdefault("." + key, table[key])
            elif self.peek(1) == "(" and token[0].isalpha():
                self.at += 1
                self.method_body(token)
            else:
                self.expression(0)
            if self.at <= before:
                self.at = before + 1
        self.nesting -= 1
        self.at = stop + 1
        return table

    # -- functions

    def function_expression(self) -> Function:
        """`function name(params) { body }`, standing at `function`."""
        self.at += 1
        if self.peek() == "*":
            self.at += 1
        name = ""
        if self.peek() != "(":
            name = self.peek()
            self.at += 1
        return self.method_body(name)

    def method_body(self, name: str) -> Function:
        """`(params) { body }`."""
        params: tuple[str, ...] = ()
        if self.peek() == "(":
            stop = self.partner.get(self.at, self.size)
            params = tuple(
                token
                for token in self.tokens[self.at + 1 : min(stop, self.at + 40)]
                if token[0].isalpha() or token[0] in "_$"
            )
            self.at = stop + 1
        if self.peek() != "{":
            return self.body_of(Function(name, params, self.at, self.at))
        stop = min(self.partner.get(self.at, self.size), self.size)
        made = self.body_of(Function(name, params, self.at + 1, stop))
        self.at = stop + 1
        return made

    def arrow(self, params: tuple[str, ...]) -> Function:
        """An arrow function, standing at `=>`."""
        self.at += 1
        if self.peek() == "{":
            stop = min(self.partner.get(self.at, self.size), self.size)
            made = self.body_of(Function("", params, self.at + 1, stop))
            self.at = stop + 1
            return made
        start = self.at
        function = Function("", params, start, start)
        outer, self.effects = self.effects, []
        guards, self.guards = self.guards, []
        self.nested_expression()
        function.end = self.at
        function.effects = list(self.effects)
        self.effects, self.guards = outer, guards
        self.reading.functions.append(function)
        return function

    def body_of(self, function: Function) -> Function:
        """Read a body once, with its parameters unknown."""
        self.reading.functions.append(function)
        function.unit = self
        if function.name:
            self.variables[function.name] = function
        if function.params[:4] == ("p", "a", "c", "k"):
            return function  # the packer: its own code says nothing
        self.at = function.start
        self.inside(function, dict.fromkeys(function.params))
        return function

    def inside(self, function: Function, bound: dict[str, object]) -> list[object]:
        """Read a body with its parameters bound; gives what it returns."""
        if self.nesting > MAX_NESTING:
            return []
        self.nesting += 1
        saved = {name: self.variables.get(name) for name in bound}
        self.variables.update(bound)
        outer_effects, self.effects = self.effects, []
        outer_guards, self.guards = self.guards, []
        outer_returned, self.returned = self.returned, []
        at, self.at = self.at, function.start
        self.statements(function.end)
        found = self.returned
        function.effects = list(self.effects)
        self.effects, self.guards, self.returned = outer_effects, outer_guards, outer_returned
        self.at = at
        self.variables.update(saved)
        self.nesting -= 1
        return found

    # -- what `script_effects` adds

    def postfix(self, value: object) -> object:
        """Members and calls that follow an operand."""
        raise NotImplementedError

    def assign(self, target: object, operator: str) -> object:
        """The assignment that stands at its right side."""
        raise NotImplementedError

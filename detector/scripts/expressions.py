"""The reader's second part: operators, names, literals (see `statements`).

Source: ECMA-262 (expressions, operator precedence).
"""

from __future__ import annotations

from detector.patterns import pattern
from detector.scripts.decoders import unescape_literal
from detector.scripts.statements import KEYWORDS_SKIPPED, Statements
from detector.scripts.tokens import MAX_NESTING
from detector.scripts.values import (
    HOLE,
    LONGEST,
    Each,
    Function,
    Pattern,
    Ref,
    add,
    arithmetic,
    as_number,
    as_text,
)

PRECEDENCE = {
    "||": 1, "??": 1, "&&": 2, "|": 3, "^": 4, "&": 5, "==": 6, "!=": 6, "===": 6, "!==": 6,
    "<": 7, ">": 7, "<=": 7, ">=": 7, "instanceof": 7, "in": 7, "<<": 8, ">>": 8, ">>>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
IF = frozenset(["if"])
# Four letters in a row as escapes (octal ones too).
ESCAPED_LETTERS = pattern(r"(?:\\(?:x|u00)[4-7][0-9a-fA-F]|\\1[0-7]{2}){4}")
FOLDED = frozenset("- * / % ^ | & << >> >>>".split())
ASSIGN = frozenset("= += -= *= /= %= &= |= ^=".split())


class Expressions(Statements):
    """Reads operators, names and literals, and folds what is constant."""

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
        guard = IF
        if token == "&&":
            guard = frozenset(self.mentions[-12:])
            if not self.surely(left):
                guard |= IF
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
        if token in ("!=", "!==") and right is None and self.surely(left):
            return True  # an element that is there
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
            return add(left, right)
        if token in FOLDED:
            cost = len(left.values) if isinstance(left, Each) else 1
            return arithmetic(token, left, right) if self.reading.spend(cost) else None
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
                value = as_number(value)
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
        value = unescape_literal(body)
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
            filled = as_text(known) if isinstance(known, (str, int, float)) else None
            if filled is not None and not self.reading.spend(len(filled)):
                filled = None
            out.append((HOLE if filled is None else filled) + rest)
        return "".join(out)[:LONGEST]

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
                key = unescape_literal(token.strip("\"'`"))
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

    # -- what the other parts of the reader add

    def postfix(self, value: object) -> object:
        """Members and calls that follow an operand."""
        raise NotImplementedError

    def assign(self, target: object, operator: str) -> object:
        """The assignment that stands at its right side."""
        raise NotImplementedError

    def arrow(self, params: tuple[str, ...]) -> Function:
        """An arrow function, standing at `=>`."""
        raise NotImplementedError

    def method_body(self, name: str) -> Function:
        """`(params) { body }`."""
        raise NotImplementedError

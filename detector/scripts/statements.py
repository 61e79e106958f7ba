"""Reads a script once, in order, and notes what it does with constants.

A tolerant reader of ECMAScript: it folds constant expressions, follows simple
variables, applies small pure functions to constants, and decodes nested code
(`eval`, packer, `document.write` of a script). It never executes anything: a
loop is read once with its counter standing for all values, a branch is read
with what its test mentions as a *guard*. What it cannot read it skips.

Every token is read once, save inside functions applied to constants, which is
bounded by a budget; so the time is linear in the length of the script.

One class in five files, each adding what it names: statements, expressions, functions, calls,
and `reader`, what runs.

Source: ECMA-262 (statements).
"""

from __future__ import annotations

from detector.scripts.reading import Effect, Reading
from detector.scripts.tokens import MAX_NESTING, matching_brackets, shortened, tokens_of
from detector.scripts.values import Function, Index, Ref, pieces

KEYWORDS_SKIPPED = frozenset(
    "var let const else do try finally new void delete typeof await async yield throw "
    "static export default in of instanceof".split()
)


class Statements:
    """One piece of code, a script or what a script decodes, statement by statement."""

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
        self.partner = matching_brackets(self.tokens)
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
        """The token here or further on; "" behind the end."""
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
                mark = len(self.mentions)
                self.loop_header(token)
                if token == "switch" and self.peek() == "{":
                    stop = self.partner.get(self.at, self.size)
                    self.guards.append((stop, frozenset(self.mentions[mark:]) | {"if"}))
        elif token == "function" and self.peek(1) not in ("(", "*", ""):
            self.function_expression()
        elif token == "return":
            self.at += 1
            self.leave(end)
        elif token == "case":
            self.at += 1
            mark = len(self.mentions)
            self.expression(0)
            self.guards.append((end, frozenset(self.mentions[mark:]) | {"if"}))
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
        if not (tested and self.surely(tested[-1])):
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

    @staticmethod
    def surely(value: object) -> bool:
        """Whether a test holds on this page: a true constant, or that an element is there."""
        if isinstance(value, Ref):
            return value.element is not None and not value.path
        return isinstance(value, (bool, int)) and bool(value)

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
                    self.variables[name] = pieces(source, Index())
            elif after == "in" or "++" in (after, before):
                self.variables[name] = Index()
            elif "--" in (after, before):
                self.variables[name] = Index(backwards=True)
            elif after == "+=" and at + 2 < len(header) and header[at + 2].isdecimal():
                self.variables[name] = Index(step=int(header[at + 2][:3]) or 1)

    # -- what the other parts of the reader add

    def expression(self, floor: int) -> object:
        """An expression of operators that bind tighter than `floor`."""
        raise NotImplementedError

    def expression_list(self, stop: int) -> list[object]:
        """Expressions up to a closing bracket, whatever separates them."""
        raise NotImplementedError

    def function_expression(self) -> Function:
        """`function name(params) { body }`, standing at `function`."""
        raise NotImplementedError

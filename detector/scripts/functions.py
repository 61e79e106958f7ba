"""The reader's third part: functions and their bodies (see `statements`)."""

from __future__ import annotations

from detector.scripts.expressions import Expressions
from detector.scripts.tokens import MAX_NESTING
from detector.scripts.values import Function


class Functions(Expressions):
    """Reads the bodies of functions."""

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
        function.unit = self
        function.gives = True
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
        if function.gives:
            self.returned.append(self.nested_expression())
        else:
            self.statements(function.end)
        found = self.returned
        function.effects = list(self.effects)
        self.effects, self.guards, self.returned = outer_effects, outer_guards, outer_returned
        self.at = at
        self.variables.update(saved)
        self.nesting -= 1
        return found

"""The whole reader: assignments, and what runs: functions, nested code (see `statements`)."""

from __future__ import annotations

from collections.abc import Sequence

from detector.scripts.calls import APPLIES, COST_OF_TOKEN, Calls, plain, size_of
from detector.scripts.reading import MAX_LAYERS, VISITOR, Effect, Reading
from detector.scripts.values import Each, Function, Ref, add, as_text

ON_LOAD = frozenset(
    "onload document.onreadystatechange document.body.onload onpageshow "
    "document.onload body.onload".split()
)
LOAD_EVENTS = frozenset("load ready DOMContentLoaded pageshow readystatechange".split())
SMALL_FUNCTION = 600  # tokens of a function that is applied to constants


def read(code: str) -> Reading:
    """Read a script; any string gives a reading."""
    reading = Reading()
    Reader(code, reading, {}, {}, reading.effects, 0).run()
    return reading


class Reader(Calls):
    """Reads assignments and what runs: functions, nested code, written scripts."""

    def run_text(self, path: str) -> object:
        """`eval(text)`, `setTimeout(text or function)`, `new Function(text)`."""
        args = self.arguments()
        if not args:
            return None
        timer = path in ("setTimeout", "setInterval")
        code = args[-1] if path == "Function" else args[0]
        if isinstance(code, Function):
            self.enter(code, (), by="timer" if timer else "")
            return None
        if isinstance(code, Ref) and timer:
            known = self.variables.get(code.path)
            if isinstance(known, Function):
                self.enter(known, (), by="timer")
            return None
        text = as_text(code) if isinstance(code, (str, Each)) else None
        if text is None or (path == "eval" and text.lstrip()[:1] == "{"):
            return None
        if not timer:
            self.reading.layer("eval", text)
        if text in self.reading.lightly:  # few signs escaped, but why then run it from a text
            self.reading.layer(self.reading.lightly[text])
        self.nested_code(text, "timer" if timer else "")
        return None

    def nested_code(self, text: str, by: str = "") -> None:
        """Read code that the script makes, as if it stood here."""
        if self.depth >= MAX_LAYERS or not text.strip() or not self.reading.spend(len(text)):
            return
        inner = Function("", (), 0, 0)
        effects: list[Effect] = []
        unit = Reader(text, self.reading, self.variables, self.taints, effects, self.depth + 1)
        unit.nesting = self.nesting
        unit.run()
        inner.effects = list(effects)
        self.effects.append(Effect("enter", "", guards=self.guard(), function=inner, by=by))

    def enter(self, function: Function, args: Sequence[object], by: str = "") -> object:
        """A function of the script runs; small ones are applied to constants."""
        bound = {name: _passed(arg) for name, arg in zip(function.params, args, strict=False)}
        size = function.end - function.start
        if (
            any(value is not None for value in bound.values())
            and size <= SMALL_FUNCTION
            and self.reading.spend(size * COST_OF_TOKEN + size_of(list(bound.values())))
        ):
            returned = self.applied(function, bound)
            return next((value for value in returned if value is not None), None)
        self.effects.append(
            Effect("enter", function.name, guards=self.guard(), function=function, by=by)
        )
        return None

    def note_call(self, callee: Ref, args: list[object]) -> None:
        """A call into the page's world; callbacks that run at load are entered."""
        path = callee.path
        last = path.rpartition(".")[2]
        callback = next((arg for arg in args if isinstance(arg, Function)), None)
        if callback is None and args and isinstance(args[-1], Ref):
            known = self.variables.get(args[-1].path)
            callback = known if isinstance(known, Function) else None
        if callback is not None:
            event = args[0] if isinstance(args[0], str) else ""
            event = event.removeprefix("on")
            if (
                last in ("ready", "load")
                or (
                    last in ("addEventListener", "attachEvent", "on", "bind", "one")
                    and event in LOAD_EVENTS
                )
                or last in ("requestAnimationFrame", "requestIdleCallback")
            ):
                self.enter(callback, ())
            elif last in APPLIES or last in ("call", "apply"):
                # `list.forEach(f)`, `[].forEach.call(list, f)`, jQuery's `each(f)`
                over = callee if callee.element is not None else args[0]
                found = over.element if isinstance(over, Ref) else None
                each = Ref("", found) if found is not None else None
                self.enter(callback, (None, each) if last == "each" else (each,))
        if path == "Object.assign" and len(args) > 1 and isinstance(args[1], dict):
            self.assign_all(args[0], args[1])
        known = [plain(arg) for arg in args]
        self.effects.append(Effect("call", path, known, callee.element, self.guard()))
        if path in ("document.write", "document.writeln") and known:
            self.written_scripts(known)

    def assign_all(self, target: object, values: dict[str, object]) -> None:
        """`Object.assign(element.style, { … })`."""
        if isinstance(target, Ref) and target.element is not None:
            for key, value in list(values.items())[:50]:
                path = f"{target.path}.{key}" if target.path else key
                self.effects.append(
                    Effect("set", path[:200], (plain(value), "="), target.element, self.guard())
                )

    def written_scripts(self, args: list[object]) -> None:
        """Code inside a written `<script>` runs too."""
        text = "".join(as_text(arg) or "" for arg in args)
        lower = text.lower()
        at = lower.find("<script")
        while at >= 0:
            start = lower.find(">", at)
            stop = lower.find("</script", at)
            if start < 0:
                return
            stop = len(text) if stop < 0 else stop
            if stop > start + 1:
                self.nested_code(text[start + 1 : stop])
            at = lower.find("<script", max(stop, start))

    # -- assignments

    def assign(self, target: object, operator: str) -> object:
        """`target = value`, standing at the value."""
        name = self.tokens[self.at - 2] if self.at >= 2 else ""
        plain_name = (self.at < 3 or self.tokens[self.at - 3] not in (".", "?.")) and (
            name[:1].isalpha() or name[:1] in ("_", "$") or name[:1] > "\x7f"
        )
        mark = len(self.mentions)
        value = self.nested_expression()
        if isinstance(value, Function) and not value.name:
            value.name = name if plain_name else ""
        world = (
            target
            if isinstance(target, Ref)
            and (
                (target.element is not None and target.path)
                or not plain_name
                or target.path in WORLD
            )
            else None
        )
        if world is not None:
            self.set_property(world, operator, value)
            return value
        if plain_name:
            guard = self.guard()
            if guard and isinstance(value, bool):
                value = None  # `if (test) found = true`: the test decides, and taints
            said = frozenset(self.mentions[mark:]) | guard
            if said and len(said) < 90:
                kept = frozenset(word for word in said if word[0] != "=" or len(word) < 60)
                facts = kept & TAINTING
                self.taints[name] = kept if facts else frozenset()
            if operator == "=":
                self.variables[name] = value
            elif operator == "+=":
                old = self.variables.get(name)
                old = None if isinstance(old, (Ref, Function)) else old
                new = self.settled(value)
                cost = len(old) if isinstance(old, str) else 1
                if not self.reading.spend(cost // 8 + 1):
                    self.variables[name] = None
                else:
                    self.variables[name] = add(old, new)
            else:
                self.variables[name] = None
            return self.variables[name]
        return value

    def set_property(self, target: Ref, operator: str, value: object) -> None:
        """A property of the page's world is set."""
        function = value if isinstance(value, Function) else None
        if function is None and isinstance(value, Ref):
            known = self.variables.get(value.path)
            function = known if isinstance(known, Function) else None
        if function is not None and target.path in ON_LOAD and target.element is None:
            self.enter(function, ())
            return
        if function is not None:
            self.variables.setdefault(target.path, function)
        self.effects.append(
            Effect("set", target.path, (plain(value), operator), target.element, self.guard())
        )


TAINTING = frozenset(VISITOR.values())
WORLD = frozenset(["location", "onload"])  # names that are the page's even when set bare
PASSED = frozenset("window document location navigator top parent self".split())


def _passed(value: object) -> object:
    """What a parameter can stand for: a constant, an element, one of the page's names."""
    if isinstance(value, Ref):
        return value if value.element is not None or value.path in PASSED else None
    return value if isinstance(value, Function) else plain(value)

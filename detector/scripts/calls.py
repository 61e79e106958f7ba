"""The reader's fourth part: members, calls, the built-ins that decode (see `statements`).

What is noted are effects (`Effect`): a property set or a function called, with constant
arguments, the element it belongs to and the tests that guard it.

Source: HTML and DOM (the names of the page's world), jQuery (`$`, `.css`, `.hide`).
"""

from __future__ import annotations

from collections.abc import Sequence

from detector.scripts.decoders import (
    from_char_codes,
    js_atob,
    js_unescape,
    parse_int,
    percent_decoded,
    unpack,
)
from detector.scripts.functions import Functions
from detector.scripts.methods import call_method
from detector.scripts.reading import VISITOR, Effect
from detector.scripts.tokens import MAX_NESTING
from detector.scripts.values import (
    HOLE,
    LONGEST_LOOP,
    Each,
    Function,
    Index,
    Pattern,
    Ref,
    as_number,
    as_text,
    pieces,
)

APPLIES = frozenset("forEach map each some every filter reduce then".split())
FINDERS = {
    "document.getElementById": "id",
    "document.getElementsByClassName": "class",
    "document.querySelector": "selector",
    "document.querySelectorAll": "selector",
    "document.getElementsByName": "name",
    "document.getElementsByTagName": "tag",
    "$": "selector",
    "jQuery": "selector",
}
RUNS_TEXT = frozenset(
    "eval execScript setTimeout setInterval Function $.globalEval jQuery.globalEval".split()
)
DECODERS = {
    "unescape": "unescape",
    "decodeURIComponent": "percent",
    "decodeURI": "percent",
    "atob": "atob",
    "Base64.decode": "atob",
    "escape": "",
    "encodeURIComponent": "",
    "encodeURI": "",
    "String": "",
    "Number": "",
}
# an element stays the same through these
KEEPS_ELEMENT = frozenset(
    "eq first last find css attr prop show hide addClass removeClass each get item".split()
)
COST_OF_TOKEN = 20  # of reading a token again, in copied characters


class Calls(Functions):
    """Reads members and calls, and folds the built-ins."""

    def postfix(self, value: object) -> object:
        """Members, calls and indices that follow an operand."""
        while True:
            token = self.peek()
            if token in (".", "?."):
                name = self.peek(1)
                if not name or not (name[0].isalpha() or name[0] in "_$#" or name[0] > "\x7f"):
                    if token == "?." and name in ("(", "["):
                        self.at += 1
                        continue
                    return value
                self.at += 2
                if self.peek() == "(":
                    value = self.method_call(value, name)
                else:
                    value = self.member(value, name)
            elif token == "[":
                stop = self.partner.get(self.at, self.size)
                self.at += 1
                found = self.expression_list(stop)
                self.at = stop + 1
                key = found[-1] if found else None
                if isinstance(key, str):
                    if self.peek() == "(":
                        value = self.method_call(value, key)
                    else:
                        value = self.member(value, key)
                else:
                    value = self.element_at(value, key)
            elif token == "(":
                value = self.call(value)
            elif token in ("++", "--"):
                self.at += 1
                if isinstance(value, Ref) or self.tokens[self.at - 2][0].isalpha():
                    name = self.tokens[self.at - 2]
                    if isinstance(self.variables.get(name), (int, float)):
                        self.variables[name] = Index(backwards=token == "--")
            elif token and token[0] == "`":  # a tagged template
                self.at += 1
                value = None
            else:
                return value

    def member(self, value: object, name: str) -> object:
        """`value.name`."""
        if isinstance(value, dict):
            return value.get(name)
        if name == "length" and isinstance(value, (str, list)):
            return len(value)
        if isinstance(value, Ref):
            if value.element is not None:
                path = f"{value.path}.{name}" if value.path else name
                return Ref(path[:200], value.element)
            if name in FRAMES and value.path in FRAMES:
                return Ref(value.path if name in ("window", "self") else name)
            path = name if value.path == "window" else f"{value.path}.{name}"
            visitor = VISITOR.get(path) or VISITOR.get(path.removeprefix("document."))
            if visitor:
                self.mentions.append(visitor)
            return Ref(path[:200])
        if isinstance(value, Function) and name in ("call", "apply", "bind"):
            return value
        if value is None:
            return Ref("?." + name)
        return None

    def element_at(self, value: object, key: object) -> object:
        """`value[key]` for a key that is not a name."""
        if isinstance(value, Ref):
            return value if value.element is not None else Ref(value.path + "[]")
        if isinstance(key, Index):
            if isinstance(value, (str, list)) and self.reading.spend(len(value)):
                return pieces(value, key)
            return None
        if isinstance(key, (int, float)) and isinstance(value, (list, str)):
            at = int(key)
            return value[at] if 0 <= at < len(value) else None
        return None

    # -- calls

    def arguments(self) -> list[object]:
        """The arguments, standing at the opening bracket."""
        stop = min(self.partner.get(self.at, self.size), self.size)
        self.at += 1
        found: list[object] = []
        if self.nesting > MAX_NESTING:
            self.at = stop + 1
            return found
        self.nesting += 1
        while self.at < stop:
            before = self.at
            if self.tokens[self.at] == ",":
                self.at += 1
                continue
            value = self.expression(0)
            if self.at <= before:
                self.at = before + 1
                continue
            found.append(value)
            while self.at < stop and self.tokens[self.at] != ",":
                before = self.at
                self.statement(stop)  # what the reader did not understand
                if self.at <= before:
                    self.at = before + 1
        self.nesting -= 1
        self.at = stop + 1
        return found

    def method_call(self, value: object, name: str) -> object:
        """`value.name(…)`."""
        if isinstance(value, Ref):
            return self.call(self.member(value, name))
        if isinstance(value, Function):
            args = self.arguments()
            if name in ("call", "apply"):
                self.enter(value, args[1:])
            return value if name == "bind" else None
        if isinstance(value, dict):
            return self.call(value.get(name))
        mark = len(self.mentions)
        args = self.arguments()
        if isinstance(value, Pattern):
            return None  # `/x/.test(y)`: the mentions say it all
        if name in APPLIES and args and isinstance(args[0], Function):
            if isinstance(value, (list, Each)):
                return self.over(value, name, args)
            self.enter(args[0], ())
            return None
        if value is None:
            self.note_call(Ref("?." + name), args)
            return None
        if isinstance(value, (str, list, int, float, Each)):
            cost = len(value) if isinstance(value, (str, list)) else 16
            if isinstance(value, Each):
                cost = len(value.values)
            if not self.reading.spend(cost):
                return None
            out = call_method(value, name, [plain(arg) for arg in args])
            if name == "join" and args and isinstance(out, str) and isinstance(value, list):
                self.note_join(out, args[0], len(value))
            if name == "reverse":
                self.reading.layer("reverse")
            del self.mentions[mark + 12 :]
            return out
        return None

    def note_join(self, text: str, mark: object, count: int) -> None:
        """A text put together from an array, or from the pieces of a split."""
        if mark == "" and count > 1 and len(text) >= 4 and HOLE not in text:
            self.reading.layer("join", text)

    def over(self, value: list[object] | Each, name: str, args: list[object]) -> object:
        """`list.map(function (x) { return … })`."""
        function = args[0]
        items = value.values if isinstance(value, Each) else value
        if not isinstance(function, Function) or not function.params:
            return None
        if not self.reading.spend(len(items) + (function.end - function.start) * COST_OF_TOKEN):
            return None
        each = Each(list(items[:LONGEST_LOOP]))
        found = self.applied(function, {function.params[0]: each})
        if name == "map" and found and isinstance(found[0], Each):
            return found[0].values
        return None

    def applied(self, function: Function, bound: dict[str, object]) -> list[object]:
        """What a function of this unit returns for these parameters."""
        owner = function.unit
        if not isinstance(owner, Calls):
            return []
        again = Function(
            function.name, function.params, function.start, function.end, owner,
            gives=function.gives,
        )  # fmt: skip
        before, owner.nesting = owner.nesting, max(owner.nesting, self.nesting)
        returned = owner.inside(again, bound)
        owner.nesting = before
        self.effects.append(Effect("enter", "", function=again, guards=self.guard()))
        self.reading.functions.append(again)
        return returned

    def guard(self) -> frozenset[str]:
        """What the tests around this place mention."""
        held = [guard for _, guard in self.guards if guard]
        return frozenset().union(*held) if held else frozenset()

    def call(self, callee: object) -> object:
        """`callee(…)`, standing at the bracket."""
        if isinstance(callee, Function):
            if callee.params[:4] == ("p", "a", "c", "k"):
                return self.packed(self.arguments())
            args = self.arguments()
            return self.enter(callee, args)
        if not isinstance(callee, Ref):
            self.arguments()
            return None
        path = callee.path
        if callee.element is None:
            if path in FINDERS:
                return self.finder(path)
            if path in DECODERS:
                return self.decoder(path)
            if path == "String.fromCharCode" or path == "String.fromCodePoint":
                return self.char_codes()
            if path in ("parseInt", "parseFloat"):
                args = [plain(arg) for arg in self.arguments()]
                return parse_int(args) if self.reading.spend(size_of(args)) else None
            if path in RUNS_TEXT:
                return self.run_text(path)
            if path in ("Array", "RegExp"):
                args = [plain(arg) for arg in self.arguments()]
                if path == "Array":
                    return args if len(args) != 1 or isinstance(args[0], str) else []
                return Pattern(f"/{args[0]}/g") if args and isinstance(args[0], str) else None
        args = self.arguments()
        self.note_call(callee, args)
        if path == "document.createElement" and args and isinstance(args[0], str):
            return Ref("", ("new", args[0].lower()[:20]))
        if path == "document.createTextNode" and args:
            return plain(args[0])
        if callee.element is not None and path.rpartition(".")[2] in KEEPS_ELEMENT:
            return Ref("", callee.element)
        if path.startswith(("localStorage.", "sessionStorage.")):
            self.mentions.append("storage")
        return Ref(path + "()")

    def packed(self, args: list[object]) -> object:
        """Dean Edwards' packer."""
        if not self.reading.spend(size_of(args)):
            return None
        text = unpack([plain(arg) for arg in args])
        if text is not None:
            self.reading.layer("packer", text)
        return text

    def finder(self, path: str) -> object:
        """`document.getElementById("x")` and its kin; `$(function)` runs at load."""
        args = self.arguments()
        kind = FINDERS[path]
        if args and isinstance(args[0], Function):
            self.enter(args[0], ())
            return None
        if args and isinstance(args[0], Ref):
            if args[0].element is not None:
                return args[0]
            return Ref("document") if args[0].path in ("document", "window") else Ref("", ("?", ""))
        if not args or not isinstance(args[0], str) or len(args[0]) > 200 or not args[0].strip():
            return Ref("", ("?", ""))
        name = args[0].strip()
        if kind == "selector":
            if name.startswith("<"):
                return Ref("", ("new", name[:200]))
            rest = name[1:]
            if name[0] in "#." and rest.replace("-", "").replace("_", "").isalnum():
                return Ref("", ("id" if name[0] == "#" else "class", rest))
        return Ref("", (kind, name))

    def decoder(self, path: str) -> object:
        """`unescape`, `atob`, `decodeURIComponent`."""
        args = [plain(arg) for arg in self.arguments()]
        value = args[0] if args else None
        if path == "Number":
            return as_number(value)
        if not isinstance(value, str) or not self.reading.spend(len(value)):
            return as_text(value) if path == "String" else None
        kind = DECODERS[path]
        if not kind:
            return value
        if kind == "atob":
            out = js_atob(value)
        elif kind == "unescape":
            out = js_unescape(value)
        else:
            out = percent_decoded(value)
        if out and out != value:
            if kind == "atob" or _hid_letters(value, out):
                self.reading.layer(kind, out)
            else:
                self.reading.lightly[out] = kind
        return out

    def char_codes(self) -> object:
        """`String.fromCharCode(…)`."""
        args = [plain(arg) for arg in self.arguments()]
        if len(args) == 1 and isinstance(args[0], list):
            args = args[0]
        if not self.reading.spend(size_of(args)):
            return None
        out = from_char_codes(args)
        if isinstance(out, str) and len(out) > 3:
            self.reading.layer("charcode", out)
        elif isinstance(out, Each) and len(out.values) > 3:
            self.reading.layer("charcode", as_text(out) or "")
        return out

    # -- what the last part of the reader adds

    def run_text(self, path: str) -> object:
        """Code in a text that runs."""
        raise NotImplementedError

    def enter(self, function: Function, args: Sequence[object], by: str = "") -> object:
        """A function of the script runs; small ones are applied to constants."""
        raise NotImplementedError

    def note_call(self, callee: Ref, args: list[object]) -> None:
        """A call into the page's world."""
        raise NotImplementedError


FRAMES = frozenset(["window", "self", "top", "parent"])


def _hid_letters(encoded: str, decoded: str) -> bool:
    """Whether an escaped text hid words: `%3Cscript` of honest loaders does not."""
    signs = sum(decoded.count(sign) for sign in "<>\"'=/ :;&?#%+,()[]{}")
    return encoded.count("%") - signs >= 4 and encoded.count("%") * 3 >= len(decoded)


def plain(value: object) -> object:
    """A constant, a dictionary, or None; names of the world stay unknown."""
    if isinstance(value, Each):
        return value
    return None if isinstance(value, (Ref, Function)) else value


def size_of(args: Sequence[object]) -> int:
    """How much arguments hold: what copying them costs."""
    total = len(args)
    for arg in args:
        if isinstance(arg, (str, list)):
            total += len(arg)
        elif isinstance(arg, Each):
            total += len(arg.values)
    return total

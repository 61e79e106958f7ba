"""A page as a BeautifulSoup tree, for people who write techniques and for shown pages.

The tree is the scan's own (`detector.dom`), node by node: the same elements, and
`sourceline` and `sourcepos` of each as a finding's location names them. bs4's own
parsers would differ, and take quadratic time on some hostile input.
"""

from __future__ import annotations

from typing import Any

from detector import dom
from detector.limits import DEFAULT, Limits


def soup(source: str, limits: Limits = DEFAULT) -> Any:
    """The tree of a decoded page; what lies beyond the limits is left out.

    `sourceline` is 1-based, `sourcepos` the 0-based column of the start tag,
    both as bs4 has them.
    """
    from bs4 import BeautifulSoup
    from bs4.element import Comment, Doctype, NavigableString, Tag

    made = BeautifulSoup("", "html.parser")
    stack: list[tuple[Any, Any, int]] = [
        (node, made, 0) for node in reversed(dom.parse(source).children)
    ]
    room = limits.max_nodes
    while stack and room:
        room -= 1
        node, parent, depth = stack.pop()
        kind = type(node)
        if kind is dom.TEXT:
            parent.append(NavigableString(node.data))
        elif kind is dom.COMMENT:
            parent.append(Comment(node.data))
        elif kind is dom.ELEMENT:
            position = node.position
            tag = Tag(
                made, made.builder, node.tag, attrs=_attributes(node, limits),
                sourceline=position[0] if position else None,
                sourcepos=position[1] if position else None,
            )  # fmt: skip
            parent.append(tag)
            if depth < limits.max_depth:
                stack.extend((child, tag, depth + 1) for child in reversed(node.children))
        elif hasattr(node, "children"):  # a template's fragment
            stack.extend((child, parent, depth) for child in reversed(node.children))
        elif parent is made:
            parent.append(Doctype("html"))
    return made


def _attributes(node: Any, limits: Limits) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name, value in node.attrs.items():
        if len(attributes) == limits.max_attributes:
            break
        attributes[name] = value if isinstance(value, list) else value or ""
    return attributes

"""What the page says about the visibility of an element: sheets, attributes, what is inherited.

`sheet` finds an element's declarations, `visibility` says whether they hide it, `explanations`
whether an honest pattern is why.
"""

from __future__ import annotations

from detector.style.declarations import Declared, inline
from detector.style.explanations import benign
from detector.style.inherited import InheritedStyle
from detector.style.selectors import ElementLike
from detector.style.sheet import StyleSheet, cascade
from detector.style.visibility import Hiding, hiding

__all__ = [
    "Declared",
    "ElementLike",
    "Hiding",
    "InheritedStyle",
    "StyleSheet",
    "benign",
    "cascade",
    "hiding",
    "inline",
]

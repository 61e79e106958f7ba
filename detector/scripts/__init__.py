"""What a script does to a page, read statically: nothing is ever executed.

Every function takes the code of one inline script or event handler and gives
what can be known from constants (see `statements`): what it hides, writes,
where it sends the visitor, which titles it sets, how its code was hidden.
Any string gives an answer in linear time; scripts without the trigger words
of a question cost one or two substring searches.

Source: ECMA-262; HTML (`document.write`, `Location`); kits as described in
Sucuri's and Unit 42's notes on SEO injections and traffic redirection systems.
"""

from __future__ import annotations

from detector.scripts.concealing import declaration_hides, hides
from detector.scripts.leaving import Condition, Redirect, redirects
from detector.scripts.load import obfuscated
from detector.scripts.unfolding import Unfolded, encoded, remote, titles, unfold
from detector.scripts.writing import Wrapper, wrapper, writes

__all__ = [
    "Condition",
    "Redirect",
    "Unfolded",
    "Wrapper",
    "declaration_hides",
    "encoded",
    "hides",
    "obfuscated",
    "redirects",
    "remote",
    "titles",
    "unfold",
    "wrapper",
    "writes",
]

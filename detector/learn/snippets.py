"""Short texts for the text scorers, out of examples and lists."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from detector.features import FIELDS
from detector.learn.examples import Example
from detector.learn.material import Lists
from detector.learn.text import Snippet

# Characters of a field's beginning that are read, and of one piece cut out of it.
FIELD, PIECES = 600, (40, 120, 400)
SPANS = 8  # injected texts of one page
REAL_SPAM = 2.0
LISTED = 6000  # lines of a kind that the lists give
LIST_WEIGHT = 0.5


def snippets(examples: Sequence[Example], seed: int, lists: Lists | None = None) -> list[Snippet]:
    """Injected words, spam pages' fields, honest fields; each text once for a category.

    Composed clean pages repeat the real ones' texts and give none of their own,
    unless the grammar wrote them or there is no real page.
    """
    rng = random.Random(seed)
    real = {item.uri for item in examples if item.real}
    seen: set[tuple[str, str]] = set()
    found: list[Snippet] = []
    for number, item in enumerate(examples):
        if item.label == "clean" and not item.real and item.origin in real:
            continue
        for snippet in _of_example(item, number, rng):
            key = (snippet.text, snippet.category)
            if key not in seen:
                seen.add(key)
                found.append(snippet)
    if lists is not None:
        found += listed(lists, rng)
    return found


def _of_example(item: Example, number: int, rng: random.Random) -> Iterator[Snippet]:
    if item.label == "injected":
        for span in item.spans[:SPANS]:
            if len(span) > 2:
                yield Snippet(span[:400], item.category or "other", item.language, 1.0, number)
        return
    category = (item.category or "other") if item.label == "spam" else ""
    weight = REAL_SPAM if item.real and category else 1.0
    for name in FIELDS:
        text = item.fields.get(name, "")
        if not text:
            continue
        yield Snippet(text[:FIELD], category, item.language, weight, number)
        size = rng.choice(PIECES)
        if len(text) > 2 * size:
            at = rng.randrange(len(text) - size)
            yield Snippet(text[at : at + size], category, item.language, weight, number)


def listed(lists: Lists, rng: random.Random) -> list[Snippet]:
    """Lines of the lists: even ones, as the composer's training words are."""
    honest = list(lists.honest[0::2])
    promoting = list(lists.promoting[0::2])
    rng.shuffle(honest)
    rng.shuffle(promoting)
    found = [Snippet(text, "", lang, LIST_WEIGHT) for lang, text in honest[:LISTED]]
    found += [
        Snippet(text, category, lang, LIST_WEIGHT) for lang, category, text in promoting[:LISTED]
    ]
    return found

"""The attack generator: labelled pages composed of clean ones.

`generate(pages, recipe, seed)` streams samples of all classes; `each_technique` gives every
technique alone; `write_labelled` stores them as WARC and JSONL. Attack families are files
of this package, one decorated function a technique.
"""

from __future__ import annotations

from detector.learn.generate import head, hidden, linking, obfuscation, scripts, visible
from detector.learn.generate.compose import Composer, each_technique, generate, split_by_site
from detector.learn.generate.recipe import Recipe, load_recipe
from detector.learn.generate.sample import CleanPage, Edit, Material, RelatedTruth, Sample, restore
from detector.learn.generate.store import write_labelled
from detector.learn.generate.work import ATTACKS, Attack

FAMILIES = (head, visible, obfuscation, hidden, scripts, linking)
TECHNIQUES = (*ATTACKS, "cloaking")

__all__ = [
    "ATTACKS",
    "FAMILIES",
    "TECHNIQUES",
    "Attack",
    "CleanPage",
    "Composer",
    "Edit",
    "Material",
    "Recipe",
    "RelatedTruth",
    "Sample",
    "each_technique",
    "generate",
    "load_recipe",
    "restore",
    "split_by_site",
    "write_labelled",
]

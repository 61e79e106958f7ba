"""Make `data/lexicons/traditional.tsv`: every Han term in the other script, by OpenCC.

And of it and the lists `data/spellings.tsv`, all spellings in one list. Run it after a change of
a list: `python -m detector.learn.lexicon_variants`. A test holds that both are up to date. Taiwan
and Hong Kong prefer other forms of a few characters, so a term can have several.
"""

from __future__ import annotations

from pathlib import Path

from detector.lexicon import (
    FOLDER,
    SPELLINGS,
    Term,
    digest_of,
    read_folder,
    read_variants,
    spelling_lines,
)

HEADER = (
    "# other script's spellings of Han terms: term<TAB>spelling[<TAB>spelling …]\n"
    "# source: made from the lists beside it with OpenCC by learn/lexicon_variants.py\n"
)
_TARGETS = {"zh": ("s2t", "s2tw", "s2hk"), "zh-hant": ("t2s",)}


def variants(terms: list[Term]) -> dict[str, list[str]]:
    """Spellings that differ from the term, by term, in the order of the configurations."""
    from opencc import OpenCC

    found: dict[str, list[str]] = {}
    for lang, names in _TARGETS.items():
        mine = list(dict.fromkeys(term.term for term in terms if term.lang == lang))
        for name in names:
            converted = OpenCC(name).convert("\n".join(mine)).split("\n")
            for term, spelling in zip(mine, converted, strict=True):
                if spelling != term and spelling not in found.get(term, ()):
                    found.setdefault(term, []).append(spelling)
    return found


def render(found: dict[str, list[str]]) -> str:
    """The text of the file, sorted by term."""
    return HEADER + "".join("\t".join((t, *found[t])) + "\n" for t in sorted(found))


def render_spellings(folder: Path = FOLDER) -> str:
    """The text of the file of all spellings: a line that says what it was made of, then each."""
    lines = spelling_lines(read_folder(folder), read_variants(folder))
    return "\n".join((f"# made by learn/lexicon_variants.py of {digest_of(folder)}", *lines)) + "\n"


def write(folder: Path = FOLDER, spellings: Path = SPELLINGS) -> int:
    """Write the files of a folder of lists; gives the number of terms with variants."""
    found = variants(read_folder(folder))
    (folder / "traditional.tsv").write_text(render(found), "utf-8")
    spellings.write_text(render_spellings(folder), "utf-8")
    return len(found)


if __name__ == "__main__":
    print(write())

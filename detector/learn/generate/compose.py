"""The composer: clean pages in, labelled pages out, the same for the same seed."""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from detector.learn.generate import kit
from detector.learn.generate.decoys import names, put_decoy
from detector.learn.generate.guise import extracted, legacy, mask_hosts
from detector.learn.generate.honest_pages import honest_page
from detector.learn.generate.obfuscation import headline
from detector.learn.generate.recipe import Recipe
from detector.learn.generate.sample import CleanPage, Material, Sample
from detector.learn.generate.spam_pages import reskin, spam_page
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import LANGUAGES, Article, articles, categories
from detector.learn.generate.work import ATTACKS, Work

TRIES = 8  # attacks tried on a page until one fits
T = TypeVar("T")


def weighted(rng: random.Random, items: Sequence[T], weights: Mapping[T, float]) -> T:
    """One item; an item without a weight has weight 1."""
    return rng.choices(items, [max(0.0, weights.get(i, 1.0)) for i in items])[0]


def split_by_site(
    pages: Iterable[CleanPage], seed: int = 0, share: float = 0.2
) -> tuple[list[CleanPage], list[CleanPage]]:
    """(the rest, about `share` of the sites): no site stands on both sides."""
    sides: tuple[list[CleanPage], list[CleanPage]] = ([], [])
    for page in pages:
        digest = hashlib.sha256(f"{seed}:{page.site}".encode()).digest()
        sides[int.from_bytes(digest[:4], "big") / 2**32 < share].append(page)
    return sides


class Composer:
    """Makes the samples of one recipe; holds titles of pages seen, for off-topic links."""

    def __init__(self, recipe: Recipe, seed: int, material: Material | None = None) -> None:
        self.recipe = recipe
        self.material = material or Material()
        self.seed = seed
        self.titles: dict[str, deque[tuple[str, str]]] = {}
        self.all_categories = categories(recipe.root)
        self.languages = tuple(recipe.languages)

    def rng(self, *key: object) -> random.Random:
        """A stream of its own for each purpose, so that nothing depends on order."""
        return random.Random("|".join(map(str, (self.seed, self.recipe.name, *key))))

    def uri(self, uri: str, *key: object) -> str:
        """A unique address that does not tell the label."""
        digest = hashlib.sha256("|".join(map(str, (self.seed, uri, *key))).encode()).hexdigest()
        return f"{uri}#{digest[:10]}"

    def speech(self, rng: random.Random, lang: str, honest: bool = False) -> Speech:
        """A voice: in the page's language, or another one of the recipe."""
        if not honest and (lang not in LANGUAGES or rng.random() > self.recipe.own_language):
            lang = weighted(rng, self.languages, self.recipe.languages)
        category = weighted(rng, self.all_categories, self.recipe.categories)
        key = f"{category}/{lang}"
        return Speech(
            rng,
            lang,
            category,
            self.recipe.pool,
            self.recipe.root,
            words=() if honest else self.material.words.get(key, ()),
            lines={} if honest else self.lines(key),
        )

    def lines(self, key: str) -> dict[str, Sequence[str]]:
        """The material's lines for one category and language, by their own key."""
        start = key + "/"
        found = self.material.lines.items()
        return {name[len(start) :]: lines for name, lines in found if name.startswith(start)}

    def base(self, page: CleanPage, rng: random.Random) -> tuple[CleanPage, str]:
        """The page in the guise both classes share: encoding, hosts, an honest decoy."""
        recipe = self.recipe
        if page.kind == "text":
            return page, ""
        if rng.random() < recipe.text:
            page = extracted(page)
            if page.kind == "text":
                return page, ""
        if rng.random() < recipe.mask_hosts:
            page = mask_hosts(page)
        if rng.random() < recipe.encode:
            page = legacy(page, rng)
        decoy = ""
        if rng.random() < recipe.decoys:
            work = Work(page, rng, self.speech(rng, page.lang, honest=True), pool=recipe.pool)
            name = rng.choice(names(recipe.root))
            if put_decoy(work, name):
                decoy = name
                page = replace(page, html=work.finish("clean", page.uri).html)
        return page, decoy

    def clean(self, page: CleanPage, number: int) -> Sample:
        """The page as it is, in a guise."""
        base, decoy = self.base(page, self.rng("clean", page.uri, number))
        return Sample(
            uri=self.uri(page.uri, "clean", number),
            html=base.html,
            label="clean",
            lang=page.lang,
            site=page.site,
            kind=base.kind,
            encoding=base.encoding,
            clean_html=base.html,
            clean_text=base.html if base.kind == "text" else None,
            decoy=decoy,
            origin=page.uri,
        )

    def injected(self, page: CleanPage, number: int, only: str = "") -> Sample | None:
        """The page under one attack; None where none of the tries fits it."""
        recipe = self.recipe
        rng = self.rng("injected", page.uri, number)
        base, decoy = self.base(page, rng)
        campaign = ""
        if not only and rng.random() < recipe.campaign:
            campaign = f"{recipe.name}-{rng.randrange(max(1, recipe.campaigns))}"
        members = [a.technique for a in ATTACKS.values() if base.kind == "html" or a.on_text]
        others = self._others(page)
        for attempt in range(1 if only and only not in members else TRIES):
            voice = self.rng("campaign", campaign, attempt) if campaign else rng
            work = Work(
                base,
                voice,
                self.speech(voice, "" if campaign else page.lang),
                amount=voice.choices(*zip(*recipe.amounts, strict=True))[0],
                pool=recipe.pool,
                titles=others,
            )
            if only:
                done = only in members and ATTACKS[only].apply(work)
            elif voice.random() < recipe.kits:
                whole = kit.stolen_article if voice.random() < 0.4 else kit.hacked_site
                done = whole(work)
            else:
                name = weighted(voice, members, recipe.families)
                done = ATTACKS[name].apply(work)
                if done and name in kit.COMPANIONS:
                    done = kit.accompany(work, name)
            if not done:
                continue
            sample = work.finish("injected", self.uri(page.uri, "injected", number))
            if sample.label != "injected":
                continue
            if rng.random() < recipe.cloaking:
                sample = kit.cloaked(sample)
            return replace(sample, decoy=decoy, campaign=campaign)
        return None

    def spam(self, page: CleanPage, number: int) -> Sample:
        """A page that is spam as a whole, in the page's language or another one."""
        rng = self.rng("spam", page.uri, number)
        speech = self.speech(rng, page.lang)
        if page.kind == "html" and rng.random() < self.recipe.reskin:
            return reskin(page, speech, rng, self.uri(page.uri, "spam", number))
        uri = self.uri(
            "https://{domain}/" + f"{rng.randrange(10**6)}.html", page.uri, "spam", number
        )
        return spam_page(speech, rng, uri, text=rng.random() < self.recipe.text)

    def honest(self, page: CleanPage, number: int) -> Sample:
        """An honest page of the grammar: the spam pages' layouts and languages."""
        rng = self.rng("honest", page.uri, number)
        speech = self.speech(rng, page.lang)
        article = self.article(rng, speech)
        quoting = article is None and rng.random() < self.recipe.quoting
        if page.kind == "html" and not quoting and rng.random() < self.recipe.reskin:
            uri = self.uri(page.uri, "honest", number)
            return reskin(page, speech, rng, uri, honest=True, article=article)
        uri = self.uri(
            "https://{domain}/" + f"{rng.randrange(10**6)}.html", page.uri, "honest", number
        )
        return honest_page(speech, rng, uri, rng.random() < self.recipe.text, quoting, article)

    def article(self, rng: random.Random, speech: Speech) -> Article | None:
        """One of our honest articles in the voice's language, as often as the recipe says."""
        pool = self.recipe.pool  # every fourth is held out
        told = [
            a for a in articles(speech.lang, self.recipe.root)
            if pool == "all" or (a.number % 4 == 3) == (pool == "held-out")
        ]  # fmt: skip
        return rng.choice(told) if told and rng.random() < self.recipe.articles else None

    def grown(self, page: CleanPage, number: int) -> Sample | None:
        """An honest page of the grammar under attack."""
        rng = self.rng("grown", page.uri, number)
        speech = self.speech(rng, page.lang)
        text = rng.random() < self.recipe.text
        uri = f"https://{speech.domain}/{rng.randrange(10**6)}.html"
        made = honest_page(speech, rng, uri, text, article=self.article(rng, speech))
        base = CleanPage(made.uri, made.site, made.lang, made.html, made.kind)
        sample = self.injected(base, number)
        return replace(sample, origin="") if sample else None

    def page(self, page: CleanPage) -> Iterator[Sample]:
        """All samples that one clean page gives."""
        rng = self.rng("counts", page.uri)
        for number in range(_count(self.recipe.clean, rng)):
            yield self.clean(page, number)
        for number in range(_count(self.recipe.injected, rng)):
            sample = self.injected(page, number)
            if sample:
                yield sample
        for number in range(_count(self.recipe.grown, rng)):
            sample = self.grown(page, number)
            if sample:
                yield sample
        for number in range(_count(self.recipe.spam, rng)):
            yield self.spam(page, number)
        for number in range(_count(self.recipe.honest, rng)):
            yield self.honest(page, number)
        self._remember(page)

    def _others(self, page: CleanPage) -> tuple[str, ...]:
        seen = self.titles.get(page.lang, ())
        return tuple(t for site, t in seen if site != page.site)

    def _remember(self, page: CleanPage) -> None:
        if page.kind == "html":
            title = headline(
                Work(page, random.Random(0), Speech(random.Random(0), "en", "gambling"))
            )
            if 6 < len(title) < 90:
                self.titles.setdefault(page.lang, deque(maxlen=120)).append((page.site, title))


def _count(share: float, rng: random.Random) -> int:
    whole = int(share)
    return whole + (rng.random() < share - whole)


def generate(
    pages: Iterable[CleanPage], recipe: Recipe, seed: int = 0, material: Material | None = None
) -> Iterator[Sample]:
    """Labelled pages made of clean ones, streamed and mixed within a window.

    Every page stands in both classes, in guises drawn alike, so that language, length,
    markup and source of the base tell nothing about the label. Give it the pages of one
    side of `split_by_site`: what it makes keeps the page's site. `material` widens the words.
    """
    composer = Composer(recipe, seed, material)
    mix = composer.rng("mix")
    held: list[Sample] = []
    for page in pages:
        held += composer.page(page)
        while len(held) > recipe.window * 3:
            yield held.pop(mix.randrange(len(held)))
    while held:
        yield held.pop(mix.randrange(len(held)))


def each_technique(
    pages: Iterable[CleanPage], recipe: Recipe, seed: int = 0, techniques: Sequence[str] = ()
) -> Iterator[Sample]:
    """Every technique alone on every page that it fits: for recall by technique.

    `kit.COMPANIONS` names those that honest pages show too: expect their findings, not a label.
    """
    composer = Composer(recipe, seed)
    for page in pages:
        for number, name in enumerate(techniques or tuple(ATTACKS)):
            sample = composer.injected(page, number, only=name)
            if sample:
                yield sample
        composer._remember(page)

"""The attack generator: every technique, exact truth, the same pages for the same seed."""

from __future__ import annotations

import html
import random
from dataclasses import replace
from itertools import islice

import pytest

from detector.learn.generate import (
    ATTACKS,
    TECHNIQUES,
    CleanPage,
    Material,
    Recipe,
    Sample,
    each_technique,
    generate,
    load_recipe,
    split_by_site,
)
from detector.learn.generate.decoys import names, put_decoy
from detector.learn.generate.guise import extracted, legacy, mask_hosts
from detector.learn.generate.outline import scan
from detector.learn.generate.speech import Speech
from detector.learn.generate.words import (
    LANGUAGES,
    all_terms,
    articles,
    categories,
    half,
    phrases,
    shapes,
    terms,
)
from detector.learn.generate.work import Work
from detector.types import CATEGORIES

CONTRACT = """
title-hijack meta-hijack entity-encoded-head structured-data-spam canonical-hijack
spam-header spam-block keyword-stuffing keyword-salad title-fragment-interleaving
character-substitution bracketed-transliteration noise-characters spun-text contact-solicitation
comment-spam search-reflection template-leftover fake-byline
hidden-text hidden-links offscreen-links tiny-text invisible-colour marquee-links noscript-links
overlay-frame after-html conditional-redirect script-hides-block script-writes-links
obfuscated-script meta-refresh off-topic-links link-farm outbound-spam-links cloaking
hidden-instructions
""".split()

ZH = """<!DOCTYPE html>
<html lang="zh"><head><meta charset="utf-8"><title>河边新建步道下月开放 - 小城日报</title>
<meta name="description" content="步道全长三公里。"><link rel="canonical" href="https://a.example/1"></head>
<body class="news"><nav><a href="/">首页</a><a href="/x">新闻</a></nav><h1>河边新建步道下月开放</h1>
<p>记者昨天从城建部门了解到,河边步道的主体工程已经完成,通过验收后将在下月开放。</p>
<p>步道全长三公里,沿途设有wifi、座椅和直饮水,主要方便居民散步。</p>
<p>工程使用了透水材料,非常环保,也可以减少积水。</p>
<p>负责人表示,我们还会在两侧种植本地树种,提高绿化水平,因为居民需要树荫。</p>
<p>据介绍,二期工程将于明年开始,届时步道会和老城的公园相连,可以骑车往返。</p>
<footer>小城日报</footer></body></html>
"""
EN = """<html><head><title>Old mill reopens &amp; bakes again | Valley Post</title></head><body>
<div id="top"><a href="http://paper.test.example/">Home</a></div>
<h1>Old mill reopens &amp; bakes again</h1>
<p>The old mill in the valley has reopened after four years of repairs, and its ovens are warm.</p>
<p>Many people came on Saturday to see the new wheel turn and to buy bread of local flour.</p>
<p>The miller said the work was important for the valley because the school uses the hall too.</p>
<p>Tours start every hour, and visitors can help to carry the sacks up to the second floor.</p>
</body></html>
"""
RU = """<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">
<title>Новая пекарня в посёлке</title></head><body><h1>Новая пекарня в посёлке</h1>
<div>Вчера в посёлке открылась пекарня, где хлеб пекут в дровяной печи по старым рецептам.<br>
Хозяйка рассказала, что муку привозят с мельницы за рекой, а также из соседнего района.<br>
Жители говорят, что это очень удобно: раньше за хлебом ездили в город, или пекли дома.</div>
</body></html>
"""
TEXT = """校园菜园迎来丰收

  2023-05-01  校报

学校的菜园今年收成很好,同学们轮流浇水、除草。
老师说,观察植物的生长过程,比看书更有意思。
周五中午,食堂用菜园的番茄做了一道汤。
三年级的孩子负责记录天气,每天早晨量一次气温,把数字写在走廊的黑板上。
秋天到了,南瓜个头不小,最大的一只要两个人抬,合影之后留给厨房。
下学期打算再开一块地,种些豆角和香菜,家长也可以报名,工具由学校准备。
"""
PAGES = [
    CleanPage("https://a.example/1", "a.example", "zh", ZH),
    CleanPage("https://b.example/1", "b.example", "en", EN),
    CleanPage("https://c.example/1", "c.example", "ru", RU),
    CleanPage("https://d.example/1", "d.example", "zh", TEXT, kind="text"),
]
MANY = [
    replace(p, uri=f"{p.uri}{i}", site=f"{i % 9}.{p.site}") for i in range(40) for p in PAGES
]  # fmt: skip
PLAIN = Recipe(decoys=0, encode=0, mask_hosts=0, text=0, campaign=0)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """A run over many copies of the small pages."""
    return list(generate(MANY, load_recipe("train"), seed=7))


def occurs(words: str, sample: Sample) -> bool:
    """Whether a reader or a script engine finds these words in the page."""
    return words in sample.html or words in html.unescape(sample.html)


def test_every_technique_of_the_contract_has_a_family() -> None:
    assert set(CONTRACT) == set(TECHNIQUES)


@pytest.mark.parametrize("technique", sorted(ATTACKS))
def test_a_technique_says_what_it_did_and_can_be_undone(technique: str) -> None:
    made = list(each_technique(MANY, replace(PLAIN, name=technique), techniques=[technique]))
    assert made
    for sample in made:
        assert sample.label == "injected"
        assert technique in sample.techniques
        assert sample.category in CATEGORIES
        assert sample.html != sample.clean_html
        assert sample.restored() == sample.clean_html
        assert sample.spans
        for span in sample.spans:
            assert occurs(span, sample)


def test_the_same_seed_gives_the_same_pages_and_another_seed_others(samples: list[Sample]) -> None:
    again = list(generate(MANY, load_recipe("train"), seed=7))
    other = list(generate(MANY, load_recipe("train"), seed=8))
    assert again == samples
    assert [s.html for s in other] != [s.html for s in samples]


def test_a_page_gives_the_same_samples_whatever_came_before() -> None:
    alone = {s.uri: s.html for s in generate(PAGES[1:2], PLAIN, seed=3)}
    among = {s.uri: s.html for s in generate(PAGES[:2], PLAIN, seed=3)}
    assert alone.items() <= among.items()


def test_addresses_are_unique_and_do_not_tell_the_label(samples: list[Sample]) -> None:
    assert len({s.uri for s in samples}) == len(samples)
    assert not any(label in s.uri for s in samples for label in ("clean", "inject", "spam"))


def test_every_page_of_the_base_stands_in_both_classes(samples: list[Sample]) -> None:
    clean = {s.origin for s in samples if s.label == "clean" and s.origin}
    attacked = {s.origin for s in samples if s.label == "injected"}
    assert {p.uri for p in MANY} == clean
    assert len(attacked) > 0.95 * len(clean)


def test_truth_of_all_samples(samples: list[Sample]) -> None:
    for sample in samples:
        if sample.clean_html is not None:
            assert sample.restored() == sample.clean_html
        if sample.label == "clean":
            assert not sample.spans and not sample.techniques and not sample.category
        else:
            assert sample.techniques and set(sample.techniques) <= set(CONTRACT)
            assert all(occurs(span, sample) for span in sample.spans)
        if sample.label == "spam":
            assert sample.spans
        if "cloaking" in sample.techniques:
            assert sample.other_view == sample.clean_html


def test_sites_never_stand_on_both_sides() -> None:
    kept, held = split_by_site(MANY, seed=1, share=0.3)
    assert kept and held and len(kept) + len(held) == len(MANY)
    assert not {p.site for p in kept} & {p.site for p in held}
    assert split_by_site(MANY, seed=1, share=0.3) == (kept, held)


def test_the_pools_share_no_word_pattern_or_hiding_template() -> None:
    assert not all_terms("train") & all_terms("held-out")
    for lang in LANGUAGES:
        for category in categories():
            assert len(terms(category, lang, "train")) >= 2
            assert len(terms(category, lang, "held-out")) >= 2
        for key in ("title", "header", "sentence", "contact", "anchor"):
            assert not set(phrases(lang, key, "train")) & set(phrases(lang, key, "held-out"))
    for file in ("hiding", "scripts"):
        for found in shapes(file).values():
            if isinstance(found, list):
                assert not set(half(found, "train")) & set(half(found, "held-out"))


def test_word_lists_name_every_category_of_the_contract() -> None:
    assert set(categories()) == set(CATEGORIES) - {"other"}


@pytest.mark.parametrize("name", names())
def test_a_decoy_is_clean_and_holds_no_trade_word(name: str) -> None:
    words = {t.lower() for t in all_terms("all")}
    tried = 0
    for lang in LANGUAGES:
        for seed in range(8):
            rng = random.Random(seed)
            work = Work(PAGES[1], rng, Speech(rng, lang, "gambling", "all"), pool="all")
            if put_decoy(work, name):
                tried += 1
                sample = work.finish("clean", "u")
                assert sample.label == "clean" and not sample.spans
                shown = html.unescape(sample.html).lower()
                assert [w for w in words if w in shown] == []
    assert tried


def test_honest_pages_hold_no_trade_word_unless_they_quote(samples: list[Sample]) -> None:
    honest = list(
        generate(
            MANY,
            replace(PLAIN, clean=0, injected=0, spam=0, grown=0, honest=4, articles=0, pool="all"),
        )
    )
    words = {t.lower() for t in all_terms("all")}
    quoting = [s for s in honest if s.decoy == "report-quoting-terms"]
    assert len(quoting) > 20
    assert {s.label for s in honest} == {"clean"}
    for sample in honest:
        shown = html.unescape(sample.html).lower()
        assert any(w in shown for w in words) == (sample.decoy == "report-quoting-terms")


def test_every_language_has_honest_articles_on_the_trades() -> None:
    for lang in LANGUAGES:
        told = articles(lang)
        assert len(told) >= 12
        assert len({a.title for a in told}) == len(told)
        assert all(a.paragraphs and all(a.paragraphs) for a in told)


def test_renderings_of_an_article_are_one_site_and_pools_share_none() -> None:
    recipe = replace(PLAIN, clean=0, injected=0, spam=0, grown=0, honest=6, articles=1.0)
    sites: dict[str, set[str]] = {}
    for pool in ("train", "held-out"):
        made = list(generate(MANY, replace(recipe, pool=pool)))
        assert {s.label for s in made} == {"clean"}
        sites[pool] = {s.site for s in made if s.decoy == "article"}
        assert len(made) > len(sites[pool]) > 10
    assert not sites["train"] & sites["held-out"]


def test_injected_hosts_are_reserved_ones(samples: list[Sample]) -> None:
    for lang in LANGUAGES:
        rng = random.Random(lang)
        for _ in range(40):
            host = Speech(rng, lang, "crypto").url().split("//")[1].split("/")[0].split("?")[0]
            assert host.endswith((".example", ".invalid", "example.com", "example.net"))


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "r.toml"
    file.write_text('name = "x"\nsapm = 1.0\n')
    with pytest.raises(ValueError, match="sapm"):
        load_recipe(file)


def test_a_campaign_says_the_same_on_many_sites() -> None:
    made = [s for s in generate(MANY, load_recipe("campaign"), seed=2) if s.label == "injected"]
    assert {s.campaign for s in made} == {"campaign-0"}
    assert len({s.site for s in made}) > 10
    assert len({s.category for s in made}) == 1


def test_legacy_encodings_keep_every_character() -> None:
    rng = random.Random(1)
    page = legacy(PAGES[0], rng)
    assert page.encoding == "gb18030"
    assert Sample("u", page.html, "clean", "zh", "s", encoding=page.encoding).data.decode(
        "gb18030"
    ) == (page.html)


def test_foreign_hosts_get_the_ending_that_injected_ones_have() -> None:
    page = replace(PAGES[1], html=EN.replace("paper.test.example", "paper.net"), site="b.example")
    masked = mask_hosts(page)
    assert "http://paper.net.example/" in masked.html
    assert mask_hosts(masked) == masked
    assert mask_hosts(replace(page, site="paper.net")).html == page.html


def test_a_page_becomes_text_with_its_title_first() -> None:
    long = replace(
        PAGES[1], html=EN.replace("<p>", "<p>It was a fine and quiet day by the river. ")
    )
    page = extracted(long)
    assert page.kind == "text"
    assert page.html.startswith("Old mill reopens")
    assert "Tours start every hour" in page.html


def test_fragments_come_back_out_of_the_text() -> None:
    made = [
        s
        for s in each_technique(MANY, PLAIN, techniques=["title-fragment-interleaving"])
        if s.kind == "text"
    ]
    assert made
    for sample in made:
        assert sample.clean_text == TEXT
        assert set("".join(sample.spans)) <= set(TEXT.splitlines()[0])


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<",
        "<p",
        "plain",
        "<title>x",
        "<!-- <body>",
        "<script>if(a<b){</script",
        "<a href='",
        "</html>",
    ],
)
def test_the_outline_of_a_broken_source_stays_inside_it(source: str) -> None:
    out = scan(source)
    marks = [out.head_start, out.head_end, out.body_start, out.body_end, out.html_end, out.footer]
    assert all(0 <= m <= len(source) for m in marks)


def test_the_outline_finds_the_article_and_not_the_menu() -> None:
    out = scan(ZH)
    said = [ZH[a:b] for a, b in out.runs]
    assert said[-1].startswith("据介绍") and "首页" not in "".join(said)
    assert out.title and ZH[slice(*out.title)].startswith("河边")
    assert ZH[out.body_end :].startswith("</body>") and ZH[: out.html_end].endswith("</html>")


def test_material_of_the_trainer_joins_the_recipes_words() -> None:
    material = Material(
        words={f"{c}/en": ["zorbling wager", "quib parlay"] for c in categories()},
        lines={f"{c}/en/header": ["{b} zorb line", "{t} quib line"] for c in categories()},
    )
    recipe = replace(PLAIN, clean=0, injected=4, spam=0, honest=0, own_language=1.0)
    made = list(generate(MANY, recipe, seed=4, material=material))
    said = " ".join(span for s in made for span in s.spans).lower()
    assert "zorbling wager" in said and "zorb line" in said
    assert "quib" not in said


def test_samples_stream() -> None:
    endless = (p for _ in iter(int, 1) for p in PAGES)
    assert len(list(islice(generate(endless, replace(PLAIN, window=2)), 5))) == 5

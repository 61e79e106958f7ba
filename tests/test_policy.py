"""Policies: what a file may say, how its mistakes are named, what follows for a page."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from detector import Decision, Policy, Scanner
from detector.policy import Bands, PolicyError
from detector.techniques import Context
from detector.types import Failure, Finding, Label, Location, Result, Verdict

SAMPLES = Path(__file__).parents[1] / "datasets" / "samples"
FINDING = Finding(
    "hidden-links", 0.9, "casino bonus", "Links that no reader sees.",
    Location("body", "html > body", 3, 1), "gambling", "https://win.example/",
)  # fmt: skip
scanner = Scanner()


def load(tmp_path: Path, text: str) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(text, "utf-8")
    return Policy.load(path)


def judged(foreign: float, *findings: Finding, label: Label = "injected") -> Result:
    shares: dict[Label, float] = {"clean": 1 - foreign, "injected": foreign, "spam": 0.0}
    categories = tuple(f.category for f in findings if f.category)
    verdict = Verdict(label, shares, categories)
    return Result("https://town.example/a", "html", 10, verdict=verdict, findings=findings)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flag = 0.5\nfalg = 1", "policy.toml:2: unknown key 'falg'"),
        ("# a\n\nreview = 2", "policy.toml:3: review must be a number"),
        ("review = 0.9\nblock = 0.5", "policy.toml:2: block (0.5) must not be under review"),
        ("[category.gambling]\nblock = 1\n[category.gamblin]\n", "policy.toml:3: unknown key"),
        ("[category.gambling]\n\nblock = true", "policy.toml:3: block must be a number"),
        ('[source."a.example"]\nreview = "x"', "policy.toml:2: review must be a number"),
        ('source = {a = {block = "x"}}', "policy.toml:1: block must be"),
        ("[retention]\ntext = 'some'", "policy.toml:2: text must be one of none, flagged, all"),
        ("[retention]\ndays = 0", "policy.toml:2: days must be a whole number"),
        ("techniques_off = ['hidden-lynx']", "policy.toml:1: techniques_off: 'hidden-lynx'"),
        ("[[suppressions]]\ntechnique='a'\nreason='b'\n[[suppressions]]\nreason='c'",
         "policy.toml:4: suppression 2: technique must be given"),
        ("flag = = 1", "line 1"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(tmp_path, text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("foreign", "label", "action"),
    [(0.3, "clean", "allow"), (0.95, "injected", "review"), (0.995, "injected", "block")],
)
def test_without_thresholds_the_label_is_reviewed_and_sure_ones_are_blocked(
    foreign: float, label: Label, action: str
) -> None:
    assert Policy().decide(judged(foreign, FINDING, label=label)).action == action


def test_a_source_goes_before_a_category_and_a_category_before_the_rest(tmp_path: Path) -> None:
    policy = load(
        tmp_path,
        "review = 0.5\nblock = 0.9\n[category.gambling]\nreview = 0.2\nblock = 0.3\n"
        '[source."casino.example"]\nreview = 1.0\nblock = 1.0\n[source.comments]\nblock = 0.95\n',
    )
    assert policy.source["comments"] == Bands(None, 0.95)
    result = judged(0.4, FINDING, label="clean")
    assert policy.decide(result).action == "block"
    assert policy.decide(result, "casino.example").action == "allow"
    assert policy.decide(result, "comments").action == "review"
    assert policy.decide(judged(0.4, label="clean")).action == "allow"


def test_reasons_are_sentences_with_the_evidence() -> None:
    decision = Policy(block=0.9).decide(judged(0.97, FINDING))
    assert decision == Decision(
        "block",
        (
            "The page has foreign matter in it, with a probability of 0.970 that it is not "
            "clean, and this policy blocks from 0.9 for gambling.",
            "Links that no reader sees. (casino bonus)",
        ),
    )


def test_accepted_findings_allow_a_page_and_unreadable_pages_go_to_a_person(
    tmp_path: Path,
) -> None:
    policy = load(tmp_path, "[[suppressions]]\ntechnique = 'hidden-*'\nreason = 'our menu'\n")
    assert policy.decide(judged(0.999, FINDING)).action == "allow"
    late = Result("a", "html", 1, error=Failure("timeout", "took longer than 10 s"))
    assert policy.decide(late).action == "review"
    assert "10 s" in policy.decide(late).reasons[0]


def test_allowed_terms_hosts_and_categories_are_no_evidence() -> None:
    page = (SAMPLES / "en-injected-hidden-links.html").read_bytes()
    found = scanner.scan(page).findings
    assert found
    hosts = frozenset(f.href.split("/")[2] for f in found if f.href)
    assert hosts
    policies = [Policy(allowed_hosts=hosts), Policy(categories_off=frozenset(["gambling"]))]
    for policy in policies:
        assert len(Scanner(scanner.model, policy).scan(page).findings) < len(found)
    text = "Best online casino bonus: play slots and win."
    plain = scanner.page(text, kind="text")
    terms = frozenset(hit.term.upper() for hit in Context(plain).hits_in(text))
    assert terms
    assert not Context(plain, allowed_terms=terms).hits_in(text)
    weak = Scanner(scanner.model, Policy(allowed_terms=terms)).analyse(plain).features
    assert "lexicon.article" in scanner.analyse(plain).features
    assert "lexicon.article" not in weak


def test_a_tree_is_scanned_as_its_page_and_other_objects_are_refused() -> None:
    page = (SAMPLES / "zh-injected-head.html").read_text("utf-8")
    tree = BeautifulSoup(page, "html.parser")
    assert scanner.scan(tree, uri="a").verdict == scanner.scan(str(tree), uri="a").verdict
    with pytest.raises(TypeError, match="dict"):
        scanner.scan({"html": page})


def test_the_tree_of_a_page_has_its_elements_where_findings_say() -> None:
    data = (SAMPLES / "en-injected-hidden-links.html").read_bytes()
    result = scanner.scan(data)
    tree = scanner.page(data).soup()
    tags = {(t.sourceline, t.sourcepos + 1): t for t in tree.find_all(True) if t.sourceline}
    placed = [f for f in result.findings if f.location.where == "body"]
    assert placed
    for finding in placed:
        assert (finding.location.line, finding.location.column) in tags
    assert scanner.scan(tree).verdict is not None


def test_threads_and_event_loops_share_one_scanner() -> None:
    pages = [path.read_bytes() for path in sorted(SAMPLES.iterdir())]
    one = [scanner.scan(page).verdict for page in pages]
    fresh = Scanner()
    with ThreadPoolExecutor(4) as threads:
        assert [r.verdict for r in threads.map(fresh.scan, pages)] == one

    async def several() -> list[object]:
        return [r.verdict for r in await asyncio.gather(*map(fresh.ascan, pages))]

    assert asyncio.run(several()) == one

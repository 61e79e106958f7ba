"""The runs of `detector models promote` and `floors`: messages and exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from detector.cli._evaluating import judged_by, say
from detector.model import Model, ModelError, default_folder, find_folder

if TYPE_CHECKING:
    from detector.learn.gate import Floors
    from detector.learn.metrics import Judged

Measured = dict[str, tuple[dict[str, float], str]]  # set of floors → figures, digest of the pages


def run_promote(name: str, data: tuple[str, ...], floors: Path, allow_regression: bool) -> int:
    """Compare, refuse or promote; the exit code."""
    try:
        from detector.learn.gate import decide, promote, read_floors, write_floors
    except ImportError as error:
        say(f"promoting needs {error.name}: pip install 'seo-injection-detector[train]'")
        return 2
    source, target = find_folder(name), default_folder()
    try:
        sets = read_floors(floors)
        card = Model.load(source).card
        sources = data or _sources(sets["pages"], floors)
        if not sources and not allow_regression:
            say("nothing to measure on: give labelled pages with --on, or --allow-regression")
            return 2
        places = [source] + ([target] if (target / "model.json").is_file() else [])
        judged = judged_by(sources, places, 1) if sources else []
        measured = _measured(card, judged[0] if judged else [], sources)
    except (ModelError, OSError, ValueError) as error:
        say(str(error))
        return 2
    reasons = [str(reason) for reason in _missed(sets, measured)]
    if judged:
        reasons += decide(judged[0], judged[1] if len(judged) > 1 else None).reasons
    for reason in reasons:
        say(f"worse: {reason}")
    if reasons and not allow_regression:
        say("not promoted; --allow-regression does it all the same")
        return 1
    promote(source, target)
    say(f"{source} is now {target}")
    if not data and floors.is_file():
        write_floors(floors, _raised(sets, measured, lower=bool(reasons)))
        say(f"{floors}: raised")
    return 0


def run_floors(floors: Path, write: bool, allow_regression: bool) -> int:
    """Measure the shipped model against the floors; the exit code."""
    from detector.learn.gate import read_floors, write_floors

    try:
        sets = read_floors(floors)
        folder = default_folder()
        card = Model.load(folder).card
        sources = _sources(sets["pages"], floors)
        judged = judged_by(sources, [folder], 1)[0] if sources else []
        measured = _measured(card, judged, sources)
    except (ModelError, OSError, ValueError) as error:
        say(str(error))
        return 2
    missed = _missed(sets, measured)
    for name, (values, digest) in measured.items():
        known = sets[name]
        say(
            f"{name}: "
            + ("the same pages" if digest == known.digest else "other pages than the floors'")
        )
        for figure, value in values.items():
            say(f"  {figure:34} {value:.4f}  floor {known.values.get(figure, float('nan')):.4f}")
    for shortfall in missed:
        say(f"worse: {shortfall}")
    if write and (allow_regression or not missed):
        write_floors(floors, _raised(sets, measured, allow_regression))
        say(f"{floors}: written")
        return 0
    return int(bool(missed))


def _sources(pages: Floors, file: Path) -> tuple[str, ...]:
    return tuple(str((file.parent / name).resolve()) for name in pages.data)


def _measured(card: Mapping[str, Any], judged: list[Judged], sources: tuple[str, ...]) -> Measured:
    """The figures of each set of floors, with the digest of their pages."""
    from detector.learn.datasets import digest_of, read_labelled
    from detector.learn.metrics import figures, measure

    found: Measured = {}
    if judged:
        found["pages"] = figures(measure(judged)), digest_of(read_labelled(sources))
    if card["data"].get("figures"):
        found["unseen"] = dict(card["data"]["figures"]), card["data"]["digest"]
    return found


def _missed(sets: Mapping[str, Floors], measured: Measured) -> list[object]:
    return [
        shortfall
        for name, (values, digest) in measured.items()
        for shortfall in sets[name].missed(values, digest)
    ]


def _raised(sets: Mapping[str, Floors], measured: Measured, lower: bool) -> dict[str, Floors]:
    found = dict(sets)
    for name, (values, digest) in measured.items():
        found[name] = sets[name].raised(values, digest, lower)
    return found

"""The software bill of materials: what the project depends on, with versions and licences.

    make sbom        build/sbom.cdx.json (CycloneDX 1.6), and a table of licences

Components are the installed distributions that `pyproject.toml` asks for, with theirs, and the
hashes of `requirements.lock`. A licence that does not go with Apache-2.0 is an error.

Source: CycloneDX 1.6; SPDX; after the Apache Software Foundation's third-party licence policy.
Nothing of a dependency is shipped or changed: all stay packages of their own.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import Counter
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
EXTRAS = (
    "train",
    "sources",
    "serve",
    "web",
)  # what users install; tools of this repository are not
# Names as older metadata writes them, to SPDX.
SPDX = {
    "MIT License": "MIT", "MIT license": "MIT", "Expat license": "MIT",
    "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause", "BSD 3-Clause License": "BSD-3-Clause",
    "The BSD 2-Clause License": "BSD-2-Clause", "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0",
    "Apache": "Apache-2.0", "Apache-2": "Apache-2.0", "Dual License": "Apache-2.0 OR BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "ISC License (ISCL)": "ISC",
    "PSFL": "PSF-2.0", "Python Software Foundation License": "PSF-2.0",
    "LGPL": "LGPL-2.1-or-later", "HPND": "HPND", "CMU License (MIT-CMU)": "MIT-CMU",
}  # fmt: skip
FREE = frozenset(
    """0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC0-1.0 CNRI-Python HPND ISC MIT MIT-0
    MIT-CMU MPL-2.0 PSF-2.0 Python-2.0 Unlicense Zlib ZPL-2.1 bzip2-1.0.6""".split()
)
# Of packages that extras alone bring: who does without them need not look at it.
APART = frozenset("MPL-1.1 LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later".split())


def wanted(requirements: list[str], extra: str = "") -> list[Requirement]:
    """Those that hold on this platform."""
    found = map(Requirement, requirements)
    return [r for r in found if r.marker is None or r.marker.evaluate({"extra": extra})]


def closure(requirements: list[Requirement]) -> dict[str, Distribution]:
    """Every installed distribution that they bring, by its normalised name."""
    found: dict[str, Distribution] = {}
    waiting = [(r.name, extra) for r in requirements for extra in ("", *r.extras)]
    seen = set(waiting)
    while waiting:
        name, extra = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:
            continue
        found[re.sub(r"[-_.]+", "-", name).lower()] = one
        for requirement in wanted(one.requires or [], extra):
            for inner in ("", *requirement.extras):
                if (requirement.name, inner) not in seen:
                    seen.add((requirement.name, inner))
                    waiting.append((requirement.name, inner))
    return found


def licence(one: Distribution) -> str:
    """Its SPDX expression, or what its metadata says, or ""."""
    about = one.metadata
    if expression := about.get("License-Expression"):
        return expression
    words = (about.get("License") or "").strip()
    classes = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if "License" in c]
    for given in (words, *classes):
        if given in SPDX or given in FREE | APART:
            return SPDX.get(given, given)
    return words.partition("\n")[0] or " AND ".join(classes)


def allowed(expression: str, names: frozenset[str]) -> bool:
    """Whether one side of every OR is of those names."""
    plain = re.sub(r"[()]", " ", expression)
    return any(
        all(part.strip() in names for part in side.split(" AND ")) for side in plain.split(" OR ")
    )


def sorted_out() -> tuple[dict[str, Distribution], dict[str, Distribution]]:
    """(what every install brings, what extras bring beside it)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    base = closure(wanted(project["dependencies"]))
    extras = [r for name in EXTRAS for r in project["optional-dependencies"][name]]
    return base, {n: d for n, d in closure(wanted(extras)).items() if n not in base}


def wrong() -> list[str]:
    """Distributions whose licence does not go with the project's, with it."""
    base, extras = sorted_out()
    return [
        f"{name}: {licence(one) or 'no licence'}"
        for names, kinds in ((base, FREE), (extras, FREE | APART))
        for name, one in names.items()
        if not allowed(licence(one), kinds)
    ]


def hashes(lock: Path) -> dict[str, list[str]]:
    """The SHA-256 digests of each name in a lock file."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lock.read_text("utf-8").splitlines():
        if match := re.match(r"([a-z0-9.-]+)(?:\[[^\]]*\])?==", line):
            name = match[1]
        elif match := re.search(r"--hash=sha256:([0-9a-f]{64})", line):
            found.setdefault(name, []).append(match[1])
    return found


def bill() -> str:
    """The bill as CycloneDX JSON."""
    from cyclonedx.contrib.hash.factories import HashTypeFactory
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import ExternalReference, ExternalReferenceType, XsUri
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    made = Bom()
    factory, digest_of = LicenseFactory(), HashTypeFactory().from_hashlib_alg
    own = distribution("seo-injection-detector")
    made.metadata.component = root = Component(
        type=ComponentType.APPLICATION, name=own.name, version=own.version, bom_ref="root",
        licenses=[factory.make_from_string("Apache-2.0")],
    )  # fmt: skip
    digests = hashes(ROOT / "requirements.lock")
    base, extras = sorted_out()
    parts = {}
    for name, one in sorted((base | extras).items()):
        address = f"https://pypi.org/project/{name}/{one.version}/"
        found = [digest_of("sha256", digest) for digest in digests.get(name, ())]
        parts[name] = Component(
            type=ComponentType.LIBRARY, name=name, version=one.version,
            bom_ref=f"{name}=={one.version}", purl=PackageURL("pypi", None, name, one.version),
            licenses=[factory.make_from_string(licence(one))] if licence(one) else None,
            external_references=[
                ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(address),
                                  hashes=found)
            ],
        )  # fmt: skip
        made.components.add(parts[name])
    made.register_dependency(root, parts.values())
    for name, one in (base | extras).items():
        inner = (re.sub(r"[-_.]+", "-", r.name).lower() for r in wanted(one.requires or []))
        made.register_dependency(parts[name], {parts[n] for n in inner if n in parts and n != name})
    return str(JsonV1Dot6(made).output_as_string(indent=2))


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "sbom.cdx.json")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(bill(), "utf-8")
    for title, some in zip(("every install", "extras"), sorted_out(), strict=True):
        counts = Counter(licence(one) for one in some.values())
        print(f"{title}: {len(some)} packages")
        for name, count in counts.most_common():
            print(f"  {count:4} {name}")
    for line in wrong():
        print(f"does not go with Apache-2.0: {line}", file=sys.stderr)
    print(options.output)
    return int(bool(wrong()))


if __name__ == "__main__":
    sys.exit(main())

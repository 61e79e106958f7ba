# make demo [PAGES=folder]   makes .venv, installs pinned versions, scans the sample pages
# make test                  the tests
# The rest is for working on the project; see CONTRIBUTING.md.

VENV := .venv
BIN := $(VENV)/bin
ENGINES ?= .cache/engines
FUZZ ?= .cache/fuzz/venv
CORPUS ?= ../shared/corpus
PAGES ?=
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
# --no-input: also without a terminal; the build tool comes from the lock, not from the net
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q

.PHONY: demo docs test check bench quality model test-browser test-engines test-packaging fuzz torture \
	parser-tests sbom audit lock clean

demo: $(VENV)/.ready
	$(BIN)/detector scan datasets/samples $(PAGES) --fail-on none

test: $(VENV)/.ready
	$(BIN)/python -m pytest -q -m "not packaging and not browser and not engines"

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	$(BIN)/python benchmarks/speed.py $(CORPUS)
	$(BIN)/python benchmarks/stages.py $(CORPUS)
	$(BIN)/python benchmarks/linear.py

quality: $(VENV)/.bench
	$(BIN)/python benchmarks/quality.py $(CORPUS) --every 6
	$(BIN)/python benchmarks/content.py $(CORPUS)
	$(BIN)/python benchmarks/relevance.py $(CORPUS)/clean_related.jsonl
	$(BIN)/python benchmarks/techniques.py $(CORPUS) --samples 40 --clean 300 --jobs 2

# A model that is worse than the one in place is refused; PROMOTE=--allow-regression takes it.
PROMOTE ?=
model: $(VENV)/.ready
	$(BIN)/detector train $(CORPUS) --output .cache/models/default --name default
	$(BIN)/detector models promote .cache/models/default $(PROMOTE)

# Installs the project into empty environments, as users do.
test-packaging: $(VENV)/.ready
	$(BIN)/python -m pytest -q -m packaging

# In Chromium; installs it from Debian where it is missing.
test-browser: $(VENV)/.ready
	@command -v chromedriver >/dev/null || { SUDO=; test "$$(id -u)" = 0 || SUDO=sudo; \
		$$SUDO apt-get update -q && $$SUDO apt-get install -qy chromium chromium-driver; }
	$(BIN)/python -m pytest -q -m browser

# Ray, Spark and datatrove stand in an environment of their own; Spark needs Java.
test-engines: $(ENGINES)/.ready
	@command -v java >/dev/null || { apt-get update -qq && apt-get install -y -qq default-jre-headless; } || \
		{ echo "Spark needs Java: install a JRE, 17 or newer" >&2; exit 1; }
	$(ENGINES)/bin/python -m pytest -q -m engines -p no:warnings tests/engines

# Fuzzes one target of tests/fuzz/targets.py by coverage, with atheris.
TARGET ?= walk
SECONDS ?= 300
fuzz: $(FUZZ)/.ready
	$(FUZZ)/bin/python tests/fuzz/run.py $(TARGET) --seconds $(SECONDS)

$(FUZZ)/.ready: requirements-fuzz.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(FUZZ)/bin/python || $(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip --disable-pip-version-check --no-input -q install --require-hashes -r requirements-fuzz.lock
	echo "$(CURDIR)" > $$($(FUZZ)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/project.pth
	touch $@

# What the project depends on, with versions, digests and licences: build/sbom.cdx.json
sbom: $(VENV)/.ready
	$(BIN)/python .ci/sbom.py

# Known vulnerabilities of all pinned versions; asks PyPI.
audit: $(VENV)/.ready
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock

# N mutated pages through the command line; goes on where it was stopped.
N ?= 10000
SEED ?= 0
torture: $(VENV)/.ready
	$(BIN)/python benchmarks/torture.py $(N) $(wildcard $(CORPUS)) --seed $(SEED)

# The parser tests that html5lib's source package holds: fetched, and scanned each.
HTML5LIB := html5lib-1.1
parser-tests: $(VENV)/.ready .cache/$(HTML5LIB)
	$(BIN)/python benchmarks/torture.py --plain

# Its build script asks for what newer setuptools lack, even to be looked at.
.cache/$(HTML5LIB):
	mkdir -p .cache/build
	echo "setuptools<80" > .cache/build/constraints.txt
	PIP_CONSTRAINT=.cache/build/constraints.txt PIP_BUILD_CONSTRAINT=.cache/build/constraints.txt \
		$(PIP) download --no-deps --no-binary html5lib -d .cache/build html5lib==1.1
	echo "b2e5b40261e20f354d198eae92afc10d750afb487ed5e50f9c4eaf07c184146f  .cache/build/$(HTML5LIB).tar.gz" | sha256sum -c -
	tar -xzf .cache/build/$(HTML5LIB).tar.gz -C .cache
	ln -sfn $(HTML5LIB)/html5lib/tests/testdata .cache/html5lib

$(ENGINES)/.ready: requirements-engines.lock requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(ENGINES)/bin/python || $(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/python -m pip --disable-pip-version-check --no-input -q install --require-hashes -r requirements-engines.lock
	$(ENGINES)/bin/python -m pip --disable-pip-version-check --no-input -q install --no-deps \
		$$(grep -oE '^(pytest|pluggy|iniconfig)==[^ ;]+' requirements.lock)
	touch $@

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or: make PYTHON=/path/to/python" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.bench: $(VENV)/.ready requirements-bench.lock
	$(PIP) install --require-hashes -r requirements-bench.lock
	touch $@

# Pins every dependency with its hashes, for all platforms, from the ranges in pyproject.toml.
# Take new versions: make lock UPGRADE=--upgrade
UPGRADE ?=
COMPILE = .cache/lock/bin/uv pip compile pyproject.toml -q --no-header --no-config --universal \
	--python-version 3.11 --generate-hashes $(UPGRADE)
lock:
	test -x .cache/lock/bin/uv || { $(PYTHON) -m venv .cache/lock && .cache/lock/bin/python -m pip install -q uv; }
	$(COMPILE) $(addprefix --extra ,train sources serve web docs dev) -o requirements.lock
	$(COMPILE) --extra bench -c requirements.lock -o requirements-bench.lock
	$(COMPILE) $(addprefix --extra ,fuzz sources) -c requirements.lock -o requirements-fuzz.lock
	$(COMPILE) $(addprefix --extra ,ray spark datatrove) -c requirements.lock -o requirements-engines.lock

# The documentation as a site: build/docs/index.html
docs: $(VENV)/.ready
	$(BIN)/python -m mkdocs build --strict

clean:
	rm -rf $(VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

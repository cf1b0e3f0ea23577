# `make` explains itself.  Nothing is needed but Python 3.11 (or newer), and node for the tests.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# The first of these that runs and is new enough; or say PYTHON=/path/to/python.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=

# Where it is set, each of the hundreds of processes that tests start would compile all anew.
unexport PYTHONDONTWRITEBYTECODE

# Tests of one file share what it opens, a server say, so they stay together; long files come
# first (tests/conftest.py).  A quarter of the time is waiting: three files at once fill two cores.
AT_ONCE ?= $(shell echo $$(( ($$(getconf _NPROCESSORS_ONLN) * 3 + 1) / 2 )))
ON_ALL_CORES = --numprocesses $(AT_ONCE) --dist loadfile --no-loadscope-reorder

# The clients, agents and gateways that tests drive, each at the versions of its own lock.
TEST_TOOLS := $(VENV)/.ready-dev tests/node/node_modules/.ready tests/agents/node_modules/.ready \
	$(VENV)-agents/.ready $(VENV)-gateways/.ready $(VENV)-release/.ready
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --quiet
# The lines of uv itself.  It installs all others in a tenth of the time that pip takes.
UV_LOCKED := sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.lock
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --upgrade \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
LOCK_WITH_UV := $(COMPILE) pyproject.toml --extra proxy

.PHONY: help proxy status test check coverage lint types imports mirror docs-check format docs lock wheel sbom bench needles curve ledger speed marks modes window originals toin guards launch statistics clean

help: ## Show this list
	@echo "Headroom.  make proxy runs it; make test tries it."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  Options for a command go into ARGS: make proxy ARGS="--port 8080"'

proxy: $(VENV)/.ready-proxy ## Set up what is missing, then run the proxy (ARGS="--port 8080")
	@exec $(BIN)/headroom proxy $(ARGS)

status: $(VENV)/.ready-proxy ## Is it up, and what did it save? (ARGS="--port 8080")
	@exec $(BIN)/headroom status $(ARGS)

test: $(TEST_TOOLS) ## Set up what is missing, then run the tests (ARGS="-k words")
	@$(BIN)/python -m pytest $(ON_ALL_CORES) $(ARGS)

check: lint types imports mirror docs-check coverage ## Everything that a change must pass, tests included

coverage: $(TEST_TOOLS) ## Run the tests with branch coverage
	@echo "== tests, with branch coverage"
	@$(BIN)/python -m pytest $(ON_ALL_CORES) --cov --cov-report=term $(ARGS)

lint: $(VENV)/.ready-dev ## Lint, and check the format
	@echo "== ruff"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.ready-dev ## Check the types of source and tests
	@echo "== mypy"
	@$(BIN)/mypy

imports: $(VENV)/.ready-dev ## Check that imports point down
	@echo "== import-linter"
	@$(BIN)/lint-imports --no-logo

mirror: $(VENV)/.ready-dev ## Check that each source file has its test file
	@echo "== test mirror"
	@$(BIN)/python scripts/check_mirror.py

docs-check: $(VENV)/.ready-dev ## Check that generated pages are up to date
	@echo "== generated docs"
	@$(BIN)/python scripts/write_docs.py --check

format: $(VENV)/.ready-dev ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

docs: $(VENV)/.ready-dev ## Write the generated pages anew
	@$(BIN)/python scripts/write_docs.py

wheel: $(VENV)/.ready-dev ## Build the wheel into dist/
	@$(BIN)/python -m pip wheel --disable-pip-version-check --quiet --no-deps --no-build-isolation \
		--wheel-dir dist .
	@ls dist/*.whl

sbom: $(VENV)-release/.ready ## Write the bill of materials of what the lock holds into build/
	@mkdir -p build
	@$(VENV)-release/bin/python -W ignore -m cyclonedx_py requirements --pyproject pyproject.toml \
		--output-reproducible --output-format JSON --output-file build/headroom-ai.cdx.json \
		requirements.lock
	@ls build/headroom-ai.cdx.json

bench: $(VENV)/.ready-dev ## Run the benchmarks (ARGS for them)
	@$(BIN)/python -m benchmarks $(ARGS)

needles: $(VENV)/.ready-dev ## Measure what stays visible in a corpus (ARGS="FOLDER --code --originals")
	@$(BIN)/python -m benchmarks.needles $(ARGS)

curve: $(VENV)/.ready-dev ## Measure bill and use kept by strength of reduction (ARGS="FOLDER of sessions")
	@$(BIN)/python -m benchmarks.strength $(ARGS)

ledger: $(VENV)/.ready-dev ## Compare what the proxy says it saved with a replay (ARGS="FOLDER of sessions")
	@$(BIN)/python -m benchmarks.ledger $(ARGS)

speed: $(VENV)/.ready-dev ## Measure how fast compressors are (ARGS="FOLDER --code --shapes")
	@$(BIN)/python -m benchmarks.speed $(ARGS)

marks: $(VENV)/.ready-dev ## Measure what clients without cache marks pay (ARGS="FOLDER --originals")
	@$(BIN)/python -m benchmarks.marks $(ARGS)

modes: $(VENV)/.ready-dev ## Measure both modes, with the cache alive and lapsed (ARGS="FOLDER")
	@$(BIN)/python -m benchmarks.modes $(ARGS)

window: $(VENV)/.ready-dev ## Measure long sessions in windows that they outgrow (ARGS="FOLDER")
	@$(BIN)/python -m benchmarks.window $(ARGS)

originals: $(VENV)/.ready-dev ## Send sessions through ours and the original, in both modes (ARGS="FOLDER")
	@$(BIN)/python -m benchmarks.originals $(ARGS)

toin: $(VENV)/.ready-dev ## Measure how soon an agent need not ask for what was left out (ARGS="--outputs 50")
	@$(BIN)/python -m benchmarks.toin $(ARGS)

guards: $(VENV)/.ready-dev ## Measure what rate limits, budget and reply cache add (ARGS="--workers 4")
	@$(BIN)/python -m benchmarks.guards $(ARGS)

launch: $(VENV)/.ready-dev ## Measure how long `headroom wrap` takes (ARGS="--runs 20")
	@$(BIN)/python -m benchmarks.launch $(ARGS)

statistics: $(VENV)/.ready-dev ## Measure how long /stats takes, and what observing costs (ARGS="--workers 1")
	@$(BIN)/python -m benchmarks.statistics $(ARGS)

lock: $(VENV)/.ready-dev ## Resolve the dependencies anew, within the bounds of pyproject.toml
	@$(LOCK_WITH_UV) --group build --output-file requirements.lock
	@$(LOCK_WITH_UV) --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock
	@for each in agents gateways release; do \
		$(COMPILE) tests/$$each/requirements.in --output-file tests/$$each/requirements.lock; done
	@echo "Locked: $$(grep -c '==' requirements.lock) packages to run, \
	$$(grep -c '==' requirements-dev.lock) to develop."

clean: ## Remove the virtual environments and what was built
	rm -rf $(VENV) $(VENV)-* dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -rf tests/node/node_modules tests/agents/node_modules

# Set-up.  Each stamp is newer than what it was made from, so a second run does nothing.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found." >&2; exit 1; }
	@echo "== virtual environment in $(VENV) ($(PYTHON))"
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv may be missing: \
	apt-get install python3.11-venv" >&2; exit 1; }

$(VENV)/.ready-proxy: requirements.lock pyproject.toml | $(BIN)/python
	@echo "== installing the proxy ($$(grep -c '==' requirements.lock) packages, hashes checked)"
	@$(PIP_INSTALL) --require-hashes --no-deps --requirement requirements.lock
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "== installing for development ($$(grep -c '==' requirements-dev.lock) packages, hashes checked)"
	@$(PIP_INSTALL) --require-hashes --no-deps --requirement <($(UV_LOCKED))
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --require-hashes --no-deps \
		--requirement requirements-dev.lock || { echo "uv could not; pip may know another index." >&2; \
		$(PIP_INSTALL) --require-hashes --no-deps --requirement requirements-dev.lock; }
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

tests/%/node_modules/.ready: tests/%/package.json tests/%/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed for the tests of the npm clients: \
	install Node 20." >&2; exit 1; }
	@echo "== npm packages for tests/$*"
	@cd tests/$* && npm $(NPM_$*) --no-audit --no-fund --loglevel=error
	@touch $@

NPM_node := ci
# An agent there lists a package for each platform, and `ci` wants all of them, wherever it runs.
NPM_agents := install --no-save

# In environments of their own: they pin what we need otherwise.
$(VENV)-%/.ready: tests/%/requirements.lock | $(VENV)/.ready-dev
	@echo "== Python packages for tests/$* ($$(grep -c '==' $<) packages, hashes checked)"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-$*
	@$(BIN)/uv pip install --quiet --require-hashes --no-deps --python $(VENV)-$*/bin/python \
		--requirement $<
	@touch $@

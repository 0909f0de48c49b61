# Freehold: every target does its own set-up. `make` alone lists them.
# Works with GNU Make 3.81, which is what macOS ships.

VENV   ?= .venv
PYTHON ?=
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed-run
DEV    := $(VENV)/.installed-dev
PIP    := sh .ci/install $(BIN)/python
# What comes as source is built with the build lock's tools: pip would otherwise fetch its newest ones, without a hash.
LOCKED := $(PIP) --require-hashes --no-deps --no-build-isolation --use-pep517
COMPILE := $(BIN)/python -m compileall -q cli.py node protocol schemas
UV     ?= uv
NPM    ?= npm
ABROAD := tests/interop/node_modules/.installed
LOCK   := $(UV) pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
PURE   := protocol/*,node/core/*

# What a target runs is compiled once and kept. Where Python may not keep it, each process of a test run rewrites
# every test file anew: 19 s of processor to collect them, where it is 10.
unexport PYTHONDONTWRITEBYTECODE

# Two tests at a time. Those of a file share what was set up for it, and may tell one story in order: they go together.
# Which file comes when is said by tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# CORE=compiled before or after any target runs it on the compiled modules. They are imported from a folder of
# their own, so that the sources here never stand beside an extension that was made from others.
CORE     ?= pure
COMPILED := build/compiled
ifeq ($(CORE),compiled)
CORED := $(COMPILED)/.built
export CORE
export PYTHONSAFEPATH := 1
export PYTHONPATH := $(CURDIR)/$(COMPILED):$(CURDIR)
export PYTEST_ADDOPTS := -o pythonpath=
endif
# What runs on both cores each time; `make tests CORE=compiled` runs all tests on the compiled one, but for one that
# follows each call through Python, and for those of commands that look for the tests beside the sources.
TWICE := tests/protocol tests/core tests/schemas tests/independent tests/house/test_core.py
SOURCES_ONLY := tests/docs/test_architecture.py tests/commands/test_dev.py tests/protocol/test_policy_costs.py

.DEFAULT_GOAL := help
.PHONY: help demo demo-once demo-crm demo-terms screens pictures wheel test check format lint types layers tests twice possible crms compiled torture bench weekly docs catalogues lock audit clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

# --- run it ---------------------------------------------------------------------------------------

demo: $(RUN) $(CORED) ## the market: a customer and three businesses, real nodes to look at in a browser, until Ctrl-C
	@$(BIN)/freehold --data build/demo demo

demo-once: $(RUN) $(CORED) ## the same story once; exit 0 only if every check in it passes
	@$(BIN)/freehold --data build/demo demo --once

demo-terms: $(DEV) $(CORED) ## a wish told in rings, and four offers under terms about data: one more than is allowed, one refused
	@$(BIN)/python -m tests.sandbox.terms_demo

demo-crm: $(RUN) $(CORED) ## a business that works in Tryton: from wish to order, checked in Tryton; STAY=1 keeps it up
	@$(BIN)/python -m tests.crm.tryton.demo $(if $(STAY),--stay)

screens: $(DEV) $(ABROAD) $(CORED) ## pictures of every page in build/screens: phone and desk, light and dark, both languages
	@$(BIN)/python -m tests.browser.screens build/screens

pictures: $(DEV) $(ABROAD) $(CORED) ## the pictures of docs/tutorial-in-the-browser.md, taken anew
	@$(BIN)/python -m tests.browser.tutorial docs/pictures

wheel: $(RUN) ## the package in dist/, to be installed with pipx or pip from there
	@rm -f dist/freehold-*.whl
	@$(BIN)/python -m hatchling build -t wheel -d dist

# --- hold it --------------------------------------------------------------------------------------

# One processor compiles, while another looks at the sources and makes what tests would wait for.
test: $(DEV) ## everything: style, types, layers, all tests with coverage; needs npm and Chromium
	@$(MAKE) -j 2 possible lint types layers crms $(ABROAD)
	@$(MAKE) twice tests

check: lint types layers $(DEV) $(CORED) ## the same without the slow tests and without coverage: a minute or two
	$(PYTEST) -q --hypothesis-profile=check -m "not slow"

lint: $(DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/vulture

types: $(DEV)
	$(BIN)/mypy --strict

layers: $(DEV)
	$(BIN)/lint-imports

# Three at a time where stories are among them: those wait for a clock, a timeout or each other half of the time.
tests: $(DEV) $(ABROAD) $(CORED)
ifeq ($(CORE),compiled)
	$(PYTEST) $(TESTS) $(addprefix --ignore=,$(SOURCES_ONLY))
else
	$(BIN)/coverage erase
	$(PYTEST) -n 3 --cov --cov-report=
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --include='$(PURE)' --fail-under=100
endif

# Not the last tests to run: whoever reads the end of a log wants to see the sum of all.
twice: $(DEV)
	@if sh .ci/compiler $(BIN)/python; then \
	  $(MAKE) tests CORE=compiled TESTS="$(TWICE)" && $(BIN)/python -m tests.attacks.alike; \
	else \
	  echo "So nothing was compiled, and the tests run on pure Python alone."; \
	fi

possible: $(DEV)
	@! sh .ci/compiler $(BIN)/python 2>/dev/null || $(MAKE) compiled

crms: $(DEV)
	@$(BIN)/python -m tests.crm.beforehand

compiled: $(COMPILED)/.built ## the wheel with compiled modules, in build/wheels; needs a C compiler

format: $(DEV) ## format the source and fix what a machine can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

torture: $(DEV) ## faults by the hundred, every seeded defect, 20,000 examples of every property: for nights
	$(BIN)/python -m tests.faults.kill --rounds 200
	$(BIN)/python -m tests.faults.crashes
	$(BIN)/python -m tests.faults.torn --cases 400
	$(BIN)/python -m tests.faults.full --rounds 20
	$(BIN)/python -m tests.faults.crm_kills --rounds 50
	$(BIN)/python -m tests.faults.crm_kills --rounds 10 --tryton
	$(BIN)/python -m tests.faults.crm_crowd --customers 2000
	$(BIN)/python -m tests.faults.crm_crowd --customers 500 --tryton
	$(BIN)/python -m tests.attacks.teeth
	$(BIN)/python -m tests.attacks.mutations --examples 20000
	$(BIN)/python -m tests.attacks.strain
	$(BIN)/python -m tests.faults.proxy --negotiations 1000
	$(BIN)/python -m tests.faults.races --rounds 100
	TRYTON_ON=postgresql $(BIN)/python -m pytest -q tests/crm/tryton/test_contract.py tests/crm/tryton/test_live.py
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile=torture tests/protocol tests/core tests/faults/test_model.py tests/faults/test_rings_model.py

bench: $(DEV) $(ABROAD) $(CORED) ## measure; each question prints ratios taken in one run
	@for file in $$(grep -l __main__ $(filter-out bench/bounds.py,$(wildcard bench/*.py))); do \
	  $(BIN)/python -m "bench.$$(basename $$file .py)" || exit 1; \
	done

weekly: $(DEV) $(CORED) ## the short benches of them; fails if a ratio is outside the bounds in bench/bounds.py
	$(BIN)/python -m bench.bounds

docs: $(DEV) ## write the generated pages of docs/ anew
	$(BIN)/python -m docs.generate

catalogues: $(DEV) ## bring the catalogues of the pages up to what pages say
	$(BIN)/python -m docs.catalogues

# --- keep it --------------------------------------------------------------------------------------

# The locks pin every package by hash, for every platform, and name no registry. Only this target
# needs uv (any installation of it; `make lock UV=/path/to/uv`); installing needs plain pip and npm.
lock: ## resolve pyproject.toml and tests/interop/package.json anew into the locks (needs uv, npm)
	$(LOCK) pyproject.toml --output-file requirements.lock --upgrade
	$(LOCK) --group build --constraint requirements.lock --output-file requirements-build.lock --upgrade
	$(LOCK) pyproject.toml --group build --group dev --constraint requirements.lock \
	  --constraint requirements-build.lock --output-file requirements-dev.lock --upgrade
	$(LOCK) tests/crm/tryton/requirements.in --output-file tests/crm/tryton/requirements.lock --upgrade
	$(subst 3.11,3.12,$(LOCK)) tests/crm/bottle/requirements.in --output-file tests/crm/bottle/requirements.lock --upgrade
	cd tests/interop && $(NPM) install --package-lock-only

audit: ## look up what is known against every locked package (needs uv, and the network)
	$(UV) tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip -r requirements-dev.lock
	$(UV) tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip -r tests/crm/tryton/requirements.lock
	$(UV) tool run pip-audit==2.10.1 --strict --require-hashes --disable-pip -r tests/crm/bottle/requirements.lock
	cd tests/interop && $(NPM) audit --package-lock-only

clean: ## remove the environment and everything that was built
	rm -rf $(VENV) tests/interop/node_modules build dist .coverage .coverage.* .hypothesis .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# --- set-up ---------------------------------------------------------------------------------------

# The locks are complete, so pip installs just what they list (`--no-deps`) and resolves nothing: a pip that
# reads `package[extra]>=1` as a wish for the newest release would otherwise stop at the first new one. It compiles
# what it installs; a checkout it leaves as it is, so that is compiled here: where Python may not write byte
# code (PYTHONDONTWRITEBYTECODE), every start would compile it anew.

$(RUN): requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Freehold runs with into $(VENV) (once) ..."
	@$(PIP) --require-hashes --no-deps -r requirements-build.lock
	@$(LOCKED) -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $(RUN)

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Freehold is developed with into $(VENV) (once) ..."
	@$(PIP) --require-hashes --no-deps -r requirements-build.lock
	@$(LOCKED) -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $(RUN) $(DEV)

$(COMPILED)/.built: $(DEV) hatch_build.py cli.py $(shell find node protocol schemas -type f -not -name '*.pyc')
	@sh .ci/compiler $(BIN)/python
	@echo "Compiling the modules that compute (some minutes) ..."
	@rm -rf $(COMPILED) build/wheels
	@env -u PYTHONPATH -u PYTHONSAFEPATH HATCH_BUILD_HOOK_ENABLE_CUSTOM=1 \
	  $(BIN)/python -m hatchling build -t wheel -d build/wheels
	@$(BIN)/python -m zipfile -e build/wheels/freehold-*.whl $(COMPILED)
	@touch $(COMPILED)/.built

# Foreign software that the tests run Freehold against, and the Node.js it runs on: npm only fetches them.
$(ABROAD): tests/interop/package.json tests/interop/package-lock.json tests/interop/.npmrc
	@sh .ci/foreign tests/interop "$(NPM)"
	@touch $(ABROAD)

$(BIN)/python:
	@sh .ci/environment "$(VENV)" $(PYTHON)

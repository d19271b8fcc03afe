# make run   the service with a demo owner          make test   all tests
# make check every law of docs/architecture.md      make help   the rest

SHELL := /bin/bash
VENV := .venv
ORACLES := .venv-oracles
NPM_ORACLES := .npm-oracles
BIN := $(VENV)/bin
ARGS ?=
WORKERS ?= 2
# Many images set it: each of the hundred processes that the tests start would then compile every module anew.
export PYTHONDONTWRITEBYTECODE :=

# The newest interpreter from 3.11 on; `make setup PYTHON=…` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)

.PHONY: help run test check bench soak oracles contract-header-store contract-people-matcher docs setup lock clean
.DELETE_ON_ERROR:

help:  ## this list
	@grep -hE '^[a-z][a-z -]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed."; exit 1; }
	@said=$$($(PYTHON) -m venv $(VENV) 2>&1) || { \
	  rm -rf $(VENV); \
	  if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then echo "No environment could be made: $$said"; exit 1; \
	  elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "This Python has no venv: installing Debian's python3-venv"; \
	    apt-get -qq update && apt-get -qq install -y python3-venv >/dev/null && $(PYTHON) -m venv $(VENV); \
	  else echo "This Python has no venv. As root: apt-get install python3-venv"; exit 1; fi; }

# uv where there is one (1 s), pip where there is none (20 s); both insist on the hashes of the lock.
define install
	@echo "Installing $(1)"
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --require-hashes -r $(1); \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r $(1); fi
endef

# The project itself: its metadata names the same libraries, which the lock has installed already.
$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(call install,requirements/runtime.txt)
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else $(BIN)/python -m pip install -q --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .; fi
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(call install,requirements/dev.txt)
	@touch $@

setup: $(VENV)/.dev  ## the virtual environment, with everything

run: $(VENV)/.runtime  ## the service with a demo owner on http://127.0.0.1:8080
	@exec $(BIN)/contacts serve --demo $(ARGS)

test: $(VENV)/.dev  ## all tests: PostgreSQL starts by itself; ARGS="-k upload"
	@exec $(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not soak" $(ARGS)

check: $(VENV)/.dev  ## the laws: style, types, imports, SQL, sizes, docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/squawk --config .squawk.toml src/contact_service/storage/migrations/*.sql
	$(BIN)/python -m contact_service.cli.reference --check
	$(BIN)/pytest tests/house

bench: $(VENV)/.dev  ## the benchmarks, written to docs/benchmarks.md
	@exec $(BIN)/contacts bench --write docs/benchmarks.md $(ARGS)

soak: $(VENV)/.dev  ## the slow suites; ONLY=kill for some
	@exec $(BIN)/pytest -m soak -n 0 $(if $(ONLY),-k $(ONLY)) $(ARGS)

# 400 MB, and at odds with our own pins: an environment of its own, used by tests/oracles alone.
$(ORACLES)/.built: requirements/oracles.txt | $(VENV)/bin/python
	@echo "Installing $<"
	@$(BIN)/python -m venv --clear $(ORACLES)
	@if command -v uv >/dev/null; then uv pip install -q --python $(ORACLES)/bin/python --require-hashes -r $<; \
	else $(ORACLES)/bin/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r $<; fi
	@touch $@

# 200 MB: OAuth servers of another hand, and the Node that they need. Without npm their tests say that they are skipped.
$(NPM_ORACLES)/.built: requirements/oracles-npm/package-lock.json
	@mkdir -p $(@D)
	@cp requirements/oracles-npm/*.json $(@D)
	@if command -v npm >/dev/null; then echo "Installing $<"; npm ci --prefix $(@D) --silent --no-audit --no-fund --ignore-scripts; \
	else echo "There is no npm: OAuth is not held against another hand's servers"; fi
	@touch $@

oracles: $(VENV)/.dev $(ORACLES)/.built $(NPM_ORACLES)/.built  ## our connectors beside the providers' own SDKs, which read the same emulators
	@exec $(BIN)/pytest tests/oracles -n 0 $(ARGS)

contract-header-store contract-people-matcher: contract-%: $(VENV)/.dev  ## does yours keep docs/contracts? URL=… TOKEN=…
	@test -n "$(URL)" || { echo "Which one? make $@ URL=https://… TOKEN=…"; exit 1; }
	@CONTACT_TEST_CONTRACT_URL='$(URL)' CONTACT_TEST_CONTRACT_TOKEN='$(TOKEN)' \
	  exec $(BIN)/pytest -n 0 tests/contracts/test_$(subst -,_,$*).py $(ARGS)

docs: $(VENV)/.dev  ## docs/reference, made from the code's own tables
	@exec $(BIN)/python -m contact_service.cli.reference

lock:  ## the hash-pinned lock files, made anew
	@command -v uv >/dev/null || { echo "make lock needs uv."; exit 1; }
	cd requirements && for name in runtime dev oracles; do \
	  uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' $$name.in -o $$name.txt || exit 1; done

clean:  ## forget the environment and the caches; var/ (the data) stays
	rm -rf $(VENV) $(ORACLES) .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Two commands: `make run` and `make test`. Everything they need goes into .venv and the data folder.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
# Where it is set, each of our many processes would compile all it imports, for seconds.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench bench-large chaos clean requirements install-dev production

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header pyproject.toml

help:
	@echo "make run          start everything on http://localhost:8000 (PORT, CONVERTR_DATA)"
	@echo "make test         the whole suite, browser included (test-fast: without it)"
	@echo "make check        lint, types, imports, templates, deployment checks, migrations"
	@echo "make bench        the figures of docs/performance.md (bench-large: to 10,000,000 rows)"
	@echo "make chaos        everything at once while things break (CHAOS='--seed N --minutes M')"
	@echo "make requirements compile the pins anew;  make clean: remove .venv and caches"

# The stamp says which pins are installed, so that a second start does nothing; dev holds run too.
run: $(STAMP)-run
	@exec $(BIN)/python -m convertr.up --with-parent

test: install-dev
	@chromium=$$(BIN=$(BIN) bash .ci/chromium) && \
	BIN=$(BIN) CHROMIUM_PATH="$$chromium" exec bash .ci/test

test-fast: install-dev
	@exec $(BIN)/python -m pytest -m "not browser"

check: install-dev
	@BIN=$(BIN) exec bash .ci/check

bench: install-dev
	@exec $(BIN)/python -m bench

bench-large: install-dev
	@exec $(BIN)/python -m bench --large

chaos: install-dev
	@exec $(BIN)/python -W ignore -m tests.chaos $(CHAOS)

install-dev: $(STAMP)-dev

$(STAMP)-run: requirements/run.txt requirements/uv.txt
	@BIN=$(BIN) PYTHON=$(PYTHON) bash .ci/install run

$(STAMP)-dev: requirements/dev.txt requirements/uv.txt
	@BIN=$(BIN) PYTHON=$(PYTHON) bash .ci/install dev

requirements: install-dev
	@$(COMPILE) -o requirements/base.txt
	@$(COMPILE) --extra embedded -c requirements/base.txt -o requirements/run.txt
	@$(COMPILE) --extra embedded --extra dev -c requirements/base.txt -o requirements/dev.txt

# Leaves the data folder alone: what people made is not ours to remove.
clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

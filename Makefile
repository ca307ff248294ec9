# Two commands matter: `make demo` and `make test`. Both make what they need first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint unit tools bench docs constraints clean

demo: $(VENV)/.demo
	$(BIN)/mtlsaudit scan examples/mtls-guide --fail-on never \
	  -f table -o - -f html -o report.html -f json -o report.json -f sarif -o report.sarif

test: lint unit

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: $(VENV)/.dev tools
	PATH="$(CURDIR)/.cache/tools:$$PATH" $(BIN)/pytest -n 2

# Real programs that tests run: Chromium, nginx and HAProxy (Debian's), helm and others (built from their modules).
# What cannot be had here makes its tests skip with the reason, and fail under MTLSAUDIT_CI.
tools:
	@sh tests/support/install-tools

bench: $(VENV)/.dev
	$(BIN)/python -m bench

docs: $(VENV)/.dev
	$(BIN)/python -m docs.generate

# The newest of everything, then `make test`: a release of another project cannot break the tests of an old commit.
constraints: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable . --group dev
	$(BIN)/python -m pip freeze --exclude-editable --exclude mtlsaudit >constraints.txt

clean:
	rm -rf $(VENV) .cache report.html report.json report.sarif

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . -c constraints.txt
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev -c constraints.txt
	touch $@ $(VENV)/.demo

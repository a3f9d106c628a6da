# Two commands matter to a newcomer: make demo and make test. Both install what they need, once.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: demo test check bench setup format clean requirements

demo: setup
	$(BIN)/noted demo

test: setup
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m tests.house
	$(BIN)/pyright

# Prints numbers, each beside its baseline from the same minutes; takes a while and wants a quiet machine.
bench: setup
	@for file in benchmarks/[a-z]*.py; do $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

setup: $(STAMP)

$(STAMP): requirements-dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Noted needs Python 3.11 or later: make PYTHON=python3.11 setup")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

# For maintainers: writes both requirement files again from pyproject.toml. Needs uv.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --upgrade
requirements:
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf .venv var *.egg-info

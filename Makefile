# Needs Python 3.11 or newer and make. Everything else goes into .venv, once, from requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help reports test lint lab setup lock clean

help: ## what can be made
	@echo "make reports   all reports of the sample company into reports/index.html"
	@echo "make test      the whole test suite"
	@echo "make lint      style and types"
	@echo "make lab       JupyterLab on the notebooks"
	@echo "make setup     only the virtual environment"
	@echo "make lock      requirements.lock anew from pyproject.toml"
	@echo "make clean     away with the virtual environment, the reports and the prepared data"

reports: $(READY) ## all reports of the sample company
	$(BIN)/kpi run --project .

test: $(READY) ## the whole test suite
	$(BIN)/python -m pytest

lint: $(READY) ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(READY) ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

setup: $(READY)

# The stamp is written last, so that a set-up broken off half-way is done again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

# uv lives apart from .venv, which holds what the lock says and nothing else.
lock: ## requirements.lock anew from pyproject.toml
	$(PYTHON) -m venv build/uv
	build/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
	build/uv/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.lock

clean:
	rm -rf .venv build reports data/prepared

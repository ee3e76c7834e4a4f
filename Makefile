# Everything a person or CI does with this repository. `make` alone lists the commands.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgresql parts bench lint screenshots lock

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(VENV)/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
PYTEST := $(PYTHON) -m pytest -n 2 --dist worksteal
# Containers often tell Python to keep no bytecode; each of the hundreds of processes here would compile us anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## List these commands.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/served ## Start the server on http://127.0.0.1:8000 in development mode; the first start prints a set-up link.
	@export AUTHSERVER_MODE=development
	$(PYTHON) manage.py migrate --verbosity 0
	exec $(PYTHON) manage.py serve --bind 127.0.0.1:8000

test: $(VENV)/tested parts lint test-sqlite test-postgresql ## Run the linters, then the whole suite on SQLite and on PostgreSQL.

parts: $(VENV)/tested
	@$(PYTHON) -m tests.ground.parts

test-sqlite: $(VENV)/tested ## Run the whole suite on SQLite.
	@echo "== The suite on SQLite"
	$(PYTEST)

test-postgresql: $(VENV)/tested ## Run everything that touches a database on PostgreSQL, with Redis or Valkey.
	@if $(PYTHON) -m tests.ground.parts --have postgresql redis; then
		echo "== The suite on PostgreSQL"
		AUTHSERVER_TEST_DATABASE=postgresql $(PYTEST) -m "not once"
	fi

bench: $(VENV)/tested parts ## Measure every grant, /introspect and /check on PostgreSQL beside stock django-oauth-toolkit, the list of 100,000 clients, and a trail of 1,000,000 events.
	@$(PYTHON) -m tests.bench.run
	@$(PYTHON) -m tests.bench.policy_layer
	@$(PYTHON) -m tests.bench.client_list
	exec $(PYTHON) -m tests.bench.audit_trail

lint: $(VENV)/tested ## Check style, types and templates.
	@echo "== Linters"
	export AUTHSERVER_MODE=development AUTHSERVER_HOME=$(VENV)/lint # mypy's plugin loads the settings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy .
	$(VENV)/bin/djlint --lint --quiet templates

screenshots: $(VENV)/tested parts ## Take the pictures in docs/screenshots anew.
	SCREENSHOTS=1 $(PYTEST) -m browser

lock: $(VENV)/tested ## Resolve pyproject.toml's ranges anew into both requirements files.
	@$(COMPILE) --upgrade pyproject.toml -o requirements.txt
	$(COMPILE) --upgrade --group dev pyproject.toml -c requirements.txt -o tests/requirements.txt

# The virtual environment; each stamp stands for what has been installed into it.

$(VENV)/tested: tests/requirements.txt $(VENV)/served
	@echo "Installing what the tests need (tests/requirements.txt)"
	$(INSTALL) -r tests/requirements.txt
	touch $@

$(VENV)/served: requirements.txt | $(VENV)/bin/pip
	@echo "Installing what the server needs (requirements.txt)"
	$(INSTALL) -r requirements.txt
	touch $@

# Debian keeps a part of Python's venv module in a package of its own.
$(VENV)/bin/pip:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break
		python=
	done
	[ -n "$$python" ] || { echo "authserver needs Python 3.11 or later, which is not on the PATH." >&2; exit 1; }
	make_venv() { "$$python" -m venv --clear $(VENV); }
	make_venv >/dev/null 2>&1 && exit 0
	package="$$("$$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
	if [ "$$(id -u)" = 0 ]; then sudo=; else sudo="sudo -n"; fi
	if command -v apt-get >/dev/null && $$sudo true 2>/dev/null; then
		echo "Installing $$package"
		{ $$sudo apt-get update && $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$$package"; } >/dev/null
		make_venv
	else
		echo "python3 -m venv does not work here. On Debian: apt-get install $$package, then run make again." >&2
		exit 1
	fi

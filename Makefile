# Needs CPython 3.11 and make; everything else is fetched once into the cache and checked against a lock.
PYTHON ?= python3.11
SEATLOG_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/seatlog
export SEATLOG_CACHE
VENV := .venv
PY := $(VENV)/bin/python
STACK := $(PY) -m scenarios.stack
# Versions that are locked already stay unless UPGRADE=--upgrade; nothing of this machine gets into a lock.
COMPILE = env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(VENV)/bin/uv pip compile -q --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UPGRADE)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format up hand-over down status logs reset bench soak simulate audit lock lock-kafka clean

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.servers ## make the virtual environment, fetch Kafka, Java and MongoDB

$(VENV)/.python: requirements.lock scenarios/stack/bootstrap.py
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) found: install CPython 3.11 (with venv) or run make with PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(PYTHON) scenarios/stack/bootstrap.py $(VENV) "$(SEATLOG_CACHE)"
	@touch $@

$(VENV)/.servers: $(VENV)/.python scenarios/stack/kafka.lock
	@$(STACK) fetch
	@touch $@

demo: setup ## the flash sale: 10,000 buyers, 100 seats, real servers, then everything stops
	@$(PY) -m scenarios flash-sale --buyers 10000 --seats 100 --connections 500 --arrive-within 1.0 --fresh

test: lint ## every check: lint, format, types, layers, tests on real servers
	$(PY) -m pytest -n logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder \
		--cov=contracts --cov=write_side.domain --cov-report=
	@$(PY) -m coverage report --include='contracts/*.py,write_side/domain/*.py' --omit='contracts/operations/*' --fail-under=100

lint: setup ## ruff, mypy --strict, import-linter
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

format: setup ## write the house format
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

up: setup ## start the stack in the background and keep its data in .seatlog: BROKERS=3 DECIDERS=2 SECURE=1
	@$(STACK) up $(if $(BROKERS),--brokers $(BROKERS)) $(if $(DECIDERS),--deciders $(DECIDERS)) $(if $(SECURE),--secure)

hand-over: setup ## restart every decider with hardly a pause
	@$(STACK) hand-over

down: setup ## stop it
	@$(STACK) down

status: setup ## what runs where
	@$(STACK) status

logs: setup ## the last lines of every log
	@$(STACK) logs

reset: setup ## stop it and forget its data
	@$(STACK) reset

bench: setup ## every benchmark as a table
	@$(PY) -m scenarios bench

soak: setup ## ten minutes at half load, watching memory
	@$(PY) -m scenarios soak

simulate: setup ## simulated sales in which everything goes wrong: SEED=7 STEPS=30000 SECONDS=60
	@$(PY) -m tests.simulation $(if $(SEED),--seed $(SEED)) $(if $(STEPS),--steps $(STEPS)) $(if $(SECONDS),--seconds $(SECONDS))

audit: setup ## what is known against the packages, their licences, whether they fit together (3: could not be asked)
	@$(PY) -m scenarios.stack.audit

lock: setup ## resolve the Python packages anew
	$(COMPILE) --all-extras -o requirements.lock pyproject.toml
	$(COMPILE) -c requirements.lock -o requirements-runtime.lock pyproject.toml

lock-kafka: setup ## resolve Kafka's jars anew
	$(STACK) lock-kafka

clean: ## remove what make built in this tree (the cache stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

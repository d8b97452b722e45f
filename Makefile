# 云券 Yunquan. `make help` lists what can be done.
PYTHON ?= python3
ENV := .venv
BIN := $(ENV)/bin
STAMP := $(ENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup spark system demo test test-sqlite test-postgresql check bench campaign fuzz lock docs clean

help:  ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## Make the locked environment in .venv

$(STAMP): requirements/all.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(ENV)
	@echo "Installing the locked environment (about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/all.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $(STAMP)

# Spark is for stores that outgrow one machine: only the tests install it, never the demonstration.
SPARK := $(ENV)/.spark
spark: setup $(SPARK)  ## Add Spark (the extra `spark`) to the environment

$(SPARK): requirements/spark.txt
	@echo "Installing Spark for the tests that hold the engines equal …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/spark.txt
	@touch $(SPARK)

demo: setup  ## Build the demonstration programme and serve it (embedded SQLite, no server needed; PORT=8001 for another port)
	@$(BIN)/yunquan demo $(if $(PORT),--port $(PORT))

test: setup check test-sqlite test-postgresql  ## Everything: checks, tests on SQLite, tests on PostgreSQL

system:
	@sh harness/system.sh

test-sqlite: setup spark system  ## Tests on the embedded database, browser tests included
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

test-postgresql: setup system  ## The tests that touch a database, on a PostgreSQL server of their own
	@$(BIN)/python -m harness.postgresql $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder --database-only

check: setup  ## Lint, types, import contracts, templates, missing migrations, rule packs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@$(BIN)/deptry . 
	@YUNQUAN_DIR=$$(mktemp -d) $(BIN)/django-admin makemigrations --check --dry-run --settings yunquan.config.settings
	@$(BIN)/yunquan policy check yunquan/policy/packs/gd-2018
	@$(BIN)/yunquan policy check yunquan/policy/packs/gd-2018-draft

bench: setup  ## Speed, as ratios against a baseline in the same run
	@$(BIN)/python -m benchmarks

campaign: setup system  ## The long campaigns: races, kills, fuzzing (minutes to hours)
	@YUNQUAN_CAMPAIGN=1 $(BIN)/python -m harness.postgresql $(BIN)/python -m pytest -q tests/campaigns

# The fuzzer is installed for this target alone.
FUZZER := $(ENV)/.fuzzer
FUZZ_SECONDS ?= 60
fuzz: setup $(FUZZER)  ## Fuzz every parser of strangers' files, FUZZ_SECONDS (60) each; figures to docs/fuzzing.md
	@$(BIN)/python -m harness.fuzz --seconds $(FUZZ_SECONDS) --write

$(FUZZER): requirements/fuzz.txt
	@echo "Installing the fuzzer …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $(FUZZER)

docs: setup  ## Write the generated parts of the docs again
	@$(BIN)/python -m scripts.generate_docs

lock:  ## Compile requirements/*.txt from pyproject.toml (needs uv)
	@uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header --group dev --extra flow pyproject.toml -o requirements/all.txt
	@printf 'pyspark>=3.5,<4\n' | uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header - -o requirements/spark.txt
	@printf 'atheris>=3.0,<4\n' | uv pip compile -q --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate --no-header - -o requirements/fuzz.txt

clean:  ## Remove the environment and what was built
	rm -rf $(ENV) var demo-data

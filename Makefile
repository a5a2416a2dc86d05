# Peninsula's commands; `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

# uv installs fast; scripts/venv.sh puts one into the environment where PATH has none.
UV := $(or $(shell command -v uv),$(BIN)/uv)
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode

NPM := scripts/npm.sh $(CURDIR)/$(VENV)
PAGES := src/peninsula/server/static/index.html

# Trust the certificate authorities that the machine trusts, as pip and apt do: a company's proxy has
# its own. A bare container has none, and uv brings some. Older uv knows the second name.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= 1
export UV_NATIVE_TLS ?= 1
endif

# Without .pyc files every import costs three times as much, in each process of a test or benchmark.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: run ui test soak check format bench docs env lock clean help

run: $(STAMP)/run $(STAMP)/example $(PAGES)  ## Start a server on SQLite, run the example, keep serving
	@$(BIN)/python scripts/run.py

ui: $(PAGES)  ## Build the pages into the package

# Three on two cores: one of them mostly waits for Kubernetes, another for its browser.
test: env $(PAGES)  ## Run all the tests
	@$(BIN)/pytest -n 3 $(ARGS)

soak: env $(PAGES)  ## Run the same tests with many more rounds, and print their seeds
	@PENINSULA_SOAK=1 $(BIN)/pytest -n 2 --timeout 7200 $(ARGS)

check: env $(STAMP)/npm  ## Check format, lint, types and layers
	@$(BIN)/ruff format --check --quiet --output-format concise || { echo 'Format with: make format'; exit 1; }
	@$(BIN)/ruff check --quiet --output-format concise
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python scripts/openapi.py .cache/openapi.json
	@$(NPM) run --silent api -- --check || { echo 'Write the client of the pages anew with: make format'; exit 1; }
	@$(NPM) run --silent check

format: env $(STAMP)/npm  ## Format the code, fix what the linter can, write the pages' client anew
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --quiet --fix
	@$(BIN)/python scripts/openapi.py .cache/openapi.json
	@$(NPM) run --silent api
	@$(NPM) run --silent format

bench: env  ## Measure Peninsula beside its peers
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(STAMP)/run $(STAMP)/docs  ## Build the documentation into site/
	@$(BIN)/python scripts/reference.py
	@$(BIN)/python scripts/python_reference.py
	@$(BIN)/python scripts/block_reference.py
	@$(BIN)/python scripts/decisions.py
	@$(BIN)/zensical build --strict

env: $(STAMP)/run $(STAMP)/dev $(STAMP)/example $(STAMP)/docs  ## Make .venv for tests and checks

# Stamps: a step runs again when its lock changes, and costs nothing otherwise.
$(STAMP)/venv: scripts/venv.sh requirements/uv.txt
	@echo "Making $(VENV)"
	@scripts/venv.sh $(VENV) $(PYTHON)
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/run: $(STAMP)/venv requirements/build.txt requirements/run.txt pyproject.toml
	@echo "Installing Peninsula"
	@$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMP)/dev $(STAMP)/example $(STAMP)/docs: $(STAMP)/%: $(STAMP)/venv requirements/%.txt
	@echo "Installing $(@F) packages"
	@$(INSTALL) --require-hashes -r requirements/$(@F).txt
	@touch $@

# The pages: built when something they are made of is newer.
$(STAMP)/node: $(STAMP)/venv requirements/node.txt scripts/npm.sh
	@$(NPM) --version >/dev/null 2>&1 || { echo "Installing Node"; \
		$(INSTALL) --require-hashes -r requirements/node.txt; }
	@touch $@

$(STAMP)/npm: $(STAMP)/node ui/package-lock.json ui/.npmrc
	@echo "Installing the packages of the pages"
	@$(NPM) ci --silent
	@touch $@

$(PAGES): $(STAMP)/npm $(wildcard ui/*.*) $(shell find ui/src ui/build -type f)
	@echo "Building the pages"
	@$(NPM) run --silent build -- --logLevel warn

# Locks hold hashes and no addresses. A later lock follows the earlier ones, so that all agree.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --annotation-style line $(ARGS)
lock: $(STAMP)/venv  ## Write the locks anew; ARGS=--upgrade takes newer versions
	@$(COMPILE) pyproject.toml --extra postgres -o requirements/run.txt
	@done='-c requirements/run.txt'; \
	for group in uv build node dev example docs; do \
		extra=; if [ $$group = dev ]; then extra='pyproject.toml --extra observe'; fi; \
		$(COMPILE) $$extra --group pyproject.toml:$$group $$done -o requirements/$$group.txt || exit; \
		done="$$done -c requirements/$$group.txt"; \
	done

clean:  ## Remove the environment, caches and what builds leave
	@rm -rf $(VENV) .cache .hypothesis dist site ui/node_modules $(dir $(PAGES))
	@find src tests examples benchmarks scripts -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

help:
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 10

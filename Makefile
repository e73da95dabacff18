# Fil vert. `make run` sets everything up and runs it with robots; `make test` sets everything up and tests it.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup run test chaos check bench lock clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup:  ## virtual environment, Asterisk 22, SIPp and the voice, all inside this folder
	@$(PYTHON) -m ops.setup

run: setup  ## the service with robots: http://127.0.0.1:8080 (Ctrl-C ends it all)
	@exec $(BIN)/dialer run --demo

test:  ## set up what the tests need, then pass them
	@$(PYTHON) -m ops.setup --tests
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -n 2 --dist loadscope  # one lane mostly waits for telephones, the other reckons

chaos:  ## kill the controller CHAOS_KILLS times (200) while callbacks are dialled: nobody twice, nobody lost
	@$(PYTHON) -m ops.setup --tests
	@CHAOS_KILLS=$${CHAOS_KILLS:-200} $(BIN)/pytest tests/real/test_chaos.py

check:  ## lint, types, floors
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/dialer check

bench: setup  ## side by side with Asterisk's own app_queue
	@$(BIN)/python -m ops.bench

lock:  ## pin anew every package that pyproject.toml asks for
	@$(BIN)/python -m pip -q install uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
	  --extra build pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade \
	  --extra build --extra dev pyproject.toml -o requirements-dev.lock

clean:  ## remove all that set-up and running made (configuration stays)
	@rm -rf .venv .prefix var build *.egg-info

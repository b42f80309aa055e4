# make run and make test are complete by themselves: python3 >= 3.11 (with venv) and make is all.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
SCRIPTS := scripts manage.py studyapp tests

export PORT
# The words on screen are Chinese: print them whatever the locale says.
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run dev test attack faults lint check deep bench bundle format lock base-packages dev-packages

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: base-packages ## install, prepare, fill with demo data and serve on 127.0.0.1:$PORT
	@exec $(BIN)/python manage.py serve --demo $(ARGS)

dev: base-packages ## the same, reloading on change (DEBUG on)
	@STUDYAPP_DEBUG=1 $(BIN)/python manage.py prepare --demo
	@STUDYAPP_DEBUG=1 $(BIN)/python manage.py demo --accounts
	@STUDYAPP_DEBUG=1 exec $(BIN)/python manage.py runserver 127.0.0.1:$(PORT)

test: dev-packages ## every test this machine can run; ARGS="tests/text -x" narrows it
	@$(BIN)/python scripts/test.py $(ARGS)

attack: dev-packages ## the tests of every attack on the list, one line for each attack
	@$(BIN)/python scripts/attack.py $(ARGS)

faults: dev-packages ## every way to lose words, provoked: acknowledged, found, lost, time to come back
	@$(BIN)/python scripts/faults.py $(ARGS)

lint: dev-packages ## format, lint, types, import floors, deployment checks, migrations
	@$(BIN)/python scripts/lint.py

check: lint test ## lint and test

deep: dev-packages ## slow: property tests for long; faults planted in who may what; Chromium 86
	@HYPOTHESIS_PROFILE=deep $(BIN)/python scripts/test.py -m hypothesis $(ARGS)
	@$(BIN)/python scripts/mutants.py
	@$(BIN)/python scripts/old_browser.py

bench: dev-packages ## speed, as ratios to a raw page served in the same run
	@$(BIN)/python scripts/bench.py $(ARGS)

bundle: base-packages ## one archive for a machine without network: wheels, list of parts, install.sh
	@$(BIN)/python scripts/bundle.py $(ARGS)

format: dev-packages ## put Python and templates into shape
	@$(BIN)/ruff format $(SCRIPTS)
	@$(BIN)/ruff check --fix-only --quiet $(SCRIPTS)
	@$(BIN)/djlint --reformat --quiet templates; test $$? -le 1

lock: dev-packages ## pin the newest versions that requirements/*.in allow
	@for name in base dev bench; do \
	  $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-header \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

base-packages:
	@$(PYTHON) scripts/install.py base

dev-packages:
	@$(PYTHON) scripts/install.py dev

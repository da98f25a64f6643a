# The few commands of this project. `make help` lists them.
PYTHON ?= python3
export PYTHON

.PHONY: help run install test bench clients screenshots messages lock
.DEFAULT_GOAL := help

help: ## list these commands
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 16

run: install ## serve on http://127.0.0.1:8000 and keep everything in ./data
	@.venv/bin/gatehouse serve --data data

install: .venv/installed ## make .venv from requirements.lock

test: ## check and test everything; installs what that needs
	@tools/test.sh

bench: .venv/installed-dev ## measure speed and memory, see bench/
	@.venv/bin/python bench/run.py

clients: .venv/installed-dev ## make the environments of the real clients, for the tests
	@.venv/bin/python tests/clients/environments.py

screenshots: .venv/installed-dev ## take the pictures of README anew, and of every page into screenshots/ (needs chromium)
	@.venv/bin/python tools/screenshots.py

messages: .venv/installed-dev ## bring the translations up to date with the texts (needs gettext)
	@.venv/bin/python tools/messages.py

lock: ## write the lock files anew from pyproject.toml (UPGRADE=1 takes the newest of everything)
	@tools/lock.sh $(if $(UPGRADE),--upgrade)

.venv/installed: requirements.lock pyproject.toml tools/make-venv.sh
	@tools/make-venv.sh requirements.lock
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml tools/make-venv.sh
	@tools/make-venv.sh requirements-dev.lock
	@touch $@ .venv/installed

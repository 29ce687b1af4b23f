# The five things one does with a checkout. Each makes or refreshes .venv first; ARGS are handed on.
#   make run      the desk at http://127.0.0.1:8000/, demo people and all (DESK_PORT, DESK_STATE to choose others)
#   make test     every test              (one file: make test ARGS=tests/supervisor)
#   make bench    the figures             make nemesis   the faults              make lint    style, types, ladder
PYTHON ?= python3
HERE := $(dir $(lastword $(MAKEFILE_LIST)))

.PHONY: run test bench nemesis lint
run test bench nemesis lint:
	@exec "$(PYTHON)" -I "$(HERE)financy_support/supervisor/bootstrap.py" $@ $(ARGS)

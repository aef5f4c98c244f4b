PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

PAGE := src/eyeprentice/app/serving/page/index.html

.PHONY: help demo web test fast lint types package fuzz ci clean
help:  ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(INSTALLED)  ## the whole job, small: simulate, teach, apprentice, evaluate, one page (about 5 minutes on 2 cores)
	$(BIN)/eyeprentice demo --out demo

web: $(PAGE)  ## builds the page of `eyeprentice live` into the package (needs Node.js 20 and npm)

test: $(INSTALLED)  ## every test, with coverage
	$(BIN)/python -m pytest --cov --cov-report=term-missing:skip-covered

fast: $(INSTALLED)  ## the tests that take no time
	$(BIN)/python -m pytest -m "not slow"

lint: $(INSTALLED)  ## style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(INSTALLED)  ## mypy, strict
	$(BIN)/mypy

package: $(INSTALLED) web  ## builds wheel and sdist, installs each into an empty venv, reads a video, finds the page
	rm -rf dist build/package
	$(BIN)/python -m build --outdir dist
	$(BIN)/python tests/sample_video.py build/package/eye.mp4
	for file in dist/*.whl dist/*.tar.gz; do \
	  $(PYTHON) -m venv --clear build/package/venv && \
	  build/package/venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $$file && \
	  (cd build/package && venv/bin/eyeprentice predict eye.mp4 --eye full > read.txt && tail -1 read.txt && \
	    venv/bin/python -c "from eyeprentice.app.serving.page import Page; Page()") || exit 1; \
	done

fuzz: $(INSTALLED)  ## a minute of mutated files for every parser (Linux)
	OMP_NUM_THREADS=1 $(BIN)/python tests/fuzz.py --minutes 1

ci: lint types test fuzz package  ## what CI runs

# The clip is drawn by the simulator; the rest comes from npm, as web/package-lock.json says.
$(PAGE): build/page-clip/clip.webm web/node_modules/.package-lock.json web/build.mjs $(wildcard web/src/*.ts web/src/*/* web/static/*)
	cd web && npm run --silent build

build/page-clip/clip.webm: web/make_clip.py | $(INSTALLED)
	OPENCV_LOG_LEVEL=SILENT $(BIN)/python web/make_clip.py build/page-clip

web/node_modules/.package-lock.json: web/package-lock.json
	@command -v npm > /dev/null || { echo "error: npm: not found; install Node.js 20 or newer (https://nodejs.org)" >&2; exit 1; }
	cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# torch goes first: asked for by another package it would come as gigabytes of CUDA libraries.
# spikingjelly, which the tests compare neurons with, declares torchvision but does not need it here.
$(INSTALLED): pyproject.toml constraints.txt
	@echo "Installing into .venv, once (about two minutes)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: $(PYTHON): Python 3.11 or newer is needed; give one with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PIP) torch
	$(PIP) --editable '.[train,events,export,cluster,test]'
	$(PIP) --no-deps spikingjelly
	@touch $@

clean:  ## everything that make made
	rm -rf .venv demo build dist web/node_modules src/eyeprentice/app/serving/page .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -o -name '*.egg-info' | xargs rm -rf

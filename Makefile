PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
# One .venv, three stamps: what the demo needs, what the tests need besides, and what the pages need.
FOR_DEMO := .venv/.demo
FOR_TESTS := .venv/.tests
FOR_DOCS := .venv/.docs
TESTS := -m "not slow"

PAGE := src/eyeprentice/app/serving/page/index.html
HAS_NODE := $(shell command -v npm > /dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' && echo yes)

.PHONY: help demo web docs samples test coverage lint types package release fuzz soak ci clean
help:  ## what there is to make
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(FOR_DEMO)  ## the whole job, small: simulate, teach, apprentice, evaluate, one page (about 5 minutes on 2 cores)
	$(BIN)/eyeprentice demo --out demo

web: $(PAGE)  ## builds the page of `eyeprentice live` into the package (needs Node.js 20 and npm)

docs: $(FOR_DOCS)  ## builds the documentation as a site that is read offline, and refuses broken links (4 seconds)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build  # not --quiet, which drops warnings before they count
	@echo "build/site/index.html: written; open it in a browser"

# OMP_NUM_THREADS: a process for each core runs tests; with more threads than that they would only wait for each other.
test: $(FOR_TESTS)  ## the tests but the slow ones, one process a core (all of them take 16 minutes on 2 cores)
	@$(if $(HAS_NODE),$(MAKE) --no-print-directory web || echo "note: the page could not be built: its tests are skipped",\
	  echo "note: Node.js 20 and npm are not installed: the page is not built, and its tests are skipped")
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n logical --maxprocesses 8 --dist worksteal $(TESTS)

lint: $(FOR_TESTS)  ## style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(FOR_TESTS)  ## mypy, strict
	$(BIN)/mypy

package: $(FOR_TESTS) web  ## builds wheel and sdist of the files here into dist, and checks each in an empty environment
	@$(BIN)/python tools/release.py --here

release: $(FOR_TESTS) web/node_modules/.package-lock.json  ## the same of the commit, built twice and compared, with the list of all parts and checksums
	@$(BIN)/python tools/release.py

soak: $(FOR_TESTS)  ## a minute of honest clients beside strangers of every kind
	OMP_NUM_THREADS=1 $(BIN)/python tests/soak.py --minutes 1

fuzz: $(FOR_TESTS)  ## a minute of mutated files for every parser (Linux)
	OMP_NUM_THREADS=1 $(BIN)/python tests/fuzz.py --minutes 1

ci: TESTS :=
ci: lint types docs test fuzz $(if $(HAS_NODE),package)  ## what CI runs: all tests, and all else (about 20 minutes on 2 cores)

coverage: TESTS := --cov --cov-report=html:build/coverage
coverage: test  ## all tests, and which lines they run: build/coverage/index.html (takes a third longer)

# The clip is drawn by the simulator; the rest comes from npm, as web/package-lock.json says.
$(PAGE): build/page-clip/clip.webm web/node_modules/.package-lock.json $(wildcard web/*.mjs web/src/*.ts web/src/*/* web/static/*)
	cd web && npm run --silent build

samples: build/onnxruntime/include/onnxruntime_cxx_api.h  ## fetches ONNX Runtime's headers, which the C++ sample is built with (npm)

# No package of Python or of Debian 12 has them. They come with a package for Unity; the library itself is pip's.
build/onnxruntime/include/onnxruntime_cxx_api.h:
	@command -v npm > /dev/null || { echo "error: npm: not found; install Node.js 20 or newer (https://nodejs.org)" >&2; exit 1; }
	rm -rf build/onnxruntime && mkdir -p build/onnxruntime/include
	cd build/onnxruntime && npm pack --silent com.github.asus4.onnxruntime@0.4.9 > /dev/null
	tar -xzf build/onnxruntime/*.tgz -C build/onnxruntime/include --strip-components=7 --no-same-owner --touch --wildcards \
	  'package/Plugins/iOS~/onnxruntime.xcframework/ios-arm64/onnxruntime.framework/Headers/*.h'
	rm build/onnxruntime/*.tgz

build/page-clip/clip.webm: web/make_clip.py | $(FOR_DEMO)
	OPENCV_LOG_LEVEL=SILENT $(BIN)/python web/make_clip.py build/page-clip

web/node_modules/.package-lock.json: web/package-lock.json
	@command -v npm > /dev/null || { echo "error: npm: not found; install Node.js 20 or newer (https://nodejs.org)" >&2; exit 1; }
	cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

# torch goes first: asked for by another package it would come as gigabytes of CUDA libraries.
$(FOR_DEMO): pyproject.toml constraints.txt
	@echo "Installing what the demo needs into .venv, once (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "error: $(PYTHON): Python 3.11 or newer is needed; give one with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PIP) torch
	$(PIP) --editable '.[train]'
	@touch $@

# spikingjelly, which the tests compare neurons with, declares torchvision but does not need it here.
$(FOR_TESTS): $(FOR_DEMO)
	@echo "Installing what the tests need into .venv, once (about two minutes)"
	$(PIP) --editable '.[train,events,export,cluster,docs,test]'
	$(PIP) --no-deps spikingjelly
	@touch $@

$(FOR_DOCS): pyproject.toml constraints.txt
	@echo "Installing what the pages need into .venv, once (20 seconds)"
	@$(PYTHON) -m venv .venv
	$(PIP) --editable '.[docs]'
	@touch $@

clean:  ## everything that make made
	rm -rf .venv demo build dist web/node_modules src/eyeprentice/app/serving/page .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -o -name '*.egg-info' | xargs rm -rf

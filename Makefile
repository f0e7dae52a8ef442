# make app    installs into .venv and opens the app
# make test   installs the test tools too and runs the tests
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
TORCH := $(shell grep '^torch==' requirements.txt)
CPU_TORCH := https://download.pytorch.org/whl/cpu

.PHONY: app test

app: $(VENV)/app.stamp
	$(VENV)/bin/python -m streamlit run app.py

test: $(VENV)/dev.stamp
	$(VENV)/bin/python -m pytest -q

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed: make app PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv $(VENV)

# The same torch line is a CUDA build (1.4 GB more) on plain Linux, so the CPU build is asked for first.
$(VENV)/app.stamp: requirements.txt | $(VENV)/bin/python
	$(PIP) --index-url $(CPU_TORCH) --retries 0 --timeout 10 $(TORCH) || $(PIP) $(TORCH)
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/app.stamp
	$(PIP) -r requirements-dev.txt
	@touch $@

# make app    installs into .venv and opens the app
# make test   installs the test tools too and runs the tests
# make test-slow   those left out there, because they take long: speed, load, kills, every stored result scored again
# make audit  looks up known vulnerabilities of the pinned packages; needs the network, and says so where there is none
# make tour   takes the README's pictures anew, from the running app
# make sbom   writes runs/sbom.json, what is installed, as CycloneDX
PYTHON ?= python3
VENV := .venv
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
TORCH := $(shell grep '^torch==' requirements.txt)
CPU_TORCH := https://download.pytorch.org/whl/cpu

TOOLS := runs/tools
AUDIT_TOOL := pip-audit==2.10.1
SBOM_TOOL := cyclonedx-bom==7.5.0

.PHONY: app test test-slow tour audit sbom

app: $(VENV)/app.stamp
	$(VENV)/bin/python -m streamlit run app.py

# Two tests at a time, one of them with a browser; then, one by one, those that need the machine to themselves.
test: $(VENV)/dev.stamp
	$(VENV)/bin/python -m pytest -q -n 2 --dist loadgroup --no-loadscope-reorder -m 'not alone and not slow'
	$(VENV)/bin/python -m pytest -q -m alone

test-slow: $(VENV)/dev.stamp
	$(VENV)/bin/python -m pytest -q -m slow

tour: $(VENV)/dev.stamp
	$(VENV)/bin/python tests/e2e/tour.py

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

# The tools have an environment of their own, so that what they bring is not on their lists.
$(TOOLS)/bin/python:
	$(PYTHON) -m venv $(TOOLS)

# Fails where a package has a known vulnerability, never for want of a network.
audit: | $(TOOLS)/bin/python
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --retries 0 --timeout 10 $(AUDIT_TOOL) \
		|| echo 'audit: $(AUDIT_TOOL) cannot be installed'
	@$(TOOLS)/bin/python .ci/audit.py $(TOOLS)/bin/pip-audit requirements.txt

sbom: $(VENV)/app.stamp | $(TOOLS)/bin/python
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check $(SBOM_TOOL)
	$(TOOLS)/bin/cyclonedx-py environment --output-file runs/sbom.json $(VENV)/bin/python

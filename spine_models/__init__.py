"""Vertebral landmarks and Cobb angles on frontal (AP/PA) spine radiographs."""

import os

# Said before torch is loaded. Its threads would otherwise spin while they wait for each other, and on processors that
# others use too (a browser, a second session) a film would take four times as long and as much work.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.1.0"

INTENDED_USE = (
    "Research and teaching use. Not a medical device: a trained reader must check every corner and every angle."
)

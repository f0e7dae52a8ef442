"""Vertebral landmarks and Cobb angles on frontal (AP/PA) spine radiographs."""

__version__ = "0.1.0"

INTENDED_USE = (
    "Research and teaching use. Not a medical device: a trained reader must check every corner and every angle."
)

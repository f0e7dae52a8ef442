"""Vertebral landmarks and Cobb angles on frontal (AP/PA) spine radiographs."""

__version__ = "0.1.0"

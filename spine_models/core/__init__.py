"""Spine geometry, measurements and records. numpy only: nothing here may import torch, OpenCV or Streamlit."""

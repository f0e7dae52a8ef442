"""The models: one file each, with its network, its CARD and ``build()``; nothing else has to be edited to add one."""

from .registry import ModelEntry, list_models, load_model, recommended_model

__all__ = ["ModelEntry", "list_models", "load_model", "recommended_model"]

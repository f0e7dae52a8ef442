"""Model cards: what a model is, what it was trained on, what it may be used for. An unknown field is an error."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Family = Literal["CNN", "GAN", "baseline"]
Task = Literal["landmarks", "segmentation", "anomaly", "synthesis", "refinement"]


class Training(BaseModel):
    """Facts measured when the weights were made; written by ``train`` beside the weights, never typed in."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    params: int
    sha256: str
    data: str
    label_revision: str
    epochs: float
    minutes: float
    seed: int
    validation: dict[str, float] = Field(description="metric name -> value on the validation films")
    ablation: tuple[dict[str, str | float], ...] = ()


class ModelCard(BaseModel):
    """The declared part stands in the zoo file; ``training`` is read from ``weights/<name>.json`` when it exists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    family: Family
    task: Task = "landmarks"
    title: str
    summary: str = Field(description="one plain sentence for the model picker")
    input_size: tuple[int, int] = Field(description="(height, width) the network sees")
    codec: str
    licence: str = "Apache-2.0"
    paper: str
    training_data: str
    intended_use: str
    limits: tuple[str, ...]
    recommended: bool = False
    training: Training | None = None

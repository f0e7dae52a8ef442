"""Model cards: what a model is, what it was trained on, what it may be used for. An unknown field is an error."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Family = Literal["CNN", "GAN", "baseline"]
Task = Literal["landmarks", "segmentation", "anomaly", "translation", "synthesis", "refinement"]


class Calibration(BaseModel):
    """How sure a model is, learnt on films it was not trained on by ``calibrate`` and read by ``core.uncertainty``.

    sigma_scale and sigma_floor: a corner's sigma is sqrt((sigma_scale * raw)^2 + (sigma_floor * w)^2), w the mean
    vertebra width of the film; a model that gives no raw sigma has sigma_scale 0.
    angle_quantile and angle_floor (degrees): half the 90 % interval of an angle is
    angle_quantile * sqrt(sigma^2 + angle_floor^2), sigma that of the angle.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sigma_scale: float = Field(ge=0)
    sigma_floor: float = Field(ge=0)
    angle_quantile: float = Field(ge=0)
    angle_floor: float = Field(ge=0)
    films: int = Field(description="measured films it was learnt on")
    data: str
    label_revision: str
    expected: dict[str, float] = Field(description="what new films should show, cross-validated over cases")


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
    calibration: Calibration | None = None


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

    @property
    def calibration(self) -> Calibration | None:
        """How sure this model's answers are; None when it is untrained or was never calibrated."""
        return self.training and self.training.calibration

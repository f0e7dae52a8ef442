"""The protocol: how every model is trained, in one place. A model differs from the others in its network only, and the
GAN family also in its critic (``adversarial``) and in that it starts from layers of ``vertebra_focused``.

Optimiser: AdamW, one cosine with warm-up, gradients clipped at 5, weights averaged (EMA), all in ``trainer.Trainer``.
Films: the SpineWeb-16 training films that are not held out (split by case) whose level names hold, half of the
full-body films three times an epoch, and phantoms; labels of ``labels.LABEL_REVISION``. ``framed_task`` is the code.
Augmentation: the frame is off as the finder's is (shift, scale, stretch, rotation, now and then a whole vertebra), the
spine is bent, the exposure is random (gamma, contrast, noise, blur, metal), and half of the pictures are mirrored.
Validation: the held-out films, every few epochs and at the end, through the whole ``detect``; no other film is seen.
Budget: at most 45 minutes on two cores; fewer where validation no longer improves.
"""

from __future__ import annotations

from dataclasses import replace

from .trainer import Schedule

FRAMED = Schedule(epochs=100, batch=16, rate=1.5e-3, validate_every=20)
"""Any framed model that the table does not name."""

SCHEDULES = {
    "finder": Schedule(epochs=32, batch=16, rate=2e-3, validate_every=20),
    "convnet": replace(FRAMED, epochs=90, validate_every=50),
    "boostnet": replace(FRAMED, epochs=90, validate_every=50),
    "fcn_vgg": replace(FRAMED, epochs=18, batch=8, validate_every=8),
    "hrnet": replace(FRAMED, epochs=30, batch=8, validate_every=15),
    "routernet": replace(FRAMED, epochs=24, batch=8, validate_every=12),
    **dict.fromkeys(
        ("unet", "spinenet"), replace(FRAMED, epochs=36, batch=8, validate_every=12)
    ),
    "landmark_gan": replace(FRAMED, epochs=4, batch=8, rate=5e-4, validate_every=8),
    "pix2pix": replace(FRAMED, epochs=6, batch=8, rate=1e-3, validate_every=8),
    "spinegan": replace(FRAMED, epochs=10, batch=8, rate=1e-3, validate_every=8),
}


def schedule(name: str, epochs: int | None = None, seed: int = 0) -> Schedule:
    """The schedule of a model, its number of epochs replaced if given."""
    planned = SCHEDULES.get(name, FRAMED)
    return replace(planned, epochs=epochs or planned.epochs, seed=seed)

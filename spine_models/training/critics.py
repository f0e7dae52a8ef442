"""Critics of the adversarial trainings: small networks with spectral norm (Miyato 2018), never shipped."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2  # of the leaky rectifiers


class PatchCritic(nn.Sequential):
    """Judges patches of maps (N, channels, h, w): a score each (N, 1, h / 4, w / 4) (Isola 2017, PatchGAN)."""

    def __init__(self, channels: int, width: int = 48) -> None:
        super().__init__(
            spectral_norm(nn.Conv2d(channels, width, 4, 2, 1)),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv2d(width, 2 * width, 4, 2, 1)),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv2d(2 * width, 2 * width, 3, 1, 1)),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv2d(2 * width, 1, 3, 1, 1)),
        )


class ShapeCritic(nn.Module):
    """Judges whole spines (N, channels, 17): a score each, (N, 1); neighbours first, then the spine as one."""

    def __init__(self, channels: int, width: int = 64) -> None:
        super().__init__()
        self.neighbours = nn.Sequential(
            spectral_norm(nn.Conv1d(channels, width, 3)),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv1d(width, width, 3, 2)),
            nn.LeakyReLU(SLOPE),
        )
        self.whole = nn.Sequential(
            spectral_norm(nn.Linear(7 * width, width)), nn.LeakyReLU(SLOPE), spectral_norm(nn.Linear(width, 1))
        )

    def forward(self, spines: Tensor) -> Tensor:
        return self.whole(self.neighbours(spines).flatten(1))

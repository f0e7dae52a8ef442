"""The film reaches the browser unchanged, by its address or inline."""

import base64
import io

import numpy as np
from PIL import Image

from spine_models.core.radiograph import Radiograph
from spine_models.ui.landmark_editor.film_url import Film


def test_the_browser_gets_every_grey_value():
    pixels = np.random.default_rng(0).uniform(size=(70, 40)).astype(np.float32)
    film = Film.from_radiograph(Radiograph(pixels, "abc"))
    # Outside a running server there is no media store: the film must come inline.
    payload = film.payload("editor", inline=False)
    head, data = payload["url"].split(",")
    assert head == "data:image/png;base64"
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    assert np.abs(shown / 255 - pixels).max() <= 0.5 / 255 + 1e-6
    assert (payload["id"], payload["width"], payload["height"]) == ("abc", 40, 70)

"""How a film's pixels reach the browser: once, as a PNG."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st
from streamlit.runtime import Runtime

from spine_models.core.radiograph import Radiograph


@dataclass(frozen=True, eq=False)
class Film:
    """A film ready for the browser.

    id: sha256 of the file, and how the film hangs where it was turned; png: 8-bit grey, lossless, width x height
    pixels; empty where the film is not at hand.
    """

    id: str
    png: bytes
    width: int
    height: int

    @classmethod
    def from_radiograph(cls, radiograph: Radiograph) -> Film:
        """Encode the upright, bone-bright pixels; the quick PNG setting, since the film travels one computer."""
        height, width = radiograph.shape
        grey = np.rint(radiograph.pixels * 255).clip(0, 255).astype(np.uint8)
        png = cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
        return cls(radiograph.sha256, png, width, height)

    def payload(self, key: str, inline: bool) -> dict:
        """What the editor needs to show the film; inline puts the pixels in the message itself."""
        url = None
        if self.png:
            url = _data_url(self.png) if inline else _media_url(self.png, key)
        return {"id": self.id, "url": url, "width": self.width, "height": self.height}


def _media_url(png: bytes, key: str) -> str:
    """Address at which Streamlit serves the film to this browser, so that reruns do not send it again.

    Streamlit's media store is internal, hence this one place. Its addresses are hashes of the pixels: nobody who does
    not have the film can guess one. It forgets the film when the session ends or shows another one. Where the store
    has changed its ways, or the browser reports that the address does not answer (a proxy with a path of its own),
    the film is sent inline.
    """
    try:
        url = Runtime.instance().media_file_mgr.add(png, "image/png", coordinates=f"landmark_editor.{key}")
    except (AttributeError, RuntimeError, TypeError):
        return _data_url(png)
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}{url}" if base else url


def _data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")

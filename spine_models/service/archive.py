"""Several files as one to download, in memory."""

from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZIP_DEFLATED, ZipFile


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive of files by name."""
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return archive.getvalue()

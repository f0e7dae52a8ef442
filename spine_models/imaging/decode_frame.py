"""A program by itself: a line of JSON (pydicom's pixel options) and encapsulated pixel data in, an ``.npy`` array out.

It reads and writes its standard streams only, within limits of memory and processor time where the system has them.
"""

import io
import json
import os
import sys

MEMORY = 2_000_000_000
SECONDS, PIXELS_A_SECOND = 4, 3_000_000
"""Processor time allowed: to start, and for each so many pixels; a JPEG 2000 film decodes a few times faster."""

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread would reserve memory of its own
    options = json.loads(sys.stdin.buffer.readline())
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        seconds = SECONDS + options["rows"] * options["columns"] // PIXELS_A_SECOND
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except ImportError:  # not on Windows
        pass

    import numpy as np
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    options["transfer_syntax_uid"] = UID(options["transfer_syntax_uid"])
    pixels, _ = get_decoder(options["transfer_syntax_uid"]).as_array(sys.stdin.buffer.read(), **options)
    array = io.BytesIO()
    np.save(array, pixels, allow_pickle=False)
    sys.stdout.buffer.write(array.getbuffer())

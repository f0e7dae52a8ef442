"""Whatever bytes are read as a film, there is a film or one sentence: soon, and without much memory."""

import json
import os
import resource
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from bombs import BLACK, BOMBS
from dicom_samples import COMPRESSED, compressed, dicom
from pydicom.uid import DeflatedExplicitVRLittleEndian, RLELossless
from test_load import FILM, KINDS

from spine_models.core.errors import ImageError
from spine_models.imaging.load import read_radiograph

MUTATIONS = int(os.environ.get("SPINE_MUTATIONS", "200"))  # 2000 is what the reader must stand; minutes
LONGEST_SECONDS = 5
MOST_MEGABYTES = 150
HERE = Path(__file__).parent

QUICK = ("jpg", "png-16", "png-rgba", "tiff-8", "tiff-16-lzw", "dicom", "dicom deflated")
COMPRESSED_DICOM = ("dicom rle", "jpeg lossless", "jpeg-ls", "jpeg 2000")


@cache
def original(kind: str, folder: Path | None = None) -> bytes:
    if kind in KINDS:
        return KINDS[kind][0]
    if kind in COMPRESSED:
        return compressed(dicom(FILM), COMPRESSED[kind], folder)
    syntax = {"dicom deflated": DeflatedExplicitVRLittleEndian, "dicom rle": RLELossless}.get(kind)
    return dicom(FILM.astype(np.uint16) * 16, stored=12) if syntax is None else dicom(FILM, syntax)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Up to 16 bytes changed, near the beginning (headers) or anywhere; sometimes a piece cut out or doubled."""
    changed = bytearray(content)
    reach = rng.choice([200, 1200, len(changed)])
    for at in rng.integers(0, min(reach, len(changed)), rng.integers(1, 17)):
        changed[at] = rng.choice([0, 255, rng.integers(256)])
    if rng.random() < 0.2:
        start, length = rng.integers(0, len(changed)), rng.integers(1, 400)
        piece = changed[start : start + length]
        changed[start : start + length] = b"" if rng.random() < 0.5 else piece * 2
    return bytes(changed)


def cpu_seconds() -> float:
    """Of this process and of the decoders it started."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


def read_or_refuse(content: bytes) -> bool:
    """Whether it was read; fails on any other exception, on a poor sentence and on a hang."""
    before = cpu_seconds()
    try:
        pixels = read_radiograph(content).pixels
        assert pixels.dtype == np.float32 and pixels.min() >= 0 and pixels.max() <= 1
        return True
    except ImageError as refusal:
        sentence = str(refusal)
        assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 250
        return False
    finally:
        assert cpu_seconds() - before < LONGEST_SECONDS


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", (*QUICK, *COMPRESSED_DICOM))
def test_mutated_films_are_read_or_refused(kind, tmp_path):
    count = MUTATIONS // (7 if kind in QUICK else 100)  # each of the latter starts a decoder
    rng, content = np.random.default_rng(5), original(kind, tmp_path)
    read = sum(read_or_refuse(mutated(content, rng)) for _ in range(count))
    print(f"{kind}: {count} mutations, {read} read, {count - read} refused")
    assert count > 1 and (read < count or count < 10)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", QUICK)
def test_cut_off_films_are_refused(kind, tmp_path):
    content = original(kind, tmp_path)
    lengths = np.linspace(0, len(content) - 300, MUTATIONS // 16).astype(int)
    assert not any(read_or_refuse(content[:length]) for length in lengths)


MEASURE = """
import json, resource, sys
from pathlib import Path

sys.path.insert(0, sys.argv[2])
from spine_models.core.errors import ImageError
from spine_models.imaging.load import read_radiograph


def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024


added = {}
for bomb in sorted(Path(sys.argv[1]).iterdir()):
    before = peak()
    try:
        read_radiograph(bomb)
    except ImageError:
        added[bomb.name] = peak() - before
print(json.dumps([added, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux, which tells a program's size")
@pytest.mark.parametrize("files", [BOMBS, BLACK], ids=["bombs", "black"])
def test_what_is_too_much_or_nothing_is_refused_with_little_memory(tmp_path, files):
    """In a process of its own, whose greatest size the system remembers, and that of the decoder it starts."""
    for kind, make in files.items():
        (tmp_path / kind).write_bytes(make())
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", MEASURE, str(tmp_path), str(HERE.parents[1])],
                         capture_output=True, text=True, check=True)
    added, decoder = json.loads(run.stdout)
    assert set(added) == set(files)
    assert sum(added.values()) < MOST_MEGABYTES and decoder < MOST_MEGABYTES, (added, decoder)

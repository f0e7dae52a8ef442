"""Coverage-guided fuzzing of the film reader; not part of the tests. Anything but a film or an ImageError is a finding.

    pip install atheris==3.0.0        # Linux; not in requirements-dev.txt, for it is needed here only
    mkdir -p runs/fuzz && python tests/fuzz/fuzz_films.py runs/fuzz -max_total_time=3600 -rss_limit_mb=2048 -timeout=5

New inputs that reach new code are kept in ``runs/fuzz``; a finding is written to the current folder as ``crash-...``,
and ``python tests/fuzz/fuzz_films.py crash-...`` repeats it.
"""

import sys
import warnings
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "imaging")]

with atheris.instrument_imports(include=["pydicom", "spine_models", "PIL"]):
    from spine_models.core.errors import ImageError
    from spine_models.imaging import dicom_pixels
    from spine_models.imaging.load import read_radiograph

from bombs import FILM  # noqa: E402
from dicom_samples import PLAIN_SYNTAXES, dicom  # noqa: E402

warnings.simplefilter("ignore")


def one_input(data: bytes) -> None:
    try:
        read_radiograph(data)
    except ImageError:
        pass


def seeds(folder: Path) -> None:
    """A small film in every way of storing it."""
    folder.mkdir(parents=True, exist_ok=True)
    small = FILM[:72, :72].copy()
    for name, syntax in PLAIN_SYNTAXES.items():
        (folder / f"{name}.dcm").write_bytes(dicom(small, syntax))


if __name__ == "__main__":
    dicom_pixels.LONGEST_DECODE = 4
    folders = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")]
    if folders and folders[0].is_dir():
        seeds(folders[0])
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()

"""Identifiers planted in films get nowhere, films stay off the disk, and the server calls nobody."""

import io
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
from conftest import App
from dicom_samples import dataset, file_of
from editor_page import EditorPage, own_film, truth
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pydicom import Dataset, dcmread
from pypdf import PdfReader

pytestmark = pytest.mark.browser

SECRETS = [f"Qz{number:02d}Doe^Jane" for number in range(25)]
DICOM_SECRETS = [f"Vy{number:02d}Roe^Ann" for number in range(25)]
DICOM_TAGS = ("PatientName", "PatientID", "OtherPatientIDs", "PatientBirthName", "PatientMotherBirthName",
              "PatientAddress",
              "PatientTelephoneNumbers", "PatientComments", "AccessionNumber", "StudyID", "StudyDescription",
              "SeriesDescription", "InstitutionName", "InstitutionAddress", "ReferringPhysicianName", "OperatorsName",
              "PerformingPhysicianName", "StationName", "DeviceSerialNumber", "ImageComments", "RequestingPhysician")
PNG_TEXTS = ("Title", "Author", "Description", "Comment", "Source", "PatientName", "PatientID")
EXIF_TAGS = {270: "ImageDescription", 271: "Make", 272: "Model", 305: "Software", 306: "DateTime", 315: "Artist",
             33432: "Copyright"}
WRITTEN, WRITTEN_AT = "ROE^ANN 1970", (20, 60)
"""Burned into the DICOM film, and where."""
TIFF_TAGS = (269, 270, 271, 285, 305, 315, 316)  # DocumentName ... PageName, Software, Artist, HostComputer


def marked_films() -> list[tuple[str, bytes]]:
    """(file name, file) of a PNG, a JPEG and a TIFF; together they hold every one of SECRETS."""
    left = iter(SECRETS)
    films = []
    texts = PngImagePlugin.PngInfo()
    for number, key in enumerate(PNG_TEXTS):
        (texts.add_itxt if number % 2 else texts.add_text)(key, next(left))
    exif = Image.Exif()
    for tag in EXIF_TAGS:
        exif[tag] = next(left)
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag in TIFF_TAGS:
        tags[tag] = next(left)
    kinds = {"png": {"format": "PNG", "pnginfo": texts}, "jpg": {"format": "JPEG", "exif": exif, "comment": next(left)},
             "tif": {"format": "TIFF", "tiffinfo": tags}}
    for number, (ending, options) in enumerate(kinds.items()):
        file = io.BytesIO()
        Image.open(io.BytesIO(own_film(31 + number))).save(file, **options)
        films.append((f"{next(left)}.{ending}", file.getvalue()))
    assert not list(left) and all(
        any(secret.encode() in data or secret in name for name, data in films) for secret in SECRETS
    )
    return films


def marked_dicom() -> tuple[str, bytes]:
    """(file name, file) that holds every one of DICOM_SECRETS in tags, private ones too, and a name in its picture."""
    grey = np.array(Image.open(io.BytesIO(own_film(34))).convert("L"))
    made = dataset(cv2.putText(grey, WRITTEN, WRITTEN_AT, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2, cv2.LINE_AA))
    left = iter(DICOM_SECRETS)
    for keyword in DICOM_TAGS:
        setattr(made, keyword, next(left))
    private = made.private_block(0x0029, next(left), create=True)
    private.add_new(1, "LO", next(left))
    item = Dataset()
    item.PatientName = next(left)
    private.add_new(2, "SQ", [item])
    name, data = next(left), file_of(made)
    assert not list(left) and all(secret.encode() in data or secret in name for secret in DICOM_SECRETS)
    return name, data


def faults(objects: dict[str, bytes], folder: Path) -> Iterator[str]:
    """What dciodvfy, where it is installed, finds wrong with DICOM files by name."""
    if shutil.which("dciodvfy"):
        for name, data in objects.items():
            (folder / name).write_bytes(data)
            said = subprocess.run(["dciodvfy", folder / name], capture_output=True, text=True, errors="replace")
            yield from (line for line in said.stderr.splitlines() if line.startswith("Error"))


def contrast_of_the_name(pixels: np.ndarray) -> float:
    """How much brighter the letters of the name are than what is round them, as a share of white."""
    drawn = cv2.putText(np.zeros(pixels.shape, np.uint8), WRITTEN, WRITTEN_AT, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 255, 2)
    near = cv2.dilate(drawn, np.ones((9, 9))) > 0
    return float(np.median(pixels[drawn > 0]) - np.median(pixels[near & (drawn == 0)])) / 65535


def everything_written(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def far_ends(pid: int) -> set[str]:
    """Addresses beyond this computer to which the process has a connection, as /proc writes them."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
        except OSError:
            continue  # closed meanwhile
    ends = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            address = fields[2].split(":")[0]
            near = set(address) == {"0"} or address.endswith("0100007F") or address == "0" * 24 + "01000000"
            if fields[9] in sockets and not near:
                ends.add(fields[2])
    return ends


def came_to_rest(page) -> None:
    """Until the server has told all it has to tell of the last action."""
    page.wait_for_timeout(500)  # until it has begun
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def test_nothing_of_the_patient_is_kept_and_nobody_is_called(visitor, tmp_path):
    places = {name: str(tmp_path / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    for place in places.values():
        Path(place).mkdir()
    app, asked, called, over = App(tmp_path, **places), [], set(), threading.Event()
    app.start()

    def watch() -> None:
        while not over.wait(0.2):
            called.update(far_ends(app.server.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        page = visitor()
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda line: asked.append(line.url))
        for name, film in (*marked_films(), marked_dicom()):
            page.goto(app.address)
            editor = EditorPage(page)
            editor.choose_by_hand()
            editor.upload(film, name)
            editor.load_points(truth())
        page.get_by_text("Report: text, PDF, DICOM, pictures", exact=True).click()
        came_to_rest(page)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download PDF").click()
        sheet = download.value.path().read_bytes()
        told = sheet + "".join(part.extract_text() for part in PdfReader(io.BytesIO(sheet)).pages).encode()
        page.get_by_role("button", name="Blank it in what is saved and exported").click()
        page.get_by_role("button", name="Leave it in").wait_for()
        files = page.get_by_role("combobox", name="File")
        files.evaluate("list => list.scrollIntoView({block: 'center'})")  # a page that scrolls closes an open list
        came_to_rest(page)
        files.click()
        page.get_by_role("option", name="DICOM report").click()
        page.get_by_role("button", name="Download DICOM").wait_for()
        came_to_rest(page)
        with page.expect_download() as archive:
            page.get_by_role("button", name="Download DICOM").click()
        with ZipFile(archive.value.path()) as opened:
            objects = {name: opened.read(name) for name in opened.namelist()}
        told += b"".join(objects.values()) + archive.value.suggested_filename.encode()
        told += repr(PdfReader(io.BytesIO(sheet)).metadata).encode() + download.value.suggested_filename.encode()
    finally:
        over.set()
        watcher.join()
        app.stop()
    written = everything_written(tmp_path)
    assert any(path.name == "cases.sqlite" for path in written)
    for secret in SECRETS + DICOM_SECRETS:
        assert secret.encode() not in told
        assert not [path for path, data in written.items() if secret.encode() in data or secret in path.name]
    for _, film in (*marked_films(), marked_dicom()):
        assert not [path for path, data in written.items() if film[2000:2100] in data]  # an unsaved film is not on disk
    report, film, overlay = (dcmread(io.BytesIO(data)) for data in objects.values())
    assert report.Modality == "SR" and film.pixel_array.shape == (1400, 600) and overlay.pixel_array.ndim == 3
    assert list(faults(objects, tmp_path)) == []
    assert abs(contrast_of_the_name(film.pixel_array.astype(float))) < 0.05 and "BurnedInAnnotation" not in film
    assert not called and not [url for url in asked if not re.match(r"(http|ws)://localhost:|data:|blob:", url)]

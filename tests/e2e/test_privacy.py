"""Identifiers planted in films' files get nowhere, films stay off the disk, and the server calls nobody."""

import io
import re
import threading
from pathlib import Path

import pytest
from conftest import App
from editor_page import EditorPage, own_film, truth
from PIL import Image, PngImagePlugin, TiffImagePlugin
from pypdf import PdfReader

pytestmark = pytest.mark.browser

SECRETS = [f"Qz{number:02d}Doe^Jane" for number in range(25)]
PNG_TEXTS = ("Title", "Author", "Description", "Comment", "Source", "PatientName", "PatientID")
EXIF_TAGS = {270: "ImageDescription", 271: "Make", 272: "Model", 305: "Software", 306: "DateTime", 315: "Artist",
             33432: "Copyright"}
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
        for name, film in marked_films():
            page.goto(app.address)
            editor = EditorPage(page)
            editor.choose_by_hand()
            editor.upload(film, name)
            editor.load_points(truth())
        page.get_by_text("Report: text, PDF, DICOM, pictures", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download PDF").click()
        sheet = download.value.path().read_bytes()
        told = sheet + "".join(part.extract_text() for part in PdfReader(io.BytesIO(sheet)).pages).encode()
        told += repr(PdfReader(io.BytesIO(sheet)).metadata).encode() + download.value.suggested_filename.encode()
    finally:
        over.set()
        watcher.join()
        app.stop()
    written = everything_written(tmp_path)
    assert any(path.name == "cases.sqlite" for path in written)
    for secret in SECRETS:
        assert secret.encode() not in told
        assert not [path for path, data in written.items() if secret.encode() in data or secret in path.name]
    for _, film in marked_films():
        assert not [path for path, data in written.items() if film[2000:2100] in data]  # an unsaved film is not on disk
    assert not called and not [url for url in asked if not re.match(r"(http|ws)://localhost:|data:|blob:", url)]

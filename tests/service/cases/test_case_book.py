"""Saving, finding and deleting cases, on every kind of database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from case_samples import FILM, MODEL, same_bytes

from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import CaseBook, CaseError, MissingCase, Model, StaleCase


def saved(book, pseudonym, film_date=None, notes=""):
    draft = book.open_draft(FILM, (800, 400), None, None)
    return book.save(draft.id, draft.version, pseudonym, film_date, notes)


def film(shape=(800, 400), sha256=FILM):
    pixels = np.random.default_rng(1).random(shape, dtype=np.float32)
    return Radiograph(pixels, sha256, pixel_spacing_mm=(0.143, 0.144), notes=("from Jane_Doe.dcm",))


def test_a_draft_is_found_again_by_its_film(book, url, draft, marks):
    edited = book.commit(draft.id, draft.version, marks(1), "move corner")
    (found,) = CaseBook(url).of_film(FILM)
    assert found.id == draft.id and found.version == edited.version == 2 and found.status == "draft"
    assert same_bytes(found.landmarks, marks(1)) and found.model == MODEL and found.film_shape == (800, 400)
    assert book.of_film("0" * 64) == ()


def test_work_can_begin_without_model_or_landmarks(book, marks):
    draft = book.open_draft(FILM, (800, 400), None, None)
    assert draft.landmarks is None and draft.model is None
    placed = book.commit(draft.id, draft.version, marks(3), "load points")
    assert same_bytes(placed.landmarks, marks(3)) and placed.model is None
    assert book.undo(placed.id, placed.version).landmarks is None


def test_saving_keeps_what_was_typed(book, draft):
    case = book.save(draft.id, draft.version, "  Kiefer   7 ", date(2026, 5, 4), "Brace since\nMay", status="done")
    assert (case.pseudonym, case.film_date, case.notes) == ("Kiefer 7", date(2026, 5, 4), "Brace since\nMay")
    assert case.status == "done" and book.load(case.id).notes == case.notes
    assert abs(case.changed - datetime.now(UTC)) < timedelta(minutes=1) and case.changed > case.created


@pytest.mark.parametrize("pseudonym", ["", "  \n", "x" * 121, "a\0b"])
def test_a_case_needs_a_pseudonym(book, draft, pseudonym):
    with pytest.raises(CaseError, match="pseudonym"):
        book.save(draft.id, draft.version, pseudonym, None)
    assert book.load(draft.id).version == draft.version


def test_a_second_window_overwrites_nothing(book, draft, marks):
    first = book.commit(draft.id, draft.version, marks(1), "move corner")
    attempts = (
        lambda: book.commit(draft.id, draft.version, marks(2), "move corner"),
        lambda: book.undo(draft.id, draft.version),
        lambda: book.redo(draft.id, draft.version),
        lambda: book.save(draft.id, draft.version, "Fichte", None),
        lambda: book.forget_film(draft.id, draft.version),
    )
    for attempt in attempts:
        with pytest.raises(StaleCase, match="another window") as refusal:
            attempt()
        assert refusal.value.version == first.version == book.newest_version(draft.id)
    assert same_bytes(book.load(draft.id).landmarks, marks(1)) and len(book.history(draft.id)) == 2


def test_of_writers_at_the_same_moment_one_wins(book, draft, marks):
    def write(seed):
        try:
            return book.commit(draft.id, draft.version, marks(seed), "move corner")
        except StaleCase:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [case for case in pool.map(write, range(1, 9)) if case]
    assert len(winners) == 1 and same_bytes(book.load(draft.id).landmarks, winners[0].landmarks)
    assert book.newest_version(draft.id) == 2


def test_search_finds_every_word_in_any_case(book):
    saved(book, "Übung 1", notes="brace 100%")
    saved(book, "Ahorn", notes="no brace")
    book.open_draft(FILM, (800, 400), None, None)
    names = lambda text: {case.pseudonym for case in book.search(text).cases}  # noqa: E731
    assert names("") == {"Übung 1", "Ahorn"} and names("übung BRACE") == {"Übung 1"} and names("brace") == names("")
    assert names("100%") == {"Übung 1"} and names("1%0") == set() and names("birch") == set()
    assert book.search(status="done").total == 0 and book.search(status="draft").total == 1


def test_search_sorts_and_turns_pages(book):
    for name, day in (("b", 2), ("A", 3), ("c", None), ("d", 1)):
        saved(book, name, day and date(2026, 1, day))
    order = lambda **how: "".join(case.pseudonym for case in book.search(**how).cases)  # noqa: E731
    assert order(sort="pseudonym", descending=False) == "Abcd"
    assert order() == "dcAb" and order(descending=False) == "bAcd"
    assert order(sort="film_date") == "Abdc" and order(sort="film_date", descending=False) == "dbAc"
    assert order(sort="pseudonym", limit=2, offset=1) == "cb" and book.search(limit=2).total == 4


def test_visits_are_those_of_one_pseudonym_by_date(book):
    for name, day in (("oak", 9), ("Oak", 1), ("oak", None), ("oak", 2)):
        saved(book, name, day and date(2026, 1, day))
    assert [case.film_date and case.film_date.day for case in book.visits(" oak ")] == [2, 9, None]


def test_a_film_is_kept_only_on_request_and_without_its_notes(book, draft):
    case = book.save(draft.id, draft.version, "Linde", None)
    assert not case.film_kept and book.film(case.id) is None and book.thumbnails([case.id]) == {}
    case = book.save(case.id, case.version, "Linde", None, film=film())
    case = book.save(case.id, case.version, "Linde", None, notes="later")
    kept = book.film(case.id)
    assert case.film_kept and kept.sha256 == FILM and kept.pixel_spacing_mm == (0.143, 0.144) and kept.notes == ()
    assert np.abs(kept.pixels - film().pixels).max() < 1e-5 and kept.pixels.dtype == np.float32
    assert book.thumbnails([case.id, "other"])[case.id].startswith(b"\xff\xd8")
    case = book.forget_film(case.id, case.version)
    assert not case.film_kept and book.film(case.id) is None and case.pseudonym == "Linde"


@pytest.mark.parametrize("other", [film(sha256="0" * 64), film(shape=(400, 800))])
def test_another_film_is_not_kept_under_this_case(book, draft, other):
    with pytest.raises(CaseError, match="not the film"):
        book.save(draft.id, draft.version, "Linde", None, film=other)
    assert book.load(draft.id).status == "draft"


def test_a_deleted_case_is_gone_for_every_window(book, draft, marks):
    book.delete(draft.id)
    book.delete(draft.id)
    for attempt in (
        lambda: book.load(draft.id),
        lambda: book.film(draft.id),
        lambda: book.history(draft.id),
        lambda: book.verify(draft.id),
        lambda: book.newest_version(draft.id),
        lambda: book.commit(draft.id, draft.version, marks(1), "move corner"),
    ):
        with pytest.raises(MissingCase, match="deleted"):
            attempt()


def test_only_old_drafts_are_discarded(book, draft, marks):
    kept = saved(book, "Linde")
    assert book.discard_drafts(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert book.discard_drafts(datetime.now(UTC)) == 1
    assert book.of_film(FILM)[0].id == kept.id and len(book.of_film(FILM)) == 1


def test_the_model_changes_with_a_prediction_and_comes_back_with_undo(book, draft, marks):
    other = Model("other", None)
    case = book.commit(draft.id, draft.version, marks(1), "predict", other)
    assert case.model == other
    case = book.commit(case.id, case.version, marks(2), "move corner")
    assert case.model == other
    for _ in range(2):
        case = book.undo(case.id, case.version)
    assert case.model == MODEL

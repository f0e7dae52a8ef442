"""The pages Cases and Follow-up as a user meets them, on a case book of their own."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest
from test_pages import spine

from spine_models.core.radiograph import Radiograph
from spine_models.service.cases import CaseBook, CaseError, Model

APP = Path(__file__).parents[1] / "app.py"
MODEL = Model("gone_model", None)
SHAPE = (900, 400)
FILM = Radiograph(np.linspace(0, 1, 900 * 400, dtype=np.float32).reshape(SHAPE), "f" * 64)


@pytest.fixture(autouse=True)
def started(monkeypatch):
    """AppTest begins every run as if app.py had never run, which starts the page again and loses the click."""
    start = PagesManager.__init__

    def begin(self, *args, **more):
        start(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin)


@pytest.fixture
def book() -> CaseBook:
    return CaseBook()


def add(book, pseudonym="", film_date=None, bend=15.0, notes="", status="open", film=None, sha256="f" * 64):
    """A case whose largest angle is 2 * bend degrees; a draft without a pseudonym."""
    case = book.open_draft(sha256, SHAPE, spine(bend), MODEL)
    return book.save(case.id, case.version, pseudonym, film_date, notes, status, film) if pseudonym else case


def visit(page: str) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=30)
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def sentences(app: AppTest) -> str:
    return " ".join(part.value for part in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning])


def by_label(widgets, label: str):
    return next(widget for widget in widgets if widget.label == label)


def shown(app: AppTest) -> list[str]:
    """Ids of the cases on the page, in order."""
    return [button.key.removeprefix("open-") for button in app.button if button.key.startswith("open-")]


def test_an_empty_case_book_says_what_to_do_and_where_it_lies():
    app = visit("cases")
    assert "No case has been saved yet" in app.info[0].value
    assert "cases.sqlite" in sentences(app)


def test_a_case_is_listed_with_its_facts(book):
    add(book, "P-017", date(2024, 5, 2), bend=20, notes="brace *since* March")
    app = visit("cases")
    told = sentences(app)
    for fact in ("P\\-017", "film of 2024-05-02", "brace \\*since\\* March", "40.0°", "gone_model"):
        assert fact in told


def test_thumbnails_only_of_kept_films(book):
    add(book, "kept", film=FILM)
    assert len(visit("cases").image) == 1
    add(book, "unkept")
    app = visit("cases")
    assert len(app.image) == 1 and sentences(app).count("film not kept") == 1


def test_search_status_and_order(book):
    early = add(book, "beech", date(2022, 1, 1)).id
    late = add(book, "Ash", date(2024, 1, 1), notes="beech in the note", status="done").id
    draft = add(book).id
    app = visit("cases")
    assert shown(app) == [late, early]
    assert shown(app.selectbox(key="order").set_value("Film date, oldest first").run()) == [early, late]
    assert shown(app.selectbox(key="order").set_value("Pseudonym, A to Z").run()) == [late, early]
    assert shown(app.text_input(key="search").set_value("BEECH note").run()) == [late]
    assert shown(app.text_input(key="search").set_value("willow").run()) == []
    assert "use fewer words" in app.info[0].value
    app.text_input(key="search").set_value("").run()
    assert shown(app.segmented_control(key="shown").set_value("Done").run()) == [late]
    assert shown(app.segmented_control(key="shown").set_value("Drafts").run()) == [draft]


def test_the_last_page_survives_the_deletion_of_its_only_case(book):
    cases = [add(book, f"P-{number:02}").id for number in range(21)]
    app = visit("cases")
    app.selectbox(key="order").set_value("Pseudonym, A to Z").run()
    app.pagination[0].set_value(2).run()
    assert shown(app) == cases[20:]
    book.delete(cases[20])
    assert shown(app.run()) == cases[:20] and not app.exception


def test_what_is_written_about_a_case_can_be_changed(book):
    case = add(book, "P-017", date(2024, 5, 2))
    app = visit("cases")
    app.button(key=f"details-{case.id}").click().run()
    assert "No names" in sentences(app)
    by_label(app.text_input, "Pseudonym").set_value("P-018")
    by_label(app.date_input, "Date of the film").set_value(date(2024, 5, 3))
    by_label(app.text_area, "Notes").set_value("second look")
    by_label(app.checkbox, "This case is done").check()
    by_label(app.button, "Save").click().run()
    saved = book.load(case.id)
    assert (saved.pseudonym, saved.film_date, saved.notes) == ("P-018", date(2024, 5, 3), "second look")
    assert saved.status == "done"
    assert not app.text_area  # the dialog is closed


def test_another_windows_change_is_not_overwritten(book):
    case = add(book, "P-017")
    app = visit("cases")
    app.button(key=f"details-{case.id}").click().run()
    book.save(case.id, case.version, "P-017", None, "from the other window")
    by_label(app.text_area, "Notes").set_value("mine")
    by_label(app.button, "Save").click().run()
    assert "changed in another window" in app.error[0].value and not app.exception
    assert by_label(app.text_area, "Notes").value == "mine"
    assert book.load(case.id).notes == "from the other window"


def test_a_pseudonym_is_needed(book):
    case = add(book)
    app = visit("cases")
    app.segmented_control(key="shown").set_value("Drafts").run()
    app.button(key=f"details-{case.id}").click().run()
    by_label(app.button, "Save").click().run()
    assert "pseudonym of 1 to" in app.error[0].value
    by_label(app.text_input, "Pseudonym").set_value("P-1")
    by_label(app.button, "Save").click().run()
    assert book.load(case.id).status == "open" and shown(app) == []


def test_a_kept_film_can_be_given_up(book):
    case = add(book, "P-017", film=FILM)
    app = visit("cases")
    app.button(key=f"details-{case.id}").click().run()
    by_label(app.checkbox, "Keep the film").uncheck()
    by_label(app.button, "Save").click().run()
    assert book.film(case.id) is None and not book.load(case.id).film_kept


def test_a_film_that_is_not_at_hand_cannot_be_kept(book):
    case = add(book, "P-017")
    app = visit("cases")
    app.button(key=f"details-{case.id}").click().run()
    keep = by_label(app.checkbox, "Keep the film")
    assert keep.disabled and not keep.value


def test_deleting_is_confirmed_first(book):
    case = add(book, "P-017")
    app = visit("cases")
    app.button(key=f"delete-{case.id}").click().run()
    assert "final" in sentences(app)
    app.button(key="delete-cancel").click().run()
    assert shown(app) == [case.id]
    app.button(key=f"delete-{case.id}").click().run()
    app.button(key="delete-final").click().run()
    assert shown(app) == [] and not app.exception
    assert book.search().total == 0


def test_the_journal_says_what_and_when_and_whether_it_is_whole(book):
    case = add(book, "P-017")
    moved = book.commit(case.id, case.version, spine(20), "move corner")
    book.undo(case.id, moved.version)
    app = visit("cases")
    app.button(key=f"journal-{case.id}").click().run()
    steps = app.table[0].value
    back = ", landmarks as of step 1"
    assert list(steps["What"]) == [f"undo{back}", "move corner", f"save{back}", "open"]
    assert list(steps["Step"]) == ["4", "3", "2", "1"]
    assert "complete and unaltered" in sentences(app)


def test_a_case_is_opened_in_measure(book):
    case = add(book, "P-017", bend=20)
    app = visit("cases")
    app.button(key=f"open-{case.id}").click().run()
    assert not app.exception
    assert app.session_state.work.case.id == case.id and app.session_state.film is None


def test_a_case_deleted_elsewhere_is_a_sentence(book):
    case = add(book, "P-017")
    app = visit("cases")
    app.button(key=f"journal-{case.id}").click()
    book.delete(case.id)
    app.run()
    assert "not in the case book" in app.error[0].value and not app.exception


def test_a_database_that_fails_is_a_sentence(book, monkeypatch):
    def search(*_, **__):
        raise CaseError("The case book cannot be used: the disk is full.")

    monkeypatch.setattr(CaseBook, "search", search)
    for page in ("cases", "follow_up"):
        assert "disk is full" in visit(page).error[0].value


def test_follow_up_needs_two_films_of_one_pseudonym(book):
    add(book, "oak", date(2024, 1, 1))
    add(book, "ash", date(2024, 1, 1))
    app = visit("follow_up")
    assert "No pseudonym has two films yet" in app.info[0].value and not app.selectbox


def test_follow_up_shows_each_curve_over_the_films(book):
    add(book, "oak", date(2024, 1, 1), bend=15)
    add(book, "oak", date(2026, 1, 1), bend=19, film=FILM)
    add(book, "ash", date(2024, 1, 1))
    app = visit("follow_up")
    assert [option for option in app.selectbox(key="followed").options] == ["oak · 2 films"]
    change, angles = app.table[0].value, app.table[1].value
    assert list(change["Locked"]) == ["+8.0°", "+4.0°", "yes, 5° or more"]
    assert [cell.split(",")[0] for cell in angles["Free"]] == ["30.0°", "38.0°"]
    assert len(app.get("plotly_chart")) == 1 and len(app.get("bidi_component")) == 1


def test_follow_up_names_the_films_it_cannot_use(book):
    for film_date in (date(2024, 1, 1), None):
        add(book, "oak", film_date)
    assert "give it one" in visit("follow_up").warning[0].value


def test_follow_up_of_straight_spines_draws_no_chart(book):
    for year in (2024, 2025):
        add(book, "oak", date(year, 1, 1), bend=2)
    app = visit("follow_up")
    assert "no curve of 10°" in app.info[0].value and not app.get("plotly_chart")

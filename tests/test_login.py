"""Where the secrets ask for a login, no page is shown to whoever has not logged in."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from spine_models.ui import login

APP = Path(__file__).parents[1] / "app.py"
PAGES = [f"pages/{path.name}" for path in APP.parent.glob("pages/*.py")]
AUTH = {"redirect_uri": "http://localhost:8501/oauth2callback", "cookie_secret": "0" * 40, "client_id": "a",
        "client_secret": "b", "server_metadata_url": "https://login.invalid/.well-known/openid-configuration"}


@pytest.fixture
def visit(tmp_path, monkeypatch):
    """Function (page, None for the first one; user; auth) -> the page as that user meets it."""
    monkeypatch.setenv("SPINE_DATABASE_URL", f"sqlite:///{tmp_path / 'cases.sqlite'}")

    def visit(page: str | None, user: dict, auth: dict | None = AUTH) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        app.user = user
        if auth is not None:
            app.secrets["auth"] = auth
        return app.run().switch_page(page).run() if page else app.run()

    return visit


def closed(app: AppTest) -> bool:
    """Whether the login, and nothing else, is shown."""
    return [part.value for part in app.header] == ["Log in"] and len(app.button) == 1 and not (
        app.exception or app.selectbox or app.file_uploader or app.text_input or app.table or app.dataframe
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("user", [{}, {"is_logged_in": False}, {"email": "someone@example.org"}])
def test_no_page_without_a_login(visit, page, user):
    assert closed(visit(page, user))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_after_a_login_and_where_none_is_asked_for(visit, page):
    for app in (visit(page, {"is_logged_in": True, "email": "reader@example.org"}), visit(page, {}, auth=None)):
        assert not app.exception and not closed(app)
        assert "Log in" not in [part.value for part in app.header]


@pytest.mark.parametrize(("user", "inside"), [
    ({"email": "reader@example.org"}, True), ({"email": "Reader@Example.org", "email_verified": True}, True),
    ({"email": "stranger@example.org"}, False), ({"email": "reader@example.org", "email_verified": False}, False),
    ({}, False),
])
def test_only_who_is_named_may_use_the_server_where_it_names_any(visit, user, inside):
    app = visit(None, {"is_logged_in": True, **user}, AUTH | {"allowed": ["reader@example.org"]})
    assert bool(app.get("file_uploader")) == inside and not app.exception
    assert [error.value for error in app.error] == ([] if inside else [login.NOT_ALLOWED])


@pytest.mark.parametrize(("installed", "sentence"), [(False, login.NO_AUTHLIB), (True, login.BAD_SETTINGS)])
def test_a_login_that_cannot_work_says_why(monkeypatch, installed, sentence):
    def page():
        from spine_models.ui.login import go_to_provider

        go_to_provider()

    monkeypatch.setattr("streamlit.user_info.is_authlib_installed", lambda: installed)
    app = AppTest.from_function(page, default_timeout=60).run()  # without an [auth] section
    assert [error.value for error in app.error] == [sentence] and not app.exception


def test_secrets_that_cannot_be_read_close_the_app(visit, tmp_path, monkeypatch):
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    get_option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: [str(broken)] if name == "secrets.files" else get_option(name))
    app = visit(None, {}, auth=None)
    assert [error.value for error in app.error] == [login.UNREADABLE] and not app.button and not app.file_uploader

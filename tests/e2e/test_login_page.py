"""Streamlit's own login against a real OpenID Connect provider: who is named comes in, everybody else stays outside."""

import pytest
from conftest import App
from provider import CLIENT, SECRET, Provider

from spine_models.ui.login import NOT_ALLOWED

pytestmark = [pytest.mark.browser, pytest.mark.slow]
pytest.importorskip("authlib", reason="needs Authlib, as a server with a login does")

SETTINGS = """[auth]
redirect_uri = "http://localhost:{{port}}/oauth2callback"
cookie_secret = "0123456789abcdef0123456789abcdef"
client_id = "{client}"
client_secret = "{secret}"
server_metadata_url = "{address}/.well-known/openid-configuration"
allowed = ["reader@example.org"]
"""


def test_only_who_is_named_comes_in(visitor, tmp_path):
    provider = Provider()
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(
        SETTINGS.format(client=CLIENT, secret=SECRET, address=provider.address))
    app = App(tmp_path, HOME=str(tmp_path))
    app.start()
    try:
        for account, sign in ((None, "button"), ("stranger@example.org", "text"), ("reader@example.org", "film")):
            provider.account, page = account, visitor()
            page.goto(app.address)
            page.get_by_role("button", name="Log in").click()
            if sign == "film":
                page.get_by_test_id("stFileUploader").wait_for()
                page.get_by_text(account).wait_for()
                continue
            if sign == "text":
                page.get_by_text(NOT_ALLOWED).wait_for()
            else:
                page.wait_for_url(f"{app.address}/")
                page.get_by_role("button", name="Log in").wait_for()
            for path in ("cases", "batch"):
                page.goto(f"{app.address}/{path}")
                closed = page.get_by_text(NOT_ALLOWED), page.get_by_role("button", name="Log in")
                closed[sign == "button"].wait_for()
                assert page.get_by_test_id("stFileUploader").count() == page.get_by_test_id("stTextInput").count() == 0
    finally:
        app.stop()
        provider.stop()

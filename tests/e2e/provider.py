"""A small OpenID Connect provider on this computer, which lets in whoever is named in ``account``."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

CLIENT, SECRET = "spine", "not-a-secret"


class Provider:
    """account: e-mail address of whoever sits at the browser; None for somebody whom the provider refuses."""

    def __init__(self) -> None:
        from joserfc.jwk import RSAKey

        self.account: str | None = None
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._nonces: dict[str, tuple[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def metadata(self) -> dict:
        return {"issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"]}

    def answer(self, asked: dict[str, str]) -> str:
        """Where the browser goes after the login page."""
        if self.account is None:
            said = {"error": "access_denied", "error_description": "Not one of us"}
        else:
            code = f"code-{len(self._nonces)}"
            self._nonces[code] = asked.get("nonce", ""), self.account
            said = {"code": code}
        return f"{asked['redirect_uri']}?{urlencode(said | {'state': asked['state']})}"

    def token(self, code: str) -> dict:
        from joserfc import jwt

        nonce, email = self._nonces.pop(code)
        now = int(time.time())
        claims = {"iss": self.address, "sub": email, "aud": CLIENT, "iat": now, "exp": now + 600, "nonce": nonce,
                  "email": email}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)
        return {"access_token": "unused", "token_type": "Bearer", "expires_in": 600, "id_token": signed}

    def _handler(provider) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
                if self.path.startswith("/authorize"):
                    self.send_response(302)
                    self.send_header("Location", provider.answer(asked))
                    self.end_headers()
                else:
                    keys = {"keys": [provider.key.as_dict(private=False)]}
                    self._send(keys if self.path == "/keys" else provider.metadata())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._send(provider.token(form["code"][0]))

            def _send(self, data: dict) -> None:
                body = json.dumps(data).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler

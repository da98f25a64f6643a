"""A CI provider on this machine: signs tokens of jobs as GitHub Actions does, and shows its keys."""

import json
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from receiver import respond

DISCOVERY = "/.well-known/openid-configuration"


@cache
def rsa_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Make a key; the same name gives the same key, for making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def public(key: Any, kid: str, **more: str) -> dict[str, Any]:
    algorithm = jwt.get_algorithm_by_name("RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256")
    return json.loads(algorithm.to_jwk(key.public_key())) | {"kid": kid} | more  # type: ignore[attr-defined]


class Issuer:
    """Serves its discovery document, its keys, and what a job of GitHub Actions asks for its token."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.keys = [public(rsa_key("one"), "one")]
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.documents: dict[str, Any] = {DISCOVERY: {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}}
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, audience: object, key: Any = None, *, kid: str = "one", alg: str = "RS256", **claims: Any) -> str:
        """Sign what a job says; claims that are None are left out."""
        now = int(time.time())
        said = {
            "iss": self.url,
            "aud": audience,
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "jti": f"{time.monotonic_ns()}",
            "sub": "repo:acme/training:ref:refs/heads/main",
            "repository": "acme/training",
            "ref": "refs/heads/main",
        }
        payload = {name: value for name, value in (said | claims).items() if value is not None}
        return jwt.encode(payload, rsa_key("one") if key is None else key, alg, headers={"kid": kid})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                issuer.asked.append(path)
                if path == "/job":  # as the runner of GitHub Actions answers
                    from urllib.parse import parse_qs

                    found: Any = {"value": issuer.token(parse_qs(query)["audience"][0])}
                else:
                    found = {"keys": issuer.keys} if path == "/keys" else issuer.documents.get(path)
                respond(self, 200 if found else 404, json.dumps(found).encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler

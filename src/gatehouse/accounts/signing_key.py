"""The key by which apps know that an ID token is ours. Lost, another is made: those tokens live for minutes."""

import functools
import hashlib
import json
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

from gatehouse.storage.disk import write_once

ALGORITHM = "RS256"  # the one that every client of OpenID Connect has to know


def sign(claims: dict[str, object]) -> str:
    key, public = _keys(Path(settings.DATA))
    return jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": public["kid"]})


def public_key() -> dict[str, str]:
    """Give the public half as a JSON Web Key (RFC 7517)."""
    return _keys(Path(settings.DATA))[1]


@functools.lru_cache(maxsize=1)
def _keys(data: Path) -> tuple[rsa.RSAPrivateKey, dict[str, str]]:
    path = data / "signing-key.pem"
    if not path.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_once(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} is no RSA key")
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    thumbprint = json.dumps({name: public[name] for name in ("e", "kty", "n")}, separators=(",", ":"))  # RFC 7638
    kid = hashlib.sha256(thumbprint.encode()).hexdigest()[:16]
    return key, {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": kid, "use": "sig", "alg": ALGORITHM}

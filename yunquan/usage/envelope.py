"""The envelope of the pull interface: records under AES-GCM, the AES key under the platform's RSA key.

What stands where, byte by byte, is in docs/pull-interface.md. The supplier's side is in
examples/supplier_endpoint; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "1"
BITS = 3072
NONCE, TAG = 12, 16
OAEP = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)


class BadAnswer(Exception):
    """An answer that can't be taken; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class PullKey:
    """The platform's key pair."""

    private: rsa.RSAPrivateKey

    @property
    def public_der(self) -> bytes:
        """The public key as SubjectPublicKeyInfo in DER."""
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    @property
    def header(self) -> str:
        """What stands in the request's header: the DER in base64."""
        return base64.b64encode(self.public_der).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """By what a supplier knows the platform's key: SHA-256 of the DER, in hex."""
        return hashlib.sha256(self.public_der).hexdigest()


def key_of(place: Path) -> PullKey:
    """The key pair kept in a file, made at the first call; nobody else may read it (0600)."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            _write_new(place)
    found = serialization.load_pem_private_key(place.read_bytes(), password=None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return PullKey(found)


def rotate(place: Path) -> PullKey:
    """Put a new key pair in the place of the old one, which is gone for good."""
    beside = place.with_name(f"{place.name}.new")
    beside.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    _write_new(beside)
    os.replace(beside, place)
    return key_of(place)


def _write_new(place: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    scratch = place.with_name(f".{place.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        os.link(scratch, place)  # Fails where another process was quicker, and never shows half a key.
    finally:
        scratch.unlink(missing_ok=True)


def bound_to(user_id: str, start: str, end: str) -> bytes:
    """What the cipher is bound to: an answer to another request doesn't open."""
    return "\n".join(("yunquan-pull-1", user_id, start, end)).encode("utf-8")


def opened(answer: bytes, key: PullKey, *, user_id: str, start: str, end: str) -> bytes:
    """The records out of an answer; raises BadAnswer with the reason."""
    try:
        said = json.loads(answer.decode("utf-8"))
    except (ValueError, RecursionError):
        raise BadAnswer("应答不是完整的 UTF-8 JSON，可能中途断开") from None
    if not isinstance(said, dict):
        raise BadAnswer("应答不是 JSON 对象")
    if said.get("version") != VERSION:
        raise BadAnswer(f"应答的 version 应为“{VERSION}”")
    if said.get("fingerprint") != key.fingerprint:
        raise BadAnswer("应答不是用本次请求的平台公钥加密的（fingerprint 不符）")
    wrapped, nonce, sealed = (_bytes(said, name) for name in ("key", "nonce", "data"))
    if len(nonce) != NONCE or len(sealed) < TAG:
        raise BadAnswer("应答的 nonce 应为 12 字节，data 至少 16 字节")
    try:
        secret = key.private.decrypt(wrapped, OAEP)
    except ValueError:
        raise BadAnswer("AES 密钥不能用平台私钥解开（应为 RSA-OAEP，SHA-256）") from None
    if len(secret) != 32:
        raise BadAnswer("AES 密钥应为 32 字节")
    try:
        return AESGCM(secret).decrypt(nonce, sealed, bound_to(user_id, start, end))
    except InvalidTag:
        raise BadAnswer("密文被改动、不完整，或不是对本次用户标识和起止时间的应答") from None


def _bytes(said: dict[str, Any], name: str) -> bytes:
    text = said.get(name)
    if not isinstance(text, str):
        raise BadAnswer(f"应答缺少 {name}")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadAnswer(f"应答的 {name} 不是 base64") from None

"""One byte form for every structure that is hashed: RFC 8785 without floats and nulls."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_INTEGER = 2**53 - 1
_WRITE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


class CanonicalError(ValueError):
    """The structure holds something that has no canonical form."""


def canonical_json(thing: Any) -> bytes:
    """Write a structure as canonical JSON: keys by UTF-16, strings in NFC, no spaces, UTF-8.

    Objects, arrays, strings, booleans and whole numbers below 2^53 only; raises CanonicalError.

    >>> canonical_json({"b": [1, True], "a": "云"}).decode()
    '{"a":"云","b":[1,true]}'
    """
    try:
        return _WRITE(_plain(thing, "$")).encode("utf-8")
    except UnicodeEncodeError:
        raise CanonicalError("$: 文字中有不成对的代理字符") from None


def content_hash(thing: Any) -> str:
    """Give the SHA-256 of a structure's canonical form, in lower-case hex."""
    return hashlib.sha256(canonical_json(thing)).hexdigest()


def _plain(thing: Any, path: str) -> Any:
    """The structure with plain types, texts in NFC and keys in order, so that it is written as it stands."""
    if isinstance(thing, str):
        # Most keys and values are ASCII, which is in NFC as it stands.
        return thing if type(thing) is str and thing.isascii() else unicodedata.normalize("NFC", str(thing))
    if thing is True or thing is False:
        return thing
    if isinstance(thing, int):
        if abs(thing) > LARGEST_INTEGER:
            raise CanonicalError(f"{path}: 整数超出 2^53 的范围")
        return int(thing)
    if isinstance(thing, Mapping):
        return _object(thing, path)
    if isinstance(thing, Sequence) and not isinstance(thing, bytes | bytearray | memoryview):
        return [_plain(part, f"{path}[{place}]") for place, part in enumerate(thing)]
    raise CanonicalError(f"{path}: 不能写成规范 JSON 的类型 {type(thing).__name__}")


def _object(thing: Mapping[Any, Any], path: str) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for key, part in thing.items():
        if not isinstance(key, str):
            raise CanonicalError(f"{path}: 对象的键必须是文字，而不是 {type(key).__name__}")
        name = _plain(key, path)
        if name in named:
            raise CanonicalError(f"{path}: 键“{name}”规范化后重复")
        named[name] = _plain(part, f"{path}.{name}")
    # RFC 8785 sorts by UTF-16 code units, which differs from code points above the basic plane.
    order = sorted(named) if all(map(str.isascii, named)) else sorted(named, key=_utf16)
    return {name: named[name] for name in order}


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be")

"""One byte form for every structure that is hashed: RFC 8785 without floats and nulls."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_INTEGER = 2**53 - 1


class CanonicalError(ValueError):
    """The structure holds something that has no canonical form."""


def canonical_json(thing: Any) -> bytes:
    """Write a structure as canonical JSON: keys by UTF-16, strings in NFC, no spaces, UTF-8.

    Objects, arrays, strings, booleans and whole numbers below 2^53 only; raises CanonicalError.

    >>> canonical_json({"b": [1, True], "a": "云"}).decode()
    '{"a":"云","b":[1,true]}'
    """
    return "".join(_written(thing, "$")).encode("utf-8")


def content_hash(thing: Any) -> str:
    """Give the SHA-256 of a structure's canonical form, in lower-case hex."""
    return hashlib.sha256(canonical_json(thing)).hexdigest()


def _written(thing: Any, path: str) -> list[str]:
    if thing is True:
        return ["true"]
    if thing is False:
        return ["false"]
    if isinstance(thing, str):
        return [_text(thing, path)]
    if isinstance(thing, int):
        if abs(thing) > LARGEST_INTEGER:
            raise CanonicalError(f"{path}: 整数超出 2^53 的范围")
        return [str(int(thing))]
    if isinstance(thing, Mapping):
        return _object(thing, path)
    if isinstance(thing, Sequence) and not isinstance(thing, bytes | bytearray | memoryview):
        pieces = ["["]
        for place, part in enumerate(thing):
            if place:
                pieces.append(",")
            pieces += _written(part, f"{path}[{place}]")
        return [*pieces, "]"]
    raise CanonicalError(f"{path}: 不能写成规范 JSON 的类型 {type(thing).__name__}")


def _object(thing: Mapping[Any, Any], path: str) -> list[str]:
    named: dict[str, Any] = {}
    for key, part in thing.items():
        if not isinstance(key, str):
            raise CanonicalError(f"{path}: 对象的键必须是文字，而不是 {type(key).__name__}")
        name = unicodedata.normalize("NFC", key)
        if name in named:
            raise CanonicalError(f"{path}: 键“{name}”规范化后重复")
        named[name] = part
    pieces = ["{"]
    # RFC 8785 sorts by UTF-16 code units, which differs from code points above the basic plane.
    for place, name in enumerate(sorted(named, key=lambda name: _utf16(name, path))):
        if place:
            pieces.append(",")
        pieces += [_text(name, path), ":", *_written(named[name], f"{path}.{name}")]
    return [*pieces, "}"]


def _utf16(name: str, path: str) -> bytes:
    _text(name, path)
    return name.encode("utf-16-be")


def _text(text: str, path: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise CanonicalError(f"{path}: 文字中有不成对的代理字符") from None
    return json.dumps(unicodedata.normalize("NFC", str(text)), ensure_ascii=False)

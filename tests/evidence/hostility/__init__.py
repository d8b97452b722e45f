"""Hostile and broken files of each form, made on demand; `tests.evidence.hostile` is the corpus."""

from __future__ import annotations

import random

File = tuple[str, bytes]


def cut(name: str, content: bytes, parts: int) -> list[File]:
    """A file cut off at several places, as an upload that breaks leaves it."""
    stem, _, ending = name.rpartition(".")
    return [
        (f"{stem}-cut{place}.{ending}", content[: max(1, len(content) * place // (parts + 1))])
        for place in range(1, parts + 1)
    ]


def flipped(name: str, content: bytes, times: int, *, seed: int = 7) -> list[File]:
    """A file with bytes changed at random, always the same ones."""
    stem, _, ending = name.rpartition(".")
    chance = random.Random(seed)
    made = []
    for place in range(times):
        changed = bytearray(content)
        for _ in range(1 + place * 4):
            changed[chance.randrange(8, len(changed))] = chance.randrange(256)
        made.append((f"{stem}-flip{place}.{ending}", bytes(changed)))
    return made

"""The tree over the log's entries, as RFC 6962 builds it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def _hash(algorithm: str, *parts: bytes) -> bytes:
    digest = hashlib.new(algorithm)
    for part in parts:
        digest.update(part)
    return digest.digest()


def leaf_hash(entry: bytes, algorithm: str = "sha256") -> bytes:
    """Hash one entry as a leaf: HASH(0x00 || entry)."""
    return _hash(algorithm, b"\x00", entry)


def node_hash(left: bytes, right: bytes, algorithm: str = "sha256") -> bytes:
    """Hash two subtrees into their parent: HASH(0x01 || left || right)."""
    return _hash(algorithm, b"\x01", left, right)


def tree_root(entries: Iterable[bytes], algorithm: str = "sha256") -> bytes:
    """Give the root over whole entries, in their order; the empty tree's root is HASH of nothing."""
    return root_of_leaf_hashes((leaf_hash(entry, algorithm) for entry in entries), algorithm)


def root_of_leaf_hashes(leaves: Iterable[bytes], algorithm: str = "sha256") -> bytes:
    """Give the root over leaf hashes that are already at hand, as the log keeps them."""
    # Complete subtrees wait on a stack with their sizes and merge as soon as two are equal.
    waiting: list[tuple[int, bytes]] = []
    for leaf in leaves:
        size, top = 1, leaf
        while waiting and waiting[-1][0] == size:
            top = node_hash(waiting.pop()[1], top, algorithm)
            size *= 2
        waiting.append((size, top))
    if not waiting:
        return _hash(algorithm)
    root = waiting.pop()[1]
    while waiting:
        root = node_hash(waiting.pop()[1], root, algorithm)
    return root

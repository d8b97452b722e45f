from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.merkle import leaf_hash, node_hash, root_of_leaf_hashes, tree_root

PUBLISHED = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]


def test_the_eight_published_leaves_give_the_published_root() -> None:
    root = tree_root(bytes.fromhex(leaf) for leaf in PUBLISHED)
    assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert tree_root([]) == hashlib.sha256(b"").digest()


def _by_definition(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(_by_definition(leaves[:split]), _by_definition(leaves[split:]))


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_the_root_is_that_of_the_recursive_definition(leaves: list[bytes]) -> None:
    assert tree_root(leaves) == _by_definition(leaves)
    assert root_of_leaf_hashes(map(leaf_hash, leaves)) == tree_root(leaves)

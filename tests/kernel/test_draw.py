"""The draw `sd-draw/1`: the known answer of its document, and what must hold for every draw."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.kernel.draw import DrawError, Expert, Item, Outcome

ITEMS = [
    Item(f"V{i:03}", "汕尾" if i % 3 == 0 else "深圳", 4 if i in (5, 7) else 1, i == 11) for i in range(1, 13)
]
PARAMS = {
    "alg": "sha256", "den": 5, "draw_id": "2019-H2-01",
    "entropy": ["drand-quicknet:1000", "ssq:2020045"], "num": 1, "wmax": 64,
}  # fmt: skip
SECRETS = {
    "audit": bytes(range(0x40, 0x60)),
    "city": bytes(range(0x20, 0x40)),
    "province": bytes(range(0x20)),
}
VALUES = {
    "drand-quicknet:1000": "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    "ssq:2020045": "02,05,11,17,25,33+08",
}
SEED = "e69d4d2ce26e618c771efbbd59538b40a8cb138ddf47e3f7a37e9f00aaee091f"


def known_seed(**changed: object) -> bytes:
    asked = {
        "alg": "sha256", "population": draw.population_bytes(ITEMS), "params": canonical_json(PARAMS),
        "entropy": VALUES, "secrets": SECRETS, **changed,
    }  # fmt: skip
    return draw.seed_of(**asked)  # type: ignore[arg-type]


@pytest.mark.clause("D1")
def test_the_known_answer_comes_out_to_the_byte() -> None:
    population = draw.population_bytes(ITEMS)
    assert (
        hashlib.sha256(population).hexdigest()
        == "0f04d8b5e6dd6a3eabe72ef070309a10302b20ec248afffd91505f5504bf8884"
    )
    made = draw.commitment(
        alg="sha256", draw_id="2019-H2-01", custodian="province", secret=SECRETS["province"]
    )
    assert made.hex() == "83feceb7bb824ab7156f8b77a4a15a43f764491c4776fc114b6fdce4781e37ec"
    seed = known_seed()
    assert seed.hex() == SEED
    placed = draw.placed(draw.draw(ITEMS, alg="sha256", seed=seed, num=1, den=5))
    assert [(one.stratum, str(one.outcome), one.rank, one.ref) for one in placed] == [
        ("汕尾", "drawn", 1, "V003"), ("汕尾", "reserve", 2, "V006"), ("汕尾", "reserve", 3, "V009"),
        ("汕尾", "reserve", 4, "V012"), ("深圳", "mandatory", 0, "V011"), ("深圳", "drawn", 1, "V007"),
        ("深圳", "drawn", 2, "V005"), ("深圳", "reserve", 3, "V001"), ("深圳", "reserve", 4, "V008"),
        ("深圳", "reserve", 5, "V002"), ("深圳", "reserve", 6, "V010"), ("深圳", "reserve", 7, "V004"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"secrets": {name: secret for name, secret in SECRETS.items() if name != "city"}},
        {"secrets": {**SECRETS, "city": bytes(32)}},
        {"entropy": {**VALUES, "ssq:2020045": "02,05,11,17,25,33+09"}},
        {"params": canonical_json({**PARAMS, "num": 2})},
        {"population": draw.population_bytes(ITEMS[1:])},
        {"alg": "sm3"},
    ],
    ids=["a reveal missing", "a secret", "a value", "params", "population", "algorithm"],
)
def test_whatever_goes_into_the_seed_changes_it(changed: dict[str, object]) -> None:
    assert known_seed(**changed).hex() != SEED


@pytest.mark.parametrize("lacking", ["secrets", "entropy"])
def test_no_seed_without_a_secret_or_without_a_public_value(lacking: str) -> None:
    with pytest.raises(DrawError, match="至少"):
        known_seed(**{lacking: {}})


def test_sm3_gives_the_two_digests_of_the_standard() -> None:
    assert draw.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert draw.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    assert draw.HASHES["sm3"](b"abc") == draw.sm3(b"abc")


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="OpenSSL has no SM3 here")
@given(st.binary(max_size=300))
def test_our_sm3_is_that_of_openssl(message: bytes) -> None:
    assert draw.sm3(message) == hashlib.new("sm3", message).digest()


def test_without_an_sm3_of_openssl_ours_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw._quick_sm3()(b"abc").digest() == draw.sm3(b"abc")

    def unknown(name: str, *_rest: object) -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", unknown)
    assert draw._quick_sm3()(b"abc").digest().hex().startswith("66c7f0f462eeedd9")


words = st.text(alphabet='AZ09云券深圳é\U00020000\ue000"\\', min_size=1, max_size=4)
populations = st.dictionaries(
    words,
    st.tuples(st.sampled_from(["甲", "乙", "丙"]), st.integers(1, 64), st.booleans()),
    min_size=1,
    max_size=30,
).map(lambda found: [Item(ref, *rest) for ref, rest in found.items()])
shares = st.tuples(st.integers(1, 12), st.integers(1, 12)).filter(lambda share: share[0] <= share[1])


@pytest.mark.clause("D2")
@given(populations, shares, st.binary(min_size=32, max_size=32), st.sampled_from(["sha256", "sm3"]))
def test_everyone_is_placed_once_and_enough_are_drawn(
    items: list[Item], share: tuple[int, int], seed: bytes, alg: str
) -> None:
    num, den = share
    placed = list(draw.placed(draw.draw(items, alg=alg, seed=seed, num=num, den=den)))
    assert Counter((one.ref, one.stratum) for one in placed) == Counter(
        (one.ref, one.stratum) for one in items
    )
    assert {one.ref for one in placed if one.outcome == Outcome.MANDATORY} == {
        one.ref for one in items if one.mandatory
    }
    for stratum in {one.stratum for one in items}:
        inside = [one for one in placed if one.stratum == stratum]
        free = [one for one in inside if one.outcome != Outcome.MANDATORY]
        drawn = [one for one in free if one.outcome == Outcome.DRAWN]
        # n ≥ N × share, or all there are; one fewer would be too few.
        assert len(drawn) * den >= len(inside) * num or len(drawn) == len(free)
        assert (len(drawn) - 1) * den < len(inside) * num
        assert [one.rank for one in free] == list(range(1, len(free) + 1))
        assert free[: len(drawn)] == drawn


@given(populations, st.randoms(use_true_random=False))
def test_the_order_in_which_items_come_changes_nothing(items: list[Item], dice: random.Random) -> None:
    shuffled = dice.sample(items, len(items))
    assert draw.population_bytes(shuffled) == draw.population_bytes(items)
    first, second = (
        draw.draw(some, alg="sha256", seed=b"s" * 32, num=1, den=5) for some in (items, shuffled)
    )
    assert first == second


@given(populations)
def test_the_lines_are_canonical_json_in_the_order_of_bytes(items: list[Item]) -> None:
    lines = draw.population_bytes(items).splitlines(keepends=True)
    ordered = sorted(items, key=lambda item: item.ref.encode())
    fields = ("mandatory", "ref", "stratum", "weight")
    assert lines == [
        canonical_json({name: getattr(item, name) for name in fields}) + b"\n" for item in ordered
    ]
    strata = draw.draw(items, alg="sha256", seed=b"s" * 32, num=1, den=5)
    assert draw.result_bytes(strata) == b"".join(
        canonical_json(
            {"outcome": str(one.outcome), "rank": one.rank, "ref": one.ref, "stratum": one.stratum}
        )
        + b"\n"
        for one in draw.placed(strata)
    )


def test_a_reference_that_is_not_in_nfc_makes_no_population() -> None:
    with pytest.raises(DrawError, match="NFC"):
        draw.population_bytes([Item("e\u0301", "甲")])


def test_the_key_is_the_smallest_of_one_ticket_per_unit_of_weight() -> None:
    tickets = [draw.tagged("sha256", "ticket", b"seed", b"V1", j.to_bytes(2, "big")) for j in range(64)]
    for weight in (1, 2, 17, 64):
        assert draw.key_of(alg="sha256", seed=b"seed", ref="V1", weight=weight) == min(tickets[:weight])


def test_chance_is_proportional_to_weight() -> None:
    """Over 8,000 seeds each of weights 1, 2 and 5 comes first 1, 2 and 5 times in 8, within four deviations."""
    items, rounds = [Item("A", "甲", 1), Item("B", "甲", 2), Item("C", "甲", 5)], 8000
    first: Counter[str] = Counter()
    second_after_c: Counter[str] = Counter()
    for number in range(rounds):
        seed = hashlib.sha256(number.to_bytes(4, "big")).digest()
        (order,) = (one.ranking for one in draw.draw(items, alg="sha256", seed=seed, num=1, den=3))
        first[order[0]] += 1
        if order[0] == "C":
            second_after_c[order[1]] += 1
    for ref, weight in (("A", 1), ("B", 2), ("C", 5)):
        p = weight / 8
        assert abs(first[ref] - rounds * p) < 4 * (rounds * p * (1 - p)) ** 0.5
    # Successive sampling: once C is gone, the rest share the chance by their weights again.
    left = first["C"]
    assert abs(second_after_c["A"] - left / 3) < 4 * (left * 2 / 9) ** 0.5


@pytest.mark.parametrize(
    ("total", "eligible", "num", "den", "n"),
    [(1, 1, 1, 5, 1), (5, 5, 1, 5, 1), (6, 6, 1, 5, 2), (10, 1, 1, 2, 1), (10, 0, 1, 5, 0), (7, 7, 1, 1, 7)],
)
def test_how_many_are_drawn(total: int, eligible: int, num: int, den: int, n: int) -> None:
    assert draw.asked(total=total, eligible=eligible, num=num, den=den) == n


def test_a_blinded_reference_tells_nothing_without_its_salt() -> None:
    one = draw.blinded(alg="sha256", salt=b"salt", number="GD2018-000001")
    assert len(one) == 20
    assert set(one) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert one != draw.blinded(alg="sha256", salt=b"pepper", number="GD2018-000001")


EXPERTS = [
    Expert("E1", frozenset({"设备"})),
    Expert("E2", frozenset({"设备"}), conflicts=frozenset({"V001"})),
    Expert("E3", frozenset({"设备", "财务"})),
    Expert("E4", frozenset({"财务"})),
    Expert("E5", frozenset({"设备"}), room=0),
    Expert("E6", frozenset({"设备"})),
]


@pytest.mark.clause("D2")
def test_experts_come_from_the_seed_without_conflicts_and_full_load() -> None:
    seed = bytes.fromhex(SEED)
    order = draw.expert_order(EXPERTS, alg="sha256", seed=seed, ref="V001", speciality="设备")
    assert {one.expert for one in order} == {"E1", "E3", "E6"}
    keys = [draw.tagged("sha256", "expert", seed, b"V001", one.expert.encode()) for one in order]
    assert keys == sorted(keys)
    reversed_order = draw.expert_order(EXPERTS[::-1], alg="sha256", seed=seed, ref="V001", speciality="设备")
    assert reversed_order == order
    chosen = draw.panel(EXPERTS, alg="sha256", seed=seed, ref="V001", speciality="设备", needed=2)
    assert chosen == order[:2]
    assert "E2" in {
        one.expert
        for one in draw.expert_order(EXPERTS, alg="sha256", seed=seed, ref="V002", speciality="设备")
    }


def test_too_few_experts_is_a_loud_failure() -> None:
    with pytest.raises(DrawError, match="只剩 3 名"):
        draw.panel(EXPERTS, alg="sha256", seed=b"s", ref="V001", speciality="设备", needed=4)

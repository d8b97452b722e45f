"""Computed hints of related parties: what coincides is said, what is common to many says nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan.evidence.relations import (
    MOST_SHARING,
    Holder,
    Profile,
    disclosure,
    hints,
    normalise_address,
    normalise_login,
    normalise_telephone,
    relations,
)

ONE = Profile(
    key="enterprise:1",
    name="示例五金制品有限公司",
    representative=Holder(name="某甲", identity="d1"),
    shareholders=[Holder(name="某甲", identity="d1"), Holder(name="某乙", identity="d2")],
    addresses=["广东省东莞市松山湖科技十路2号3栋501室"],
    telephones=["0769-22001234"],
    accounts=["6222 0000 1111 2222"],
    devices=["device-abc-1"],
    logins=["120.80.1.9", "192.168.0.3"],
)
OTHER = Profile(
    key="supplier:2",
    name="样板云科技有限公司",
    representative=Holder(name="某丙", identity="d3"),
    shareholders=[Holder(name="某丁", identity="d4")],
    addresses=["广州市天河区示例路9号"],
    telephones=["020-88880000"],
    accounts=["6222 0000 3333 4444"],
    devices=["device-xyz-9"],
    logins=["14.20.3.4", "192.168.0.3"],
)


def kinds(one: Profile, other: Profile) -> set[tuple[str, str]]:
    """Kind and strength of every hint."""
    return {(hint.kind, hint.strength) for hint in hints(one, other)}


def test_strangers_have_nothing_in_common() -> None:
    assert hints(ONE, OTHER) == () and relations([ONE, OTHER]) == []


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"representative": Holder(name="某甲", identity="d1")}, ("representative", "strong")),
        ({"shareholders": [Holder(name="某乙", identity="d2")]}, ("shareholder", "strong")),
        ({"shareholders": [Holder(name="示例五金制品有限公司")]}, ("owner_of", "strong")),
        ({"shareholders": [Holder(name="某甲", identity="d1")]}, ("representative_holds", "strong")),
        ({"addresses": ["东莞市松山湖 科技十路２号３幢五〇一"]}, ("address", "strong")),
        ({"addresses": ["东莞市松山湖科技十路2号4栋202"]}, ("building", "weak")),
        ({"telephones": ["+86 769 2200 1234"]}, ("telephone", "strong")),
        ({"accounts": ["6222000011112222"]}, ("account", "strong")),
        ({"devices": ["device-abc-1"]}, ("device", "strong")),
        ({"logins": ["120.80.1.9"]}, ("login", "weak")),
    ],
)
def test_each_thing_that_coincides_is_a_hint_found_with_and_without_the_index(
    changed: dict[str, object], hint: tuple[str, str]
) -> None:
    other = replace(OTHER, **changed)
    assert hint in kinds(ONE, other)
    (relation,) = relations([ONE, other])
    assert relation.hints == hints(ONE, other)


def test_the_same_name_without_an_identity_is_weak_and_another_identity_is_another_person() -> None:
    named = replace(ONE, representative=Holder(name="某丙"), shareholders=[])
    assert kinds(named, replace(OTHER, representative=Holder(name="某丙"))) == {("representative", "weak")}
    assert kinds(ONE, replace(OTHER, representative=Holder(name="某甲", identity="d9"))) == set()


def test_numbers_are_shown_masked() -> None:
    other = replace(OTHER, telephones=ONE.telephones, accounts=ONE.accounts, devices=ONE.devices)
    shown = " ".join(hint.message for hint in hints(ONE, other))
    assert "22001234" not in shown and "6222" not in shown and "2222" in shown


def test_a_private_network_ties_nobody_together() -> None:
    assert normalise_login("192.168.0.3") == normalise_login("nonsense") == normalise_login("127.0.0.1") == ""
    assert normalise_login("2408:8256::1") == normalise_login("2408:8256::2") != ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("广东省东莞市示例路12号2楼", "东莞市示例路十二号二层", True),
        ("东莞市示例路12号A座301室", "东莞市示例路12号Ａ栋301", True),
        ("东莞市示例路12号301室", "东莞市示例路12号302室", False),
        ("东莞市示例路12号", "东莞市示例路112号", False),
    ],
)
def test_addresses_are_compared_without_their_looks(one: str, other: str, same: bool) -> None:
    assert (normalise_address(one)[0] == normalise_address(other)[0]) is same


def test_an_address_without_a_number_is_no_address() -> None:
    assert normalise_address("东莞市松山湖") == ("", "")


@pytest.mark.parametrize(("written", "plain"), [("12345", ""), ("0086 13800001234", "13800001234"), ("", "")])
def test_telephones_without_country_and_extension(written: str, plain: str) -> None:
    assert normalise_telephone(written) == plain


def test_the_address_of_a_park_makes_no_pair_but_a_telephone_beside_it_does() -> None:
    park = ["东莞市示例园区1号1栋101"]
    firms = [
        Profile(key=f"e{n}", name=f"示例{n}有限公司", addresses=park, telephones=[f"0769-2200{n:04d}"])
        for n in range(MOST_SHARING + 1)
    ]
    assert relations(firms) == []
    firms[3] = replace(firms[3], telephones=firms[7].telephones)
    (relation,) = relations(firms)
    assert {relation.one, relation.other} == {"e3", "e7"}
    assert [hint.kind for hint in relation.hints] == ["telephone"]
    # The control: one firm fewer, and the address counts.
    assert len(relations(firms[:MOST_SHARING])) == MOST_SHARING * (MOST_SHARING - 1) // 2


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_the_index_finds_what_comparing_every_pair_finds(seed: int) -> None:
    chance = random.Random(seed)
    firms = [
        Profile(
            key=f"k{n}",
            name=f"示例{n}有限公司",
            representative=Holder(name=chance.choice("甲乙丙丁戊"), identity=chance.choice(("", "x", "y"))),
            shareholders=[Holder(name=chance.choice(("甲", "己", "示例1有限公司")))],
            telephones=[f"0769-2200000{chance.randint(0, 9)}"],
            logins=[f"120.80.1.{chance.randint(1, 9)}"],
        )
        for n in range(8)
    ]
    plain = {(a.key, b.key): hints(a, b) for a, b in combinations(firms, 2) if hints(a, b)}
    assert {(one.one, one.other): one.hints for one in relations(firms)} == plain
    assert all(hints(a, b) == hints(b, a) for a, b in combinations(firms, 2))


@pytest.mark.parametrize(
    ("enterprise", "supplier", "related", "reviewers", "standing", "second"),
    [
        (True, True, False, 2, "declared", True),
        (True, True, True, 1, "declared", False),
        (True, False, False, 2, "one_sided", True),
        (False, True, False, 1, "one_sided", False),
        (False, False, True, 3, "undisclosed", True),
        (False, False, False, 3, "none", False),
    ],
)
def test_declarations_beside_hints(
    enterprise: bool, supplier: bool, related: bool, reviewers: int, standing: str, second: bool
) -> None:
    found = hints(ONE, replace(OTHER, accounts=ONE.accounts)) if related else ()
    told = disclosure(
        enterprise_declares=enterprise, supplier_declares=supplier, found=found, reviewers=reviewers
    )
    assert (told.standing, told.second_reviewer, told.article) == (standing, second, "D47-5.23")


def test_a_weak_hint_alone_asks_for_no_second_reviewer() -> None:
    found = hints(ONE, replace(OTHER, logins=["120.80.1.9"]))
    told = disclosure(enterprise_declares=False, supplier_declares=False, found=found, reviewers=2)
    assert told.standing == "hinted" and not told.second_reviewer

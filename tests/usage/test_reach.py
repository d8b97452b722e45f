"""Coverage by operator and city: what an operator that delivered nothing would have shown is never "not used"."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.usage.rollup.stage import Record, at, load
from yunquan.policy.rulebook import load_pack
from yunquan.policy.usage import Outcome
from yunquan.usage.reach import BASIC, OPERATORS, BadReach, Hearing, Reach, covered, heard
from yunquan.usage.rollup.figures import decide
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry, RegistryRefused
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13")
FROM, TO = date(2018, 10, 1), date(2018, 12, 31)
CLIENT, CLOUD, OTHER = "198.51.100.1", "203.0.113.5", "198.51.100.77"


def registry(operators: str = "", region: str = "441900", scope: str = "") -> Registry:
    facts = {"operators": operators, "region": region, "scope": scope}
    return Registry.of(
        {"voucher": "V1", "service": "8", "end": end, "kind": "ip", "value": value, "port": "", **facts}
        for end, value in (("client", CLIENT), ("cloud", CLOUD))
    )


def delivered(store: Store, reach: str, *, client: str = OTHER, days: int = 92) -> None:
    """An operator's file of the period: on each day a few connections of one enterprise."""
    records = [
        Record(client, CLOUD, at("2018-10-01T09:00:00") + timedelta(days=day, hours=hour))
        for day in range(days)
        for hour in range(5)
    ]
    load(store, records, name=f"{reach}{client}", reach=reach)


def said(store: Store, known: Registry) -> Outcome:
    update(store, known)
    return decide(store, known, load_pack("gd-2018"), FROM, TO).verdicts[0].judgement.outcome


@pytest.mark.parametrize(
    ("reaches", "operators", "region", "outcome"),
    [
        ([""], "telecom", "441900", Outcome.NOT_DONE),
        (["telecom"], "telecom", "441900", Outcome.NOT_DONE),
        (["telecom@441900"], "telecom", "441900", Outcome.NOT_DONE),
        (["unicom"], "telecom", "441900", Outcome.NOT_ENOUGH_DATA),
        (["telecom@440600"], "telecom", "441900", Outcome.NOT_ENOUGH_DATA),
        (["@440600"], "telecom", "441900", Outcome.NOT_ENOUGH_DATA),
        (["telecom@441900"], "telecom", "", Outcome.NOT_ENOUGH_DATA),
        (["telecom"], "telecom+mobile", "441900", Outcome.NOT_ENOUGH_DATA),
        (["telecom", "mobile@441900"], "telecom+mobile", "441900", Outcome.NOT_DONE),
        (["telecom", "mobile"], "", "441900", Outcome.NOT_ENOUGH_DATA),
        (["telecom", "mobile", "unicom"], "", "441900", Outcome.NOT_DONE),
    ],
)
def test_only_who_carries_the_ends_can_say_that_a_service_was_not_used(
    tmp_path, reaches, operators, region, outcome
):
    store = Store(tmp_path)
    for reach in reaches:
        delivered(store, reach)
    assert said(store, registry(operators, region)) is outcome


def test_use_that_was_seen_is_done_whoever_else_did_not_deliver(tmp_path):
    store = Store(tmp_path)
    delivered(store, "telecom", client=CLIENT)
    assert said(store, registry("telecom+unicom")) is Outcome.DONE
    assert said(store, registry("")) is Outcome.DONE


def test_a_file_of_one_supplier_still_speaks_of_its_own_vouchers_alone(tmp_path):
    store = Store(tmp_path)
    records = [Record(CLIENT, CLOUD, at("2018-10-01T09:00:00"), user=1)]
    load(store, records, "application", scope="supplier:1")
    assert store.coverage("application", registry("telecom", scope="supplier:1").groups[0].facts.hearing)
    assert not store.coverage("application", registry("telecom", scope="supplier:2").groups[0].facts.hearing)


def test_an_unknown_operator_in_a_registry_is_refused_with_its_place():
    with pytest.raises(RegistryRefused) as refused:
        registry("telekom")
    fault = refused.value.faults[0]
    assert (fault.line, fault.column) == (2, "operators")
    assert "telekom" in fault.reason and "telecom" in fault.expected


def test_what_a_mark_says_of_its_reach_is_read_again(tmp_path):
    delivered(Store(tmp_path), "telecom@440600+441900", days=1)
    assert [one.reach for one in Store(tmp_path).loads()] == ["telecom@440600+441900"]


@pytest.mark.parametrize("text", ["telekom", "telecom@4419", "@44190０", "telecom@441900+"])
def test_a_reach_that_names_nothing_known_is_refused(text):
    with pytest.raises(BadReach):
        Reach.parse(text)


_CITIES = ("440100", "440600", "441900")
_reaches = st.builds(
    Reach.of, st.sampled_from(["", *OPERATORS]), st.sets(st.sampled_from(_CITIES), max_size=2)
).map(str)
_hearings = st.builds(
    Hearing,
    st.just(""),
    st.sampled_from(["", "442000", *_CITIES]),
    st.sets(st.sampled_from(list(OPERATORS)), max_size=3).map(lambda found: "+".join(sorted(found))),
)


@given(
    st.lists(st.tuples(_reaches, st.sets(st.integers(1, 6).map(lambda n: date(2018, 10, n)))), max_size=8),
    _hearings,
)
def test_a_day_is_covered_by_all_together_or_by_each_operator_that_is_needed(loads, hearing):
    days = {date(2018, 10, n) for n in range(1, 7)}

    def has(day: date, operator: str) -> bool:
        return any(
            day in of and reach.operator == operator and (not reach.cities or hearing.city in reach.cities)
            for reach, of in ((Reach.parse(text), of) for text, of in loads)
        )

    wanted = hearing.operators.split("+") if hearing.operators else BASIC
    expected = {day for day in days if has(day, "") or all(has(day, operator) for operator in wanted)}
    assert covered(loads, hearing) == expected
    # What makes no difference among these loads may be left out.
    assert covered(loads, heard(hearing, [text for text, _ in loads])) == expected

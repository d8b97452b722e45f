"""Deliveries by operator and city, how much may wait, what unfolds too far, and what was loaded by mistake."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, World, broken
from tests.usage.judging import attested
from tests.usage.test_deliveries import HEAD, NOW, given, log, take
from tests.usage.test_verdicts import log_of
from tests.vouchers.refusing import codes
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.usage import deliveries, nightly, withdrawals, working
from yunquan.usage.models import Delivery, End
from yunquan.usage.queries import latest_verdict
from yunquan.usage.store import opening

pytestmark = pytest.mark.clause("D47-5.12")
LATER = CLAIMING + timedelta(days=5)
FIRST, LAST = date(2018, 11, 9), date(2019, 2, 20)


def loaded(world: World, content: bytes = b"", by: str = "supplier", **changes: Any) -> Delivery:
    return deliveries.load(delivery=take(world, content, by, **changes), now=NOW)


def operators(world: World, clients: list[str], **reach: Any) -> Delivery:
    content = log_of(clients, FIRST, LAST).encode()
    return loaded(world, content, "province_officer", source="operator", now=LATER, **reach)


def test_a_file_loaded_by_mistake_is_taken_back_and_comes_again_for_another_application(world: World) -> None:
    row = loaded(world, cloud="wrong.example.com")
    by = world["province_officer"]
    gone = withdrawals.withdraw(delivery=row, reason=" 应用域名填错 ", by=by, now=LATER)
    assert (gone.state, gone.withdrawn_reason) == ("withdrawn", "应用域名填错")
    assert deliveries.store().loads() == []
    acts = {act["act"]: act for act in history(row.journal_key)}
    assert acts["delivery.withdraw"]["payload"]["reason"] == "应用域名填错"
    assert Notice.objects.filter(org=row.org, kind="delivery_withdrawn").count() == 1
    again = loaded(world, cloud="mes.example.com")
    assert (again.pk != row.pk, again.state, again.records) == (True, "loaded", 3)
    assert [one.sha256 for one in deliveries.store().loads()] == [row.sha256]
    assert broken() == []


def test_who_takes_back_what_and_why(world: World) -> None:
    row, by = loaded(world), world["province_officer"]
    for name in ("supplier", "dg_reviewer", "province_approver", "auditor"):
        given = {"delivery": row, "reason": "误装", "by": world[name], "now": LATER}
        assert codes(withdrawals.withdraw, **given) == {"not_your_role"}, name
    for reason in ("", "  ", "长" * 301):
        assert codes(withdrawals.withdraw, delivery=row, reason=reason, by=by, now=LATER) == {"no_reason"}
    assert deliveries.store().loads() and Delivery.objects.get().state == "loaded"
    withdrawals.withdraw(delivery=row, reason="误装", by=by, now=LATER)
    assert codes(withdrawals.withdraw, delivery=row, reason="误装", by=by, now=LATER) == {
        "not_from_this_state"
    }


def test_while_a_load_writes_nothing_is_taken_back(world: World) -> None:
    from yunquan.usage.store.lock import sole_writer

    row, by = loaded(world), world["province_officer"]
    with sole_writer(deliveries.store().root):
        assert codes(withdrawals.withdraw, delivery=row, reason="误装", by=by, now=LATER) == {"store_busy"}
    assert Delivery.objects.get().state == "loaded" and deliveries.store().loads()


@pytest.mark.clause("D47-5.13")
def test_only_the_operator_that_carries_the_ends_can_show_that_nothing_was_used(world: World) -> None:
    voucher = attested(world)
    End.objects.filter(voucher=voucher.number, side="client").update(withdrawn_at=LATER)
    for service in (2, 8):
        End.objects.create(
            voucher=voucher.number, service=service, side="client", kind="ip", value="120.79.10.8",
            operator="unicom", declared_by="test", declared_at=CLAIMING,
        )  # fmt: skip
    other = operators(world, ["120.79.10.99"], operator="telecom")
    nightly.run(now=LATER)
    assert latest_verdict(voucher.number).outcome == "not_enough_data"
    # It was unicom's file all along: taken back, it comes again as what it is.
    withdrawals.withdraw(delivery=other, reason="运营商填错", by=world["province_officer"], now=LATER)
    operators(world, ["120.79.10.99"], operator="unicom", cities=["441900"])
    nightly.run(now=LATER + timedelta(hours=1))
    verdict = latest_verdict(voucher.number)
    assert verdict.outcome == "not_done"
    assert {part.figures["source"] for part in verdict.services.all()} == {"operator"}
    assert broken() == []


def test_after_a_withdrawal_the_nights_work_is_due_again(world: World) -> None:
    voucher = attested(world)
    row = operators(world, ["120.79.10.8"])
    assert nightly.run_if_due(LATER) is not None and nightly.run_if_due(LATER) is None
    assert latest_verdict(voucher.number).outcome == "done"
    withdrawals.withdraw(delivery=row, reason="误装", by=world["province_officer"], now=LATER)
    assert nightly.run_if_due(LATER + timedelta(minutes=1)) is not None
    assert latest_verdict(voucher.number).outcome == "not_enough_data"


def test_an_operators_file_says_whose_network_and_which_cities(world: World) -> None:
    row = operators(world, ["120.79.10.8"], operator="telecom", cities=["441900", "440600"])
    assert [one.reach for one in deliveries.store().loads()] == ["telecom@440600+441900"]
    content = log_of(["120.79.10.8"], FIRST, LAST).encode()
    other = given(world, content, by="province_officer", source="operator", operator="unicom")
    assert codes(deliveries.take, **other) == {"delivered_with_another_reach"}
    assert Delivery.objects.get() == row
    for wrong in ({"operator": "telekom"}, {"cities": ["东莞"]}):
        asked = given(world, log("2019-06-11"), by="province_officer", source="operator", **wrong)
        assert codes(deliveries.take, **asked) == {"bad_reach"}
    assert codes(deliveries.take, **given(world, operator="telecom")) == {"bad_reach"}


def test_what_one_sender_has_waiting_is_bounded_and_the_message_says_what_to_do(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from yunquan.kernel.refusal import Refused

    first = take(world, log("2019-06-10", rows=40))
    monkeypatch.setattr(deliveries, "most_waiting", lambda: first.size * 3 // 2)
    with pytest.raises(Refused) as refused:
        deliveries.take(**given(world, log("2019-06-11", rows=40)))
    refusal = refused.value.refusals[0]
    assert refusal.code == "too_much_waiting"
    assert "等待装入" in refusal.message and "送达记录" in refusal.mend
    # The same content again is no further load, and another sender has room of its own.
    assert take(world, log("2019-06-10", rows=40)).pk == first.pk
    operator = b"client,cloud,port,start,end,bytes_up,bytes_down\n" * 2
    assert take(world, operator, by="province_officer", source="operator").state == "received"
    deliveries.load(delivery=first, now=NOW)
    assert take(world, log("2019-06-11", rows=40)).state == "received"


def bomb(kind: str, size: int) -> bytes:
    """Lines of a log that pack to next to nothing."""
    line = f"2019-06-10T09:00:00+08:00,{'U' * 961},14.23.10.8,login,mes.example.com\n".encode()
    content = (HEAD.encode() + line * (size // len(line) + 1))[:size]
    if kind == "gz":
        return gzip.compress(content)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "xlsx":
            archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml" if kind == "xlsx" else "log.csv", content)
    return held.getvalue()


@pytest.mark.parametrize("kind", ["gz", "zip", "xlsx"])
def test_a_file_that_unfolds_far_is_the_workers_to_load_and_a_bomb_is_refused(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "FLOOR", 2 << 20)
    row = take(world, bomb(kind, 4 << 20))
    assert row.size < 64 * 1024 and not deliveries.is_small(row)
    told = working.Worked()
    working.load_waiting(NOW, told)
    row.refresh_from_db()
    assert (row.state, deliveries.store().loads()) == ("refused", [])
    assert row.faults[0]["expected"]
    if kind != "xlsx":
        assert "压缩炸弹" in row.faults[0]["reason"]


@pytest.mark.parametrize(
    ("content", "small"),
    [
        (log(), True),
        (gzip.compress(log()), True),
        (gzip.compress(log())[:-9], True),
        (b"x" * (1024 * 1024 + 1), False),
        (bomb("gz", 1024 * 1024), True),
        (bomb("gz", 1024 * 1024 + 1024), False),
    ],
)
def test_what_is_loaded_at_once_is_told_by_what_it_unfolds_to(
    world: World, content: bytes, small: bool
) -> None:
    assert deliveries.is_small(take(world, content)) is small

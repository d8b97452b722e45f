"""Self-check 自查: rounds, tables of suppliers and cities, who is late, what the records say beside a claim (D858-2.1)."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import World, at, broken
from tests.inspections import stage
from yunquan.inspections import selfcheck_checks, selfcheck_queries
from yunquan.inspections.actions import self_checks
from yunquan.inspections.models import Inspection, Plan, SelfCheck
from yunquan.inspections.selfcheck_figures import Figures
from yunquan.journal.actions import notify_all
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.papers.tables import Column, Sheet, csv_bytes, xlsx_bytes
from yunquan.policy.regimes import load_regime
from yunquan.vouchers.models import Hold, Voucher

OPENING = at("2020-09-07 10:00")
FILING = at("2020-09-10 10:00")


def paid(world: World, count: int = 2) -> list[Voucher]:
    """So many paid vouchers of 东莞, each of an enterprise of its own."""
    clerks = ["dg_enterprise"]
    for place in range(1, count):
        world.add_enterprise(f"dg_more_{place}")
        clerks.append(f"dg_more_{place}")
    for clerk in clerks:
        world.approved(clerk)
    world.standing()
    world.pay_all(world.released())
    return list(Voucher.objects.filter(state="paid").order_by("number"))


def opened(world: World, count: int = 2) -> tuple[Plan, SelfCheck, SelfCheck]:
    """A plan whose round is open: the plan, the supplier's table and the city's."""
    plan = stage.plan(world, regime="d858", vouchers=paid(world, count))
    self_checks.open_round(plan=plan, by=world["province_officer"], now=OPENING)
    rows = SelfCheck.objects.filter(plan=plan)
    return plan, rows.get(supplier=world.supplier), rows.get(city="441900")


def said(row: SelfCheck, use_state: str = "in_use", note: str = "") -> dict[str, dict[str, str]]:
    """The same said of every voucher of a supplier's table."""
    return {line.number: {"use_state": use_state, "note": note} for line in selfcheck_queries.lines_of(row)}


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.code for one in refused.value.refusals]


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the records say of every voucher: `seen["says"] = "idle"`."""
    told = {"says": ""}

    def figures(vouchers: Any, form: Any, *, today: date) -> dict[str, Figures]:
        return {
            row.number: Figures(on=str(today), window=90, covered=80, active=0, says=told["says"])
            for row in vouchers
        }

    monkeypatch.setattr(selfcheck_queries, "figures_of", figures)
    return told


@pytest.mark.clause("D858-2.1")
def test_a_round_asks_each_supplier_and_each_city_by_the_days_of_the_regime(world: World) -> None:
    plan, supplier, city = opened(world)
    assert SelfCheck.objects.filter(plan=plan).count() == 2
    assert (supplier.due_on, city.due_on) == (date(2020, 9, 18), date(2020, 9, 21))
    assert [line.number for line in selfcheck_queries.lines_of(supplier)] == sorted(
        Voucher.objects.filter(state="paid").values_list("number", flat=True)
    )
    asked = Notice.objects.filter(kind="self_check").order_by("org")
    assert [row.org for row in asked] == ["bureau:441900", f"supplier:{world.supplier.pk}"]
    assert "2020-09-18" in asked[1].title
    assert history(plan.journal_key)[-1]["act"] == "self_check.open_round"


@pytest.mark.clause("D858-1")
def test_what_was_not_paid_is_not_asked_about(world: World) -> None:
    done = paid(world, 1)
    world.add_enterprise("dg_late")
    waiting = world.apply("dg_late", now=at("2018-12-20 10:00"))
    assert waiting.state == "submitted"
    plan = stage.plan(
        world, regime="d858", vouchers=done, scope={"cities": ["441900"]}, mandatory={done[0].number: "测试"}
    )
    rows = self_checks.open_round(plan=plan, by=world["province_officer"], now=OPENING)
    assert {line.number for row in rows for line in selfcheck_queries.lines_of(row)} == {done[0].number}


def test_a_round_is_opened_once_by_the_province_and_only_where_there_is_one(world: World) -> None:
    plan, _, _ = opened(world, 1)
    with pytest.raises(Refused) as again:
        self_checks.open_round(plan=plan, by=world["dg_reviewer"], now=OPENING)
    assert codes(again) == ["not_your_role", "opened_before"]
    world.add_enterprise("dg_waiting")
    other = stage.plan(world, regime="d108", vouchers=[world.approved("dg_waiting")])
    with pytest.raises(Refused) as none:
        self_checks.open_round(plan=other, by=world["province_officer"], now=OPENING)
    assert codes(none) == ["no_self_check"]


def test_a_round_about_nothing_is_refused(world: World) -> None:
    plan = stage.plan(world, regime="d858", vouchers=paid(world, 1))
    Voucher.objects.filter(state="paid").update(state="recovered")
    with pytest.raises(Refused) as nothing:
        self_checks.open_round(plan=plan, by=world["province_officer"], now=OPENING)
    assert codes(nothing) == ["nothing_paid"]


@pytest.mark.clause("D858-2.1")
def test_a_table_is_filed_whole_with_the_records_of_the_day_and_frozen(
    world: World, seen: dict[str, str]
) -> None:
    _, row, _ = opened(world)
    first, second = said(row)
    typed = {first: {"use_state": "in_use", "note": ""}, second: {"use_state": "stopped", "note": ""}}
    self_checks.save(self_check=row, typed=typed, by=world["supplier"], now=FILING)
    with pytest.raises(Refused) as missing:
        self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    assert [one.field for one in missing.value.refusals] == [f"note-{second}"]
    self_checks.save(
        self_check=row,
        typed={second: {"use_state": "stopped", "note": "企业搬迁（测试）"}},
        by=world["supplier"],
        now=FILING,
    )
    filed = self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    assert filed.state == "filed" and len(filed.content_hash) == 64
    assert self_checks.is_unchanged(filed)
    lines = {line.number: line for line in selfcheck_queries.lines_of(filed)}
    assert lines[first].typed["use_state"] == "in_use"
    assert lines[second].typed["note"] == "企业搬迁（测试）"
    assert lines[first].figures is not None and lines[first].figures.on == "2020-09-10"
    assert not broken()


def test_a_frozen_table_that_is_altered_no_longer_has_its_hash(world: World, seen: dict[str, str]) -> None:
    _, row, _ = opened(world, 1)
    self_checks.save(self_check=row, typed=said(row), by=world["supplier"], now=FILING)
    filed = self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    filed.lines.update(use_state="stopped", note="改过")
    assert not self_checks.is_unchanged(filed)


def test_nothing_typed_is_lost_and_a_filed_table_takes_no_more(world: World, seen: dict[str, str]) -> None:
    _, row, _ = opened(world)
    first, second = said(row)
    for number in (first, second):
        typed = {number: {"use_state": "随便", "note": f"写了一半 {number}"}}
        row = self_checks.save(self_check=row, typed=typed, by=world["supplier"], now=FILING)
    row.refresh_from_db()
    assert row.typed[first]["note"] == f"写了一半 {first}"
    assert row.typed[second]["use_state"] == "随便"
    self_checks.save(self_check=row, typed=said(row), by=world["supplier"], now=FILING)
    self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    with pytest.raises(Refused) as closed:
        self_checks.save(self_check=row, typed=said(row, "idle"), by=world["supplier"], now=FILING)
    assert codes(closed) == ["not_from_this_state"]


@pytest.mark.clause("A1")
def test_strangers_see_and_fill_nothing(world: World) -> None:
    _, row, city = opened(world, 1)
    for name in ("other_supplier", "fs_reviewer", "dg_enterprise", "expert", "hc_reviewer"):
        assert not selfcheck_queries.visible_to(world[name]).exists(), name
    assert list(selfcheck_queries.visible_to(world["supplier"])) == [row]
    assert list(selfcheck_queries.visible_to(world["dg_reviewer"])) == [city]
    assert selfcheck_queries.visible_to(world["province_officer"]).count() == 2
    for name in ("other_supplier", "dg_reviewer"):
        with pytest.raises(Refused) as foreign:
            self_checks.save(self_check=row, typed=said(row), by=world[name], now=FILING)
        assert codes(foreign) == ["not_your_case"]
        with pytest.raises(Refused):
            self_checks.file(self_check=row, by=world[name], now=FILING)
    with pytest.raises(Refused) as unknown:
        self_checks.save(self_check=row, typed={"GD2018-FS-000001": {}}, by=world["supplier"], now=FILING)
    assert codes(unknown) == ["voucher_unknown"]


@pytest.mark.clause("D858-2.1")
def test_a_claim_of_use_where_the_records_show_none_is_told_to_the_province(
    world: World, seen: dict[str, str]
) -> None:
    _, row, _ = opened(world, 1)
    seen["says"] = "idle"
    self_checks.save(self_check=row, typed=said(row), by=world["supplier"], now=FILING)
    filed = self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    assert [line.difference for line in selfcheck_queries.lines_of(filed)] == ["above"]
    notice = Notice.objects.get(org="bureau:440000", kind="self_check")
    assert "不符 1 张" in notice.title and world.supplier.name in notice.title


def test_an_honest_table_tells_the_province_nothing(world: World, seen: dict[str, str]) -> None:
    _, row, _ = opened(world, 1)
    seen["says"] = "idle"
    self_checks.save(self_check=row, typed=said(row, "idle", "订单减少"), by=world["supplier"], now=FILING)
    self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    assert not Notice.objects.filter(org="bureau:440000", kind="self_check").exists()


@pytest.mark.clause("D858-2.1")
def test_the_province_sends_back_with_a_reason_and_a_day_and_what_was_filed_stands_as_a_draft(
    world: World, seen: dict[str, str]
) -> None:
    _, row, _ = opened(world, 1)
    self_checks.save(self_check=row, typed=said(row, "low_use", "淡季"), by=world["supplier"], now=FILING)
    filed = self_checks.file(self_check=row, by=world["supplier"], now=FILING)
    with pytest.raises(Refused) as bare:
        self_checks.send_back(
            self_check=filed, reason=" ", due_on=date(2020, 9, 10), by=world["province_officer"], now=FILING
        )
    assert codes(bare) == ["missing", "due_on"]
    back = self_checks.send_back(
        self_check=filed,
        reason="请逐月说明",
        due_on=date(2020, 9, 20),
        by=world["province_officer"],
        now=FILING,
    )
    assert (back.state, back.due_on, back.return_reason) == ("returned", date(2020, 9, 20), "请逐月说明")
    assert [line.typed["note"] for line in selfcheck_queries.lines_of(back)] == ["淡季"]
    assert Notice.objects.filter(org=f"supplier:{world.supplier.pk}", title__contains="退回补充").exists()
    again = self_checks.file(self_check=back, by=world["supplier"], now=FILING + timedelta(days=1))
    assert again.state == "filed" and again.return_reason == ""


@pytest.mark.clause("D858-2.1")
def test_a_city_finds_its_inspections_filled_in_and_says_the_rest(world: World) -> None:
    world.add_enterprise("dg_more_1")
    (earlier, _other) = stage.drawn(
        world, regime="d108", vouchers=[world.approved("dg_enterprise"), world.approved("dg_more_1")]
    )
    failed = next(
        one
        for one in load_regime("d108").value("outcomes", earlier.plan.in_force_on).value.outcomes
        if not one.qualified
    )
    Inspection.objects.filter(pk=earlier.pk).update(outcome=failed.code, opinion="排产模块未启用（测试）")
    # Both were paid all the same: what the first inspection led to is not this test's affair.
    Inspection.objects.update(state="published")
    Plan.objects.update(state="closed")
    Hold.objects.update(lifted_at=OPENING, lifted_by="test")
    world.standing()
    world.pay_all(world.released())
    chosen = list(Voucher.objects.filter(state="paid"))
    plan = stage.plan(world, regime="d858", vouchers=chosen)
    self_checks.open_round(plan=plan, by=world["province_officer"], now=OPENING)
    row = SelfCheck.objects.get(plan=plan, city="441900")
    lines = {line.number: line for line in selfcheck_queries.lines_of(row)}
    known = lines[earlier.voucher.number]
    assert known.is_prefilled
    assert (known.typed["inspected"], known.typed["conclusion"]) == ("on_site", "unqualified")
    assert failed.label in known.typed["note"] and "排产模块未启用（测试）" in known.typed["note"]
    with pytest.raises(Refused) as missing:
        self_checks.file(self_check=row, by=world["dg_reviewer"], now=FILING)
    (other,) = (number for number in lines if number != earlier.voucher.number)
    assert [one.field for one in missing.value.refusals] == [f"inspected-{other}"]
    self_checks.save(
        self_check=row, typed={other: {"inspected": "none"}}, by=world["dg_reviewer"], now=FILING
    )
    filed = self_checks.file(self_check=row, by=world["dg_reviewer"], now=FILING)
    assert self_checks.is_unchanged(filed)
    stored = {one.voucher_id: one for one in filed.lines.all()}
    assert stored[earlier.voucher_id].conclusion == "unqualified"


@pytest.mark.clause("D858-2.1")
def test_who_is_late_is_told_once_and_told_to_the_province(world: World, seen: dict[str, str]) -> None:
    _, row, city = opened(world, 1)

    def sent(moment: str) -> list[tuple[str, str]]:
        before = set(Notice.objects.values_list("pk", flat=True))
        for _ in range(2):
            notify_all(self_checks.reminders(at(moment)))
        fresh = Notice.objects.exclude(pk__in=before).order_by("pk")
        return [(one.org, one.kind) for one in fresh]

    supplier = f"supplier:{world.supplier.pk}"
    assert sent("2020-09-14 06:00") == []
    assert sent("2020-09-15 06:00") == [(supplier, "reminder")]
    assert sent("2020-09-16 06:00") == []
    assert sent("2020-09-19 06:00") == [
        (supplier, "reminder"),
        ("bureau:441900", "reminder"),
        ("bureau:440000", "reminder"),
    ]
    assert sent("2020-09-20 06:00") == [("bureau:441900", "reminder")]
    late = Notice.objects.get(org="bureau:440000", kind="reminder")
    assert "逾期未报 1 家" in late.title and world.supplier.name in late.text
    assert [one.pk for one in selfcheck_queries.overdue(date(2020, 9, 19))] == [row.pk]
    self_checks.save(self_check=row, typed=said(row), by=world["supplier"], now=FILING)
    self_checks.file(self_check=row, by=world["supplier"], now=at("2020-09-20 10:00"))
    assert not selfcheck_queries.overdue(date(2020, 9, 21)).exists()
    assert [one.pk for one in selfcheck_queries.overdue(date(2020, 9, 22))] == [city.pk]


def filled(row: SelfCheck, lines: list[list[str]], kind: str = "xlsx") -> bytes:
    columns = [Column("number", "服务券号"), Column("use_state", "使用状态"), Column("note", "说明")]
    sheet = Sheet(columns, lines, name="自查")
    return xlsx_bytes([sheet]) if kind == "xlsx" else csv_bytes(sheet)


@pytest.mark.clause("D858-2.1")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_filled_spreadsheet_is_read_row_by_row(world: World, kind: str) -> None:
    _, row, _ = opened(world)
    first, second = sorted(said(row))
    content = filled(row, [[first, "在用", ""], [second, "idle", "=1+1 设备停产"]], kind)
    rows, faults = self_checks.read_filled(row, content, file_name=f"自查.{kind}")
    assert faults == []
    assert [(one["number"], one["use_state"], one["note"]) for one in rows] == [
        (first, "in_use", ""),
        (second, "idle", "=1+1 设备停产"),
    ]


@pytest.mark.clause("D858-2.1")
def test_everything_wrong_in_a_spreadsheet_is_named_by_row_and_column(world: World) -> None:
    _, row, _ = opened(world)
    first, _second = sorted(said(row))
    lines = [[first, "很好", ""], ["GD2018-FS-000009", "在用", ""], [first, "在用", "长" * 1001]]
    rows, faults = self_checks.read_filled(row, filled(row, lines))
    assert rows == []
    assert [(fault.row, fault.column) for fault in faults] == [(2, "使用状态")]
    rows, faults = self_checks.read_filled(row, filled(row, [[first, "在用", ""], *lines[1:]]))
    assert rows == []
    assert [(fault.row, fault.column) for fault in faults] == [
        (3, "服务券号"),
        (4, "服务券号"),
        (4, "说明"),
    ]
    assert self_checks.read_filled(row, io.BytesIO(b"\x00\x01broken").getvalue())[1]


def test_a_table_costs_the_same_queries_however_many_vouchers(
    world: World, django_assert_max_num_queries: Any
) -> None:
    _, row, _ = opened(world, 4)
    row = selfcheck_queries.visible_to(world["supplier"]).get()
    with django_assert_max_num_queries(8):
        lines = selfcheck_queries.with_figures(row, selfcheck_queries.lines_of(row), FILING.date())
        assert [line.voucher.enterprise.name for line in lines]
        assert [line.figures.verdict_said for line in lines if line.figures] == ["完成"] * 4


STATES = ("in_use", "low_use", "idle", "stopped")


@given(st.sampled_from(STATES), st.sampled_from(STATES))
def test_a_claim_above_the_records_is_the_records_below_the_claim(one: str, other: str) -> None:
    there, back = selfcheck_checks.differs(one, other), selfcheck_checks.differs(other, one)
    assert {there, back} in ({""}, {"above", "below"})
    assert selfcheck_checks.differs(one, one) == ""


@given(st.integers(0, 90), st.integers(0, 90))
def test_few_covered_days_say_nothing_and_more_use_never_says_less(covered: int, active: int) -> None:
    from fractions import Fraction

    def says(days: int) -> str:
        return selfcheck_checks.said_by_records(days, covered, least_covered=30, low_share=Fraction(1, 5))

    if covered < 30:
        assert says(active) == ""
    else:
        ranks = [selfcheck_checks.ORDER.index(says(days)) for days in range(active + 1)]
        assert ranks == sorted(ranks)
        assert says(0) == "idle"


def test_every_missing_line_is_named_up_to_a_bound() -> None:
    lines = [{"number": f"N{place}", "use_state": "", "note": ""} for place in range(300)]
    found = selfcheck_checks.every_line_told(
        {"whose": "supplier", "states": {"in_use": "在用"}, "lines": lines}
    )
    assert len(found) == selfcheck_checks.MOST_TOLD + 1
    assert "还有 100 处" in found[-1].message

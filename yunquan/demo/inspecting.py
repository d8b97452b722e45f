"""Scenes of the inspections, May and June 2019: a plan of the province by decree 108 from its draft to results, one
visit under way and one ahead on the demonstration's last day, and a plan of 东莞 that waits for its custodians."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from yunquan.demo.stage import Stage, at
from yunquan.inspections.actions import (
    answering,
    appointing,
    deciding,
    drawing,
    experts,
    planning,
    sheets,
    signing,
    visiting,
)
from yunquan.inspections.actions.planning import PlanFacts
from yunquan.inspections.actions.sheets import Sent
from yunquan.inspections.models import Inspection, Plan, Visit
from yunquan.inspections.sheet_fields import fields
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.vouchers.models import Voucher

# Secrets of an invented draw; a real custodian makes one that nobody else knows.
SECRETS = {"auditor": "a1" * 32, "fs-approve": "b2" * 32, "sz-approve": "c3" * 32}
SOURCE, NUMBERS = "ssq:2019061", "03,09,14,20,28,31+07"
# The first two gave opinions on these suppliers and are never drawn for them; of the others the front-line ones come
# first, so that the logins that are printed have visits of their own.
ON_THE_REGISTER = (
    ("expert1", "T001", "technical", "虚构工业互联网研究院（演示）", True),
    ("expert2", "T002", "technical", "虚构制造技术中心（演示）", False),
    ("expert4", "T003", "technical", "虚构设备联网实验室（演示）", True),
    ("expert6", "T004", "technical", "虚构智能制造学院（演示）", False),
    ("expert3", "F001", "finance", "虚构会计师事务所（演示）", True),
    ("expert5", "F002", "finance", "虚构财务咨询（演示）", False),
)
STROKES = [[20, 60, 60, 20, 100, 70], [120, 30, 120, 80, 160, 80], [190, 20, 190, 90]]


def register(stage: Stage) -> None:
    """The register of experts, before any draw."""
    for number, shown in enumerate("三四五六", 3):
        stage.official(f"expert{number}", f"演示专家{shown}", Role.EXPERT)
    for name, code, speciality, employer, is_front_line in ON_THE_REGISTER:
        experts.add(
            username=name, code=code, speciality=speciality, employer=employer, title="高级工程师（演示）",
            is_front_line=is_front_line, by=stage["province"], now=stage.wait(minutes=5),
        )  # fmt: skip


def draw(stage: Stage) -> Plan:
    """The province's plan over what 惠州, 广州 and 东莞 claimed in 2018 and was not paid yet, drawn in the open."""
    officer = stage["province"]
    stage.until("2019-05-29 09:00")
    scope = {"cycles": ["2018"], "cities": ["440100", "441300", "441900"]}
    certain = (
        Voucher.objects.filter(city="441900", cycle__code="2018", state="listed").order_by("number").first()
    )
    assert certain is not None
    appears = stage.now + timedelta(hours=9)
    facts = PlanFacts(
        title="2018 年度服务券奖补现场抽查（演示）", regime="d108", purpose="统一兑付前核实真实使用情况",
        starts_on=at("2019-05-30 00:00").date(), ends_on=at("2019-07-31 00:00").date(), scope=scope,
        share=(3, 5), custodians=list(SECRETS), sources=[SOURCE],
        reveals_end_at=stage.now + timedelta(hours=8), due={SOURCE: appears},
        mandatory={certain.number: "收到关于使用情况的反映，指定抽查（演示）"},
    )  # fmt: skip
    plan = planning.draft(facts=facts, by=officer, now=stage.wait(hours=1))
    plan = planning.publish(plan=plan, by=stage["province2"], now=stage.wait(hours=1))
    for name in SECRETS:
        _commit(stage, plan, name)
    plan = drawing.freeze(plan=plan, by=officer, now=stage.wait(hours=1))
    for name, secret in SECRETS.items():
        drawing.reveal(plan=plan, secret=secret, by=stage[name], now=stage.wait(minutes=20))
    stage.now = max(stage.now, appears)
    proof = stage.stored(officer, "双色球开奖公告", [("期号", "2019061"), ("号码", NUMBERS)])
    return drawing.draw(
        plan=plan, entropy={SOURCE: NUMBERS}, proof=proof, by=officer, now=stage.wait(hours=1)
    )


def _commit(stage: Stage, plan: Plan, name: str) -> None:
    mine = plan.custodians.get(person__username=name)
    value = drawing.commitment_of(plan, mine.name, SECRETS[name])
    drawing.commit(plan=plan, commitment=value, by=stage[name], now=stage.wait(minutes=15))


def announce(stage: Stage, plan: Plan, *, starts: str) -> list[Visit]:
    """The finance visit of a supplier and the visits of its customers in 广州, one after the other, all announced."""
    rows = list(_open(plan, "440100"))
    finance = _appoint(stage, plan, rows, "finance", starts, 0)
    on_site = [_appoint(stage, plan, [row], "on_site", starts, place) for place, row in enumerate(rows, 1)]
    return [finance, *on_site]


def _open(plan: Plan, city: str) -> Sequence[Inspection]:
    rows = Inspection.objects.filter(plan=plan, city=city).select_related(
        "voucher__enterprise", "voucher__supplier"
    )
    return list(rows.order_by("pk"))


def _appoint(
    stage: Stage,
    plan: Plan,
    rows: Sequence[Inspection],
    table: str,
    starts: str,
    place: int,
    *,
    says: bool = True,
) -> Visit:
    begins = at(starts) + timedelta(hours=2 * place)
    where = "供应商会议室（演示）" if table == "finance" else f"{rows[0].voucher.enterprise.address}（演示）"
    visit = appointing.appoint(
        plan=plan, inspections=rows, table=table, mode="on_site", place=where, starts_at=begins,
        ends_at=begins + timedelta(minutes=110), prepare="合同、发票、付款凭证原件；系统现场演示账号（演示）",
        count=1, by=stage["province"], now=stage.wait(minutes=10),
    )  # fmt: skip
    return (
        appointing.announce(visit=visit, by=stage["province"], now=stage.wait(minutes=5)) if says else visit
    )


def _lead(stage: Stage, visit: Visit) -> Actor:
    seat = visit.panelists.filter(recused_at=None).select_related("expert__person").order_by("rank")[0]
    return stage[seat.expert.person.username]


def _come(stage: Stage, moment: datetime) -> None:
    """Let the moment come, in the time of Shanghai as everywhere in the demonstration."""
    stage.now = max(stage.now, moment.astimezone(SHANGHAI))


def begin(stage: Stage, visit: Visit) -> Visit:
    """Everybody is there and the visit begins."""
    expert, finance = _lead(stage, visit), visit.table == "finance"
    there = (("finance_expert", "演示财务专家"), ("supplier", "演示服务商代表")) if finance else (
        ("technical_expert", "演示技术专家"), ("enterprise", "演示企业代表"), ("supplier", "演示服务商代表"),
    )  # fmt: skip
    for place, (party, name) in enumerate(there):
        visiting.enter_presence(
            visit=visit,
            key=f"demo-{visit.pk}-{place}",
            party=party,
            name=name,
            by=expert,
            now=stage.wait(minutes=1),
        )
    if visiting.conduct_lines(visit):
        lines = range(len(visiting.conduct_lines(visit)))
        visiting.confirm_conduct(
            visit=visit, lines=lines, name="演示专家", by=expert, now=stage.wait(minutes=1)
        )
    return visiting.begin(visit=visit, by=expert, now=stage.wait(minutes=1))


def fill(stage: Stage, visit: Visit, *, failing: bool = False, half: bool = False) -> None:
    """Every criterion met, or the contract's terms not; `half` leaves the rest for whoever looks on."""
    for sheet in visit.sheets.order_by("pk"):
        found = _findings(sheet, failing=failing)
        rows = list(found.items())
        rows = rows[: len(rows) // 2] if half else rows
        sent = [
            Sent(key=f"demo-{sheet.pk}-{place}", sheet=sheet.pk, row=row, value=value, number=place)
            for place, (row, value) in enumerate(rows, 1)
        ]
        refused = sheets.take_entries(
            visit=visit, device="demo", entries=sent, by=_lead(stage, visit), now=stage.wait(minutes=10)
        )
        assert not any(refused.values()), refused


def _findings(sheet: Any, *, failing: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in fields(sheet.rows).items():
        if name.endswith(".finding"):
            found[name] = "unmet" if failing and name.startswith("contract.") else "met"
        elif ".f." in name or (failing and name.endswith(".g.terms_unmet.0")):
            found[name] = True
        elif name.endswith(".outcome"):
            found[name] = "terms_unmet" if failing else "qualified"
        elif name.endswith(".remark") and failing and name.startswith("contract."):
            found[name] = "合同约定的报表模块没有交付（演示）。"
        elif field.kind == "text" and name.endswith(".opinion"):
            found[name] = (
                "合同关键模块没有交付（演示）。" if failing else "系统使用正常，建议扩大联网范围（演示）。"
            )
    return found


def sign(stage: Stage, visit: Visit) -> Visit:
    """The sheets are closed and everybody signs on the expert's device."""
    expert = _lead(stage, visit)
    sheets.close_sheets(visit=visit, by=expert, now=stage.wait(minutes=5))
    visit.refresh_from_db()
    parties = (
        ("finance_expert", "supplier")
        if visit.table == "finance"
        else ("technical_expert", "enterprise", "supplier")
    )
    for party in parties:
        visit = signing.sign(
            visit=visit, key=f"demo-{visit.pk}-{party}", party=party, name="演示签字人", strokes=STROKES, by=expert,
            now=stage.wait(minutes=2),
        )  # fmt: skip
    return visit


def hold(stage: Stage, visits: Sequence[Visit]) -> None:
    """The visits of the day: the first customer's terms are unmet, the others qualify."""
    finance, *on_site = visits
    for place, visit in enumerate([finance, *on_site]):
        _come(stage, visit.starts_at)
        begin(stage, visit)
        fill(stage, visit, failing=place == 1)
        sign(stage, visit)


def results(stage: Stage, plan: Plan) -> None:
    """The results go to both sides; the first is answered, heard, decided and published, the next waits for an answer."""
    officer = stage["province"]
    rows = [row for row in _open(plan, "440100") if row.state == "concluded"]
    for row in rows[:2]:
        answering.inform(inspection=row, by=officer, now=stage.wait(minutes=30))
    failed = rows[0]
    stage.until("2019-06-11 09:00")
    for place, party in enumerate((failed.voucher.supplier, failed.voucher.enterprise)):
        parties = {**stage.suppliers, **stage.enterprises}
        clerk = next(name for name, one in parties.items() if type(one) is type(party) and one.pk == party.pk)
        answering.answer(
            inspection=failed, accepts=bool(place), by=stage[clerk], now=stage.wait(hours=1),
            text="" if place else "报表模块计划下月上线，请予考虑（演示）。",
        )  # fmt: skip
    held_at = at("2019-06-12 09:30")
    answering.summon(
        inspection=failed, held_at=held_at, place="演示会议室", by=officer, now=stage.wait(minutes=10)
    )
    _come(stage, held_at)
    answering.hear(
        inspection=failed, held_at=held_at, mode="现场", parties={"supplier": "attended", "enterprise": "absent"},
        summary="供应商说明报表模块延期（演示）。", finding="合同约定的交付日期已过，理由不成立（演示）。",
        by=officer, now=stage.wait(hours=1),
    )  # fmt: skip
    failed.refresh_from_db()
    deciding.propose(
        inspection=failed, outcome="terms_unmet", grounds=failed.grounds, reason="合同关键条款没有履行（演示）。",
        by=officer, now=stage.wait(hours=1),
    )  # fmt: skip
    approver = stage["province2"]
    document = stage.stored(approver, "抽查处理决定", [("券号", failed.voucher.number)])
    deciding.decide(inspection=failed, document=document, by=approver, now=stage.wait(minutes=30))
    deciding.publish(inspections=[failed], by=officer, now=stage.wait(hours=1))


def ahead(stage: Stage, plan: Plan) -> list[Visit]:
    """Visits of 惠州 and 东莞 after the demonstration's last day and on it."""
    found = []
    for city, starts in (("441900", "2019-06-17 09:00"), ("441300", "2019-06-20 09:30")):
        rows = [row for row in _open(plan, city) if row.state == "selected"]
        if rows:
            found.append(_appoint(stage, plan, rows[:1], "on_site", starts, 0))
    return found


def last_day(stage: Stage, visit: Visit) -> None:
    """On the last morning a visit is under way, its sheet half filled on the expert's telephone."""
    _come(stage, visit.starts_at)
    begin(stage, visit)
    fill(stage, visit, half=True)


def of_the_city(stage: Stage) -> Plan:
    """东莞's own plan: filed, accepted and in public; one custodian has not committed yet."""
    facts = PlanFacts(
        title="东莞市 2019 年度服务券抽查（演示）", regime="d108", purpose="第二批兑付前抽查",
        starts_on=at("2019-06-14 00:00").date(), ends_on=at("2019-08-31 00:00").date(),
        scope={"cycles": ["2019"]}, share=(1, 5), custodians=["auditor", "fs-approve", "sz-approve"],
        sources=["ssq:2019071"], due={"ssq:2019071": at("2019-06-30 21:15")}, reveals_end_at=at("2019-06-28 17:00"),
    )  # fmt: skip
    stage.until("2019-06-13 09:00")
    plan = planning.draft(facts=facts, by=stage["dg-review"], now=stage.wait(minutes=30))
    plan = planning.file(plan=plan, by=stage["dg-approve"], now=stage.wait(minutes=30))
    plan = planning.accept(plan=plan, by=stage["province"], now=stage.wait(hours=1))
    plan = planning.publish(plan=plan, by=stage["dg-approve"], now=stage.wait(minutes=30))
    for name in ("fs-approve", "sz-approve"):
        _commit(stage, plan, name)
    return plan

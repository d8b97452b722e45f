"""The demonstration from beginning to end: run the scenes in order, with the clock's chores between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from yunquan.demo import behaviour, contacting, evaluating, inspecting, matching, piloting, showing, sources
from yunquan.demo.applying import Walk, approve, enterprise
from yunquan.demo.founding import found, letters_of, quotas, unfinished_suppliers
from yunquan.demo.offers import ACCEPTED, METERED
from yunquan.demo.stage import VISITOR, Stage, at
from yunquan.jobs.tick import tick
from yunquan.kernel.money import yuan_plain
from yunquan.parties import actions as parties
from yunquan.programme import actions as programme
from yunquan.programme.rules import rulebook
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import SettlementLine
from yunquan.vouchers import actions as vouchers

CITIES = ("441900", "440600", "440300", "441300", "440100")
ENDS_AT = "2019-06-17 10:00"
Say = Callable[[str], None]


def build(say: Say = print) -> datetime:
    """Build the whole demonstration on an empty database; gives the moment at which its clock stands."""
    stage = Stage(now=at("2018-09-03 09:00"))
    say("2018-09  设立计划：21 个地市、额度、资金、窗口、供应商和产品 …")
    found(stage)
    say("2018-10  企业注册 …")
    _register(stage)
    showing.register(stage)
    say("2018-11  申领、确认、审核、发放 …")
    piloting.named(stage)
    walks = _apply(stage)
    stage.until("2018-12-31 18:00")
    tick(stage.now)
    say("2019-02  兑现、判定、审核 …")
    _claim(stage, walks)
    stage.until("2019-03-31 18:00")
    tick(stage.now)
    piloting.speaks(stage)
    showing.first_round(stage)
    say("2019-04  结算清单、公示、异议 …")
    year = evaluating.measure(stage)
    _settle(stage)
    say("2019-05  地方配套：东莞、佛山 …")
    matching.show(stage)
    say("2019-05  抽查：计划、公开抽取、约定 …")
    evaluating.award(stage, year)
    inspecting.register(stage)
    plan = inspecting.draw(stage)
    visits = inspecting.announce(stage, plan, starts="2019-06-10 09:00")
    say("2019-06  2019 年度周期：进行中的申领和兑现 …")
    _second_cycle(stage)
    showing.second_round(stage)
    matching.finish(stage)
    inspecting.hold(stage, visits)
    inspecting.results(stage, plan)
    _publicity_and_changes(stage)
    inspecting.of_the_city(stage)
    evaluating.split(stage)
    showing.as_they_stand(stage)
    coming = inspecting.ahead(stage, plan)
    _clean_claim(stage)
    behaviour.night(stage, "2019-06-17 03:00")
    behaviour.send_table(stage, "2019", "441900", "2019-06-14", "2019-06-14")
    behaviour.send_table(stage, "2019", "440600", "2019-06-05", "2019-06-15", send=False)
    sources.recent(stage)
    contacting.change(stage)
    piloting.after_publicity(stage)
    inspecting.last_day(stage, coming[0])
    stage.until(ENDS_AT)
    say("读取合同、发票和回单 …")
    stage.read_all()
    tick(stage.now)
    return stage.now


def _register(stage: Stage) -> None:
    for place in range(1, 31):
        city = CITIES[place % len(CITIES)]
        county = "441302" if city == "441300" and place % 2 == 0 else ""
        facts = {"is_iia_certified": "1"} if place == 4 else {}
        enterprise(stage, f"qy{place:02d}", city, county=county, place=place, **facts)
        approve(stage, f"qy{place:02d}")


def _waiting_registrations(stage: Stage) -> None:
    """One enterprise and one supplier wait for review, one of each was returned with all reasons."""
    enterprise(stage, "qy-dai", "441900", place=41, title="虚构待审核（演示）有限公司")
    enterprise(stage, "qy-tui", "441900", place=42, title="虚构已退回（演示）有限公司")
    reasons = [{"code": "licence_unreadable", "text": "请上传彩色扫描件（演示）。"}]
    parties.send_back_enterprise(
        enterprise=stage.enterprises["qy-tui"], reasons=reasons, by=stage["dg-review"], now=stage.wait(hours=1),
        rules=rulebook("gd-2018"),
    )  # fmt: skip
    unfinished_suppliers(stage)


def _apply(stage: Stage) -> dict[str, Walk]:
    """Thirty applications in the 2018 cycle, most of them issued."""
    stage.until("2018-11-05 09:00")
    walks: dict[str, Walk] = {}
    suppliers = ("yun", "zhi", "ruan", "neng", "wai")
    for place in range(1, 29):
        name = f"qy{place:02d}"
        walk = Walk(stage, name, suppliers[place % len(suppliers)]).draft().submit()
        if place == 26:
            walk.decline("合同盖章页不清晰，请重新上传（演示）。")
        elif place == 27:
            walk.confirm().send_back()
        elif place == 28:
            walk.confirm().reject()
        else:
            walk.confirm(pilot=walk.supplier == "ruan").issue()
            walks[name] = walk
        stage.wait(hours=5)
    Walk(stage, "qy29", "yun").draft()
    cancelled = Walk(stage, "qy30", "yun").draft()
    vouchers.cancel(voucher=cancelled.voucher, by=stage["qy30"], now=stage.wait(minutes=5))
    return walks


def _claim(stage: Stage, walks: dict[str, Walk]) -> None:
    """Most claim; three let it lapse; two are found hardly to use it and let it lapse too."""
    stage.until("2019-01-15 09:00")
    claiming = dict(list(walks.items())[:22])
    for name, walk in claiming.items():
        stage.wait(hours=3)
        place = int(name.removeprefix("qy"))
        walk.claim().attest(shared=behaviour.SHARED_LINE if place in behaviour.SHARED else "")
    behaviour.judge_claims(stage, claiming)
    for name, walk in claiming.items():
        walk.voucher.refresh_from_db()
        if walk.voucher.state == "verified" and name != "qy21":
            walk.approve()


def _settle(stage: Stage) -> None:
    """Lists of two cities in public, objections of every outcome, a run with a bounce, a recovery."""
    cycle = stage.cycles["2018"]
    stage.until("2019-04-08 09:00")
    lists = {}
    for city in CITIES[:4]:
        letters = letters_of(city)
        drawn = settlement.draw_up(
            cycle=cycle, city=city, by=stage[f"{letters}-review"], now=stage.wait(minutes=20)
        )
        lists[city] = settlement.publish(
            settlement_list=drawn, by=stage[f"{letters}-approve"], now=stage.wait(minutes=20)
        )
    _objections(
        stage, list(SettlementLine.objects.filter(settlement_list=lists["440600"]).order_by("position"))
    )
    stage.until("2019-04-16 09:00")
    tick(stage.now)
    for city in CITIES[:3]:
        _pay(stage, city)


def _objections(stage: Stage, lines: list[SettlementLine]) -> None:
    """Four objections in 佛山: dismissed, upheld, reduced, and one passed to the province and put off."""
    stage.until("2019-04-10 09:00")
    grounds = "据了解该项目尚未投入使用，请核查（演示）。"
    raised = [
        settlement.raise_objection(
            line=line, raised_by="演示异议人", contact="演示联系方式", grounds=grounds, file=None, by=VISITOR,
            now=stage.wait(minutes=20),
        )
        for line in lines[:4]
    ]  # fmt: skip
    approver, now = stage["fs-approve"], stage.until("2019-04-12 09:00")
    if len(raised) < 4:
        return
    settlement.dismiss(objection=raised[0], reason="现场核实系统在用（演示）。", by=approver, now=now)
    settlement.uphold(objection=raised[1], reason="核实未交付，异议成立（演示）。", by=approver, now=now)
    payable = raised[2].line.face_fen // 2
    settlement.reduce(
        objection=raised[2],
        reason="部分模块未交付，按一半结算（演示）。",
        payable_fen=payable,
        by=approver,
        now=now,
    )
    review = stage["fs-review"]
    passed = settlement.escalate(
        objection=raised[3], reason="涉及价格争议，请省厅组织专家核查（演示）。", by=review, now=now
    )
    reported = settlement.report(
        objection=passed,
        reason="专家建议补充材料（演示）。",
        by=stage["province"],
        now=stage.until("2019-04-15 09:00"),
    )
    settlement.defer(
        objection=reported, reason="材料补充前推迟结算（演示）。", by=approver, now=stage.wait(hours=1)
    )


def _pay(stage: Stage, city: str) -> None:
    letters, cycle = letters_of(city), stage.cycles["2018"]
    stage.until("2019-05-20 09:00")
    run = settlement.prepare_run(
        cycle=cycle, city=city, by=stage[f"{letters}-review"], now=stage.wait(minutes=20)
    )
    cashier = stage[f"{letters}-cash"]
    run = settlement.release(run=run, by=cashier, now=stage.wait(minutes=30))
    if city == "440300":
        return
    rows = []
    for place, row in enumerate(run.instructions.order_by("number"), 1):
        bounced = city == "441900" and place == 2
        rows.append(
            (place + 1, {
                "instruction": row.number, "amount": yuan_plain(row.amount_fen),
                "outcome": "失败" if bounced else "成功",
                "bank_reference": "" if bounced else f"DEMO-BANK-{row.number}",
                "settled_on": f"{stage.now:%Y-%m-%d}", "reason": "账号与户名不符（演示）" if bounced else "",
            })
        )  # fmt: skip
    settlement.take_results(run=run, rows=rows, by=cashier, now=stage.wait(hours=5))
    settlement.finish(run=run, by=cashier, now=stage.wait(minutes=10))
    paid = run.instructions.filter(state="paid").select_related("voucher").order_by("number")
    if city == "440600" and paid:
        _recover(stage, paid[0], letters)


def _recover(stage: Stage, instruction, letters: str) -> None:  # type: ignore[no-untyped-def]
    approver = stage[f"{letters}-approve"]
    document = stage.stored(approver, "审计结论", [("券号", instruction.voucher.number)])
    recovery = settlement.demand(
        voucher=instruction.voucher, amount_fen=instruction.amount_fen, reason="审计发现价格不合理（演示）。",
        document=document, by=approver, now=stage.wait(days=3),
    )  # fmt: skip
    settlement.receive(
        recovery=recovery,
        bank_reference="DEMO-BACK-0001",
        by=stage[f"{letters}-cash"],
        now=stage.wait(days=5),
    )


def _with_differences(stage: Stage) -> None:
    """Applications of 东莞 at which a reviewer must look: another fee, a price out of line, a related party."""

    def walk(place: int, supplier: str) -> Walk:
        return Walk(stage, f"qy{place:02d}", supplier, cycle="2019")

    names = {service: rulebook("gd-2018").service(service, stage.now.date()) for service in (2, 8)}
    said = tuple(
        (found.name, fee) for found, fee in zip(names.values(), (6_800_000, 4_600_000), strict=True) if found
    )
    other = {"lines": said, "signed_on": at("2019-05-31 09:00").date()}
    walk(5, "yun").draft(fees=(7_800_000, 4_600_000), says=other).submit().confirm()
    walk(30, "ruan").draft(fees=(16_800_000, 3_900_000)).submit().confirm()
    note = "双方法定代表人为近亲属（演示），合同价格按公布的收费标准执行。"
    related: dict[str, Any] = {"is_related_party": "1", "related_party_note": note, "fair_price_vowed": "1"}
    walk(20, "yun").draft(**related).submit().confirm(related=note)
    walk(15, "neng").draft(form="docx").submit().confirm()


def _claims_to_look_at(stage: Stage) -> None:
    """Claims of 东莞: one paid by a declared parent, one whose receipt says less, two alike reports, one whose
    invoice is reversed later on."""

    def walk(place: int, supplier: str) -> Walk:
        return Walk(stage, f"qy{place:02d}", supplier, cycle="2019").draft().submit().confirm().issue()

    walk(30, "neng").claim(payer="虚构控股集团（演示）有限公司").attest().verdict()
    walk(20, "neng").claim(form="xml", paid_fen=9_000_000).attest().verdict()
    report = "\n".join(ACCEPTED)
    for place in (10, 25):
        walk(place, "neng").claim(report=report).attest().verdict()
    reversed_later = walk(15, "yun").claim(form="xml").attest().verdict()
    stage.read_all()
    reversed_later.reverse()


def _clean_claim(stage: Stage) -> None:
    """A claim of 东莞 with nothing to look at: its papers agree, and its operator's records say that it is used."""
    stage.until("2019-06-14 09:00")
    signed, begins = at("2019-03-04 12:00").date(), at("2019-03-11 12:00").date()
    walk = Walk(stage, "qy05", "neng", cycle="2019").draft(says={"signed_on": signed}, signed_on=f"{signed}")
    walk.submit().confirm().issue().claim(report="\n".join(METERED), bills=5)
    walk.attest(named_port="", operator=behaviour.OPERATOR)
    behaviour.seen_by_one_operator(stage, walk, begins, stage.now.date())


def _second_cycle(stage: Stage) -> None:
    """The 2019 cycle is open: vouchers at every step of application and claim wait on the desks."""
    stage.until("2019-05-06 09:00")
    officer = stage["province"]
    cycle = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=officer, now=stage.now
    )
    programme.publish_windows(
        cycle=cycle,
        windows={
            "register": (at("2019-05-20 09:00"), at("2019-09-30 17:00")),
            "apply": (at("2019-06-03 10:00"), at("2019-09-30 17:00")),
            "claim": (at("2019-06-05 10:00"), at("2020-02-28 17:00")),
        },
        by=officer,
        now=stage.now,
    )
    quotas(stage, "2019", factor=150)
    stage.until("2019-06-03 09:00")
    stage.cycles["2019"] = programme.open_cycle(cycle=cycle, by=officer, now=stage.now)
    stage.until("2019-06-03 10:30")
    piloting.under_way(stage)

    def walk(place: int, supplier: str) -> Walk:
        return Walk(stage, f"qy{place:02d}", supplier, cycle="2019").draft()

    walk(5, "ruan")
    for place, supplier in ((10, "yun"), (15, "ruan"), (11, "yun")):
        walk(place, supplier).submit()
    walk(20, "neng").submit().confirm().send_back()
    for place, supplier in ((25, "ruan"), (13, "ruan"), (16, "yun"), (7, "neng"), (12, "wai")):
        walk(place, supplier).submit().confirm()
    _with_differences(stage)
    for place, supplier in ((10, "ruan"), (2, "ruan"), (6, "ruan")):
        walk(place, supplier).submit().confirm().issue()
    stage.until("2019-06-05 10:30")
    walk(15, "wai").submit().confirm().issue().claim()
    walk(20, "ruan").submit().confirm().issue().claim().decline_claim()
    for place, supplier in ((1, "ruan"), (25, "wai"), (11, "ruan")):
        walk(place, supplier).submit().confirm().issue().claim().attest()
    walk(4, "ruan").submit().confirm().issue().claim().attest().verdict()
    _claims_to_look_at(stage)
    for place, supplier in ((10, "wai"), (20, "wai"), (1, "wai")):
        walk(place, supplier).submit().confirm().issue().claim().attest().verdict().approve()


def _publicity_and_changes(stage: Stage) -> None:
    """Registrations that wait, a list in public with an objection, a rule change at its second person."""
    officer = stage["province"]
    stage.until("2019-06-11 09:00")
    _waiting_registrations(stage)
    stage.until("2019-06-12 09:00")
    drawn = settlement.draw_up(
        cycle=stage.cycles["2019"], city="441900", by=stage["dg-review"], now=stage.wait(minutes=20)
    )
    listed = settlement.publish(settlement_list=drawn, by=stage["dg-approve"], now=stage.wait(minutes=20))
    line = SettlementLine.objects.filter(settlement_list=listed).order_by("position").first()
    assert line is not None
    settlement.raise_objection(
        line=line, raised_by="演示异议人", contact="演示联系方式", grounds="请核查实际使用情况（演示）。", file=None,
        by=VISITOR, now=stage.wait(hours=3),
    )  # fmt: skip
    draft = programme.draft_rule_change(
        pack="gd-2018",
        rule="award.cap.8",
        value={"per": "service", "amount": "4 万元"},
        from_on=at("2019-10-01 00:00").date(),
        article="D47-4.4.1",
        meaning="演示：供应链协同的奖补上限由 3 万元调整为 4 万元，自 2019-10-01 起申领的服务券适用。",
        by=officer,
        now=stage.wait(hours=1),
    )
    programme.submit_rule_change(change=draft, by=officer, now=stage.wait(minutes=5))

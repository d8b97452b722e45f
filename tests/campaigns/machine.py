"""Random lives of vouchers in two cities with small quotas and little money; every invariant after every step."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.cast import APPLYING, CLAIMING, CLOCK, DONGGUAN, FOSHAN, PAYING, World, at, broken
from yunquan.evidence.models import InvoiceAlarm
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Enterprise, Supplier
from yunquan.programme import accounts
from yunquan.programme import actions as programme
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import (
    Objection,
    PaymentInstruction,
    PaymentRun,
    Recovery,
    SettlementLine,
    SettlementList,
)
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.holding import resting_on
from yunquan.vouchers.lifecycle import FINAL
from yunquan.vouchers.models import Voucher

CITIES = {DONGGUAN: "dg", FOSHAN: "fs"}
CLERKS = ("dg_enterprise", "dg_second", "dg_third", "fs_enterprise", "fs_second")
LINES = (
    ([{"service": "8", "fee": "50000.00"}], "50000.00"),
    ([{"service": "2", "fee": "80000.00", "devices": "60", "device_value": "1"}], "80000.00"),
    ([{"service": "3", "fee": "300000.00"}], "300000.00"),
)
REASONS = [{"code": "test", "label": "测试理由"}]
LISTING, OBJECTING = at("2019-04-08 09:00"), at("2019-04-10 09:00")
some = st.integers(0, 10**6)


class Lives(RuleBasedStateMachine):
    """Steps of everyone, right and wrong, in any order; a refused one must change nothing but the log."""

    world: World  # laid by the test, shared by all examples; each example is rolled back
    reached: set[str]  # every state that some voucher of some example came to
    ended: dict[int, str]

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.w = replace(type(self).world, people=dict(type(self).world.people), serial=itertools.count(1000))
        self.ended = {}

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    @initialize(head_start=st.sampled_from((60, 45, 30, 15, 0)))
    def scarce(self, head_start: int) -> None:
        """Little quota and less money; some lives are well under way when the disturbances begin."""
        officer = self.w["province_officer"]
        for city, quota, fund in ((DONGGUAN, 500_000_00, 250_000_00), (FOSHAN, 200_000_00, 100_000_00)):
            cycle = {"cycle": self.w.cycle, "city": city, "by": officer, "now": APPLYING}
            programme.set_target(target_fen=quota, quota_fen=quota, **cycle)
            programme.withdraw_funds(amount_fen=1000_0000_00 - fund, **cycle)
        for number, who in enumerate(CLERKS):
            self.apply(who, LINES[number % 2], 7, number % 2 == 0)
        self.supplier_step(1, 0)
        self.nothing_is_broken()
        self.business_as_usual(1, head_start)

    # Choosing and trying.

    def voucher(self, pick: int, *states: str) -> Voucher | None:
        """A voucher in one of these states; now and then any at all, so that wrong steps are tried too."""
        rows = Voucher.objects.order_by("pk")
        wanted = rows if pick % 7 == 0 else rows.filter(state__in=states)
        return self.one(wanted, pick)

    def one(self, rows: Any, pick: int) -> Any:
        found = list(rows)
        return found[pick % len(found)] if found else None

    def attempt(self, act: Callable[..., Any], **arguments: Any) -> Any:
        """Try an act; a refusal is an answer like any other."""
        try:
            return act(**arguments)
        except Refused as refused:
            codes = {refusal.code for refusal in refused.refusals}
            voucher = arguments.get("voucher")
            if codes == {"no_quota"}:
                left = balance_fen(accounts.quota(voucher.cycle.code, voucher.city))
                assert voucher.face_fen > left, "undersold"
            return None

    def officer(self, city: str, office: str, pick: int) -> Actor:
        """The officer of the city, now and then someone who must not."""
        if pick % 11 == 0:
            return self.w["supplier"]
        if pick % 13 == 0:
            person = self.w[f"{CITIES[city]}_reviewer"].person
            return Actor(person=person, role=f"city_{office}", org=f"bureau:{city}")
        return self.w[f"{CITIES[city]}_{office}"]

    def clerk_of(self, voucher: Voucher) -> str:
        key = f"enterprise:{voucher.enterprise_id}"
        return next(name for name in CLERKS if self.w[name].org == key)

    def supplier_of(self, voucher: Voucher) -> Actor:
        key = f"supplier:{voucher.supplier_id}"
        return next((actor for actor in self.w.people.values() if actor.org == key), self.w["supplier"])

    # Applications.

    @rule(
        who=st.sampled_from(CLERKS),
        lines=st.sampled_from(LINES),
        contract=st.integers(1, 6),
        other=st.booleans(),
    )
    def apply(self, who: str, lines: tuple[list[dict[str, str]], str], contract: int, other: bool) -> None:
        chosen, total = lines
        supplier = Supplier.objects.get(
            pk=int(self.w["other_supplier" if other else "supplier"].org.split(":")[1])
        )
        number = f"HT-{next(self.w.serial)}" if contract > 2 else f"HT-{contract}"
        typed = self.w.typed(
            who, lines=chosen, cloud_fee=total, total=total, contract_number=number, supplier=supplier
        )
        row = self.w.start(who)
        self.attempt(vouchers.submit, voucher=row, typed=typed, by=self.w[who], now=APPLYING)

    @rule(pick=some, step=st.sampled_from(("submit", "withdraw", "cancel")))
    def enterprise_step(self, pick: int, step: str) -> None:
        row = self.voucher(pick, "draft", "returned", "submitted")
        if row is not None:
            self.attempt(getattr(vouchers, step), voucher=row, by=self.w[self.clerk_of(row)], now=APPLYING)

    @rule(pick=some, declines=st.integers(0, 2))
    def supplier_step(self, pick: int, declines: int) -> None:
        row = self.voucher(pick, "submitted")
        if row is None or row.supplier is None:
            return
        by = self.supplier_of(row)
        if declines == 0:
            self.attempt(vouchers.decline, voucher=row, reasons=REASONS, by=by, now=APPLYING)
        else:
            self.attempt(vouchers.confirm, voucher=row, seen_hash=row.content_hash, by=by, now=APPLYING)

    @rule(pick=some, step=st.sampled_from(("issue", "issue", "send_back", "reject")))
    def review(self, pick: int, step: str) -> None:
        row = self.voucher(pick, "confirmed")
        if row is None:
            return
        told = {"seen_hash": row.content_hash} if step == "issue" else {"reasons": REASONS}
        by = self.officer(row.city, "reviewer", pick)
        self.attempt(getattr(vouchers, step), voucher=row, by=by, now=APPLYING, **told)

    # Claims.

    @rule(pick=some, invoice=st.integers(1, 8))
    def claim(self, pick: int, invoice: int) -> None:
        row = self.voucher(pick, "issued", "claim_returned")
        if row is None or row.supplier is None:
            return
        who = self.clerk_of(row)
        typed = self.w.typed_claim(row, who)
        typed["invoices"][0]["gross"] = typed["proofs"][0]["amount"] = "500000.00"
        if invoice == 1:
            typed["invoices"][0]["number"] = "77"
        self.attempt(vouchers.claim, voucher=row, typed=typed, by=self.w[who], now=CLAIMING)

    @rule(pick=some, declines=st.integers(0, 5))
    def attest(self, pick: int, declines: int) -> None:
        row = self.voucher(pick, "claimed")
        if row is None or row.supplier is None:
            return
        by = self.supplier_of(row)
        if declines == 0:
            self.attempt(vouchers.decline_claim, voucher=row, reasons=REASONS, by=by, now=CLAIMING)
        else:
            told = {"seen_hash": row.claim_hash, "ends": self.w.ends(row)}
            self.attempt(vouchers.attest, voucher=row, by=by, now=CLAIMING, **told)

    @rule(pick=some, outcome=st.sampled_from(("done", "done", "done", "not_done", "not_enough_data")))
    def verdict(self, pick: int, outcome: str) -> None:
        row = self.voucher(pick, "attested")
        if row is not None:
            by = self.w["province_officer"]
            told = {"outcome": outcome, "reasons": REASONS, "document": self.w.file(by)}
            self.attempt(vouchers.record_verdict, voucher=row, by=by, now=CLAIMING, **told)

    @rule(pick=some, step=st.sampled_from(("approve_claim",) * 4 + ("send_back_claim", "reject_claim")))
    def review_claim(self, pick: int, step: str) -> None:
        row = self.voucher(pick, "verified")
        if row is None:
            return
        told = {"seen_hash": row.claim_hash} if step == "approve_claim" else {"reasons": REASONS}
        by = self.officer(row.city, "reviewer", pick)
        self.attempt(getattr(vouchers, step), voucher=row, by=by, now=CLAIMING, **told)

    @rule(pick=some, who=st.sampled_from(("cashier", "reviewer", "supplier")))
    def alarm(self, pick: int, who: str) -> None:
        row = self.voucher(pick, "claimed", "attested", "verified", "approved", "listed", "ordered", "paid")
        join = row.claim_invoices.select_related("invoice").first() if row is not None else None
        if row is None or join is None or pick % 3:
            return
        by = self.supplier_of(row) if who == "supplier" else self.officer(row.city, who, pick)
        told = {"key": join.invoice.key, "kind": "void", "happened_on": date(2019, 2, 1), "note": "查验"}
        self.attempt(vouchers.raise_alarm, by=by, now=PAYING, **told)

    @rule(pick=some, answer=st.sampled_from(("lifted", "lifted", "upheld")))
    def answer(self, pick: int, answer: str) -> None:
        alarm = self.one(InvoiceAlarm.objects.order_by("pk"), pick)
        row = resting_on(alarm.key).first() if alarm is not None else None
        if row is None:
            return
        by = self.officer(row.city, "reviewer" if pick % 2 else "approver", pick)
        told = {"alarm": alarm, "answer": answer, "reason": "核查"}
        self.attempt(vouchers.answer_alarm, by=by, now=PAYING, **told)
        if pick % 5 == 0:
            by = self.officer(row.city, "approver", pick)
            self.attempt(vouchers.refuse_for_alarm, voucher=row, reason="作废", by=by, now=PAYING)

    @rule(pick=some)
    def lapse(self, pick: int) -> None:
        row = self.voucher(pick, "issued", "claim_returned") if pick % 5 == 0 else None
        if row is not None:
            self.attempt(vouchers.lapse, voucher=row, by=CLOCK, now=at("2019-03-31 17:00"))

    # Settlement.

    @rule(city=st.sampled_from(list(CITIES)), pick=some)
    def draw_up(self, city: str, pick: int) -> None:
        by = self.officer(city, "reviewer", pick)
        self.attempt(settlement.draw_up, cycle=self.w.cycle, city=city, by=by, now=LISTING)

    @rule(pick=some, step=st.sampled_from(("publish", "publish", "close", "close", "withdraw")))
    def list_step(self, pick: int, step: str) -> None:
        row = self.one(SettlementList.objects.exclude(state="withdrawn").order_by("pk"), pick)
        if row is None:
            return
        if step == "close":
            now = row.publicity_ends_at or LISTING
            self.attempt(settlement.close, settlement_list=row, by=CLOCK, now=now)
            return
        told = {"reason": "测试"} if step == "withdraw" else {}
        by = self.officer(row.city, "approver", pick)
        self.attempt(getattr(settlement, step), settlement_list=row, by=by, now=LISTING, **told)

    @rule(pick=some)
    def object(self, pick: int) -> None:
        row = self.one(SettlementLine.objects.order_by("pk"), pick)
        if row is not None:
            typed = {"raised_by": "访客", "contact": "测试", "grounds": "测试", "file": None}
            by = Actor(person="visitor", role="public", org="public")
            self.attempt(settlement.raise_objection, line=row, by=by, now=OBJECTING, **typed)

    @rule(pick=some, step=st.sampled_from(("dismiss", "uphold", "reduce", "defer", "escalate", "report")))
    def decide(self, pick: int, step: str) -> None:
        row = self.one(Objection.objects.select_related("line").order_by("pk"), pick)
        if row is None:
            return
        told: dict[str, Any] = {"payable_fen": row.line.face_fen // 2} if step == "reduce" else {}
        office = "reviewer" if step == "escalate" else "approver"
        by = self.w["province_officer"] if step == "report" else self.officer(row.city, office, pick)
        self.attempt(getattr(settlement, step), objection=row, reason="测试", by=by, now=OBJECTING, **told)

    @rule(city=st.sampled_from(list(CITIES)), pick=some)
    def prepare(self, city: str, pick: int) -> None:
        by = self.officer(city, "reviewer", pick)
        run = self.attempt(settlement.prepare_run, cycle=self.w.cycle, city=city, by=by, now=PAYING)
        if run is not None:
            self.longest_affordable_prefix(run)

    def longest_affordable_prefix(self, run: PaymentRun) -> None:
        """F2, told a second time: in order, held ones skipped, until the first that the money doesn't reach."""
        left, stopped = balance_fen(accounts.fund(run.cycle.code, run.city)), False
        rows = [row for row in run.plan if row["outcome"] != "held"]
        for row in rows:
            stopped = stopped or row["amount_fen"] > left
            assert row["outcome"] == ("carry" if stopped else "pay")
            left -= 0 if stopped else row["amount_fen"]
        marks = [(not row["carried"], not row["pilot"] and not row["carried"]) for row in run.plan]
        assert marks == sorted(marks)

    @rule(pick=some, step=st.sampled_from(("release", "release", "release", "cancel", "finish")))
    def run_step(self, pick: int, step: str) -> None:
        row = self.one(PaymentRun.objects.exclude(state__in=("done", "cancelled")).order_by("pk"), pick)
        if row is not None:
            by = self.officer(row.city, "cashier", pick)
            self.attempt(getattr(settlement, step), run=row, by=by, now=PAYING + timedelta(hours=1))

    @rule(pick=some, outcome=st.sampled_from(("成功", "成功", "退票")))
    def bank(self, pick: int, outcome: str) -> None:
        row = self.one(PaymentInstruction.objects.select_related("run").order_by("pk"), pick)
        if row is None:
            return
        line = {
            "instruction": row.number, "amount": f"{row.amount_fen / 100:.2f}", "outcome": outcome,
            "bank_reference": f"B{row.pk}", "settled_on": "2019-05-20", "reason": "",
        }  # fmt: skip
        by = self.officer(row.run.city, "cashier", pick)
        self.attempt(settlement.take_result, run=row.run, columns=line, by=by, now=PAYING)

    @rule(pick=some)
    def correct_account(self, pick: int) -> None:
        row = self.one(Enterprise.objects.order_by("pk"), pick)
        Enterprise.objects.filter(pk=row.pk).update(bank_account=f"62{pick:014d}")

    @rule(pick=some, part=st.sampled_from((1, 2)))
    def demand(self, pick: int, part: int) -> None:
        row = self.voucher(pick, "paid")
        if row is None:
            return
        by = self.officer(row.city, "approver", pick)
        told = {"amount_fen": row.face_fen // part, "reason": "测试", "document": self.w.file(by)}
        self.attempt(settlement.demand, voucher=row, by=by, now=PAYING, **told)

    @rule(pick=some)
    def receive(self, pick: int) -> None:
        row = self.one(Recovery.objects.order_by("pk"), pick)
        if row is not None:
            by = self.officer(row.city, "cashier", pick)
            self.attempt(settlement.receive, recovery=row, bank_reference=f"R{pick}", by=by, now=PAYING)

    @rule(pick=some, steps=st.integers(1, 8))
    def business_as_usual(self, pick: int, steps: int) -> None:
        """Everyone takes a right step now and then, so that lives get far enough to be worth a disturbance."""
        for step in range(steps):
            # Divisible by none of 7, 11, 13: the right voucher and the right officer.
            right = (pick + step) * 1001 + 1
            row = self.one(Voucher.objects.exclude(state__in=(*FINAL, "paid")).order_by("pk"), pick + step)
            if row is not None:
                self.next_step(row, right)

    def next_step(self, row: Voucher, right: int) -> None:
        applications: dict[str, Callable[[], None]] = {
            "draft": lambda: self.enterprise_step(right, "submit"),
            "returned": lambda: self.enterprise_step(right, "submit"),
            "submitted": lambda: self.supplier_step(right, 1),
            "confirmed": lambda: self.review(right, "issue"),
            "issued": lambda: self.claim(right, 2),
            "claim_returned": lambda: self.claim(right, 2),
            "claimed": lambda: self.attest(right, 1),
            "attested": lambda: self.verdict(right, "done"),
            "verified": lambda: self.review_claim(right, "approve_claim"),
            "approved": lambda: self.draw_up(row.city, right),
            "listed": lambda: self.towards_payment(row.city, right),
            "ordered": lambda: self.bank(right, "成功"),
        }
        applications[row.state]()

    def towards_payment(self, city: str, right: int) -> None:
        drawn = SettlementList.objects.filter(city=city, state__in=("drafted", "published")).first()
        if drawn is not None:
            step = "publish" if drawn.state == "drafted" else "close"
            by = CLOCK if step == "close" else self.w[f"{CITIES[city]}_approver"]
            now = drawn.publicity_ends_at or LISTING
            self.attempt(getattr(settlement, step), settlement_list=drawn, by=by, now=now)
        elif PaymentRun.objects.filter(city=city, state="prepared").exists():
            run = PaymentRun.objects.get(city=city, state="prepared")
            by = self.w[f"{CITIES[city]}_cashier"]
            if self.attempt(settlement.release, run=run, by=by, now=PAYING) is None:
                self.attempt(settlement.cancel, run=run, by=by, now=PAYING)
        else:
            self.prepare(city, right)

    # The province moves quota and money.

    @rule(there=st.booleans(), fen=st.integers(1, 400_000_00), funds=st.booleans())
    def province(self, there: bool, fen: int, funds: bool) -> None:
        one, other = (DONGGUAN, FOSHAN) if there else (FOSHAN, DONGGUAN)
        by = self.w["province_officer"]
        if not funds:
            told = {"from_city": one, "to_city": other, "amount_fen": fen}
            self.attempt(programme.reallocate, cycle=self.w.cycle, by=by, now=APPLYING, **told)
            return
        act = programme.appropriate_funds if there else programme.withdraw_funds
        self.attempt(act, cycle=self.w.cycle, city=other, amount_fen=fen, by=by, now=APPLYING)

    @invariant()
    def nothing_is_broken(self) -> None:
        """What the doctor says, and that what ended stays ended (S4)."""
        assert broken() == []
        type(self).reached |= set(Voucher.objects.values_list("state", flat=True))
        states = dict(Voucher.objects.filter(state__in=(*FINAL, "paid")).values_list("pk", "state"))
        for pk, state in self.ended.items():
            assert states.get(pk) == state or (state, states.get(pk)) == ("paid", "recovered")
        self.ended = states

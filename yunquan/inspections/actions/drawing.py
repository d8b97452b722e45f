"""公开抽取: commitments, freeze, reveals, the public value, the draw, and the end of the round (D858-2.2, D1, D2)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.inspections import draw_files
from yunquan.inspections.actions.panels import panel_for
from yunquan.inspections.actions.plan_steps import locked, step_facts
from yunquan.inspections.draw_invariants import frozen_breaches
from yunquan.inspections.expert_ties import frozen_rows
from yunquan.inspections.models import Custodian, Inspection, Plan, PlanItem
from yunquan.inspections.plan_population import (
    FINISHED,
    Candidate,
    Excluded,
    Population,
    population_of,
    regime_of,
)
from yunquan.journal.actions import audited, move, notify, record
from yunquan.journal.rows import insert, update
from yunquan.kernel import draw as kernel
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import canonical_json
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.freezing import SHORTEST_SECRET, judge_entropy, judge_reveals
from yunquan.policy.drawing.reading import DrawRefused, Faults, Source, hex_wrong
from yunquan.policy.roles import Role
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

__all__ = ["close", "commit", "draw", "drop_custodian", "freeze", "panel_for", "reveal"]
ARTICLE = "D858-2.2"
_MOST_FAULTS = 30


@audited("plan.commit", about="plan")
def commit(*, plan: Plan, commitment: str, by: Actor, now: datetime) -> Custodian:
    """A custodian publishes the commitment to a secret that nobody else knows; once, and before the freeze."""
    plan = locked(plan)
    mine = _mine(plan, by)
    _not_of_the_drawers(plan, by)
    value = commitment.strip().lower()
    found = []
    if plan.state != "published":
        found.append(Refusal("not_now", "承诺只能在计划公布之后、冻结之前公布。", ARTICLE))
    if mine.commitment:
        found.append(Refusal("committed", "您已公布过承诺，不能更换。", ARTICLE, "请保存好原来的随机数。"))
    if hex_wrong(value) or len(value) != 64:
        found.append(
            Refusal("not_hex", "承诺应是 64 个十六进制字符。", ARTICLE, "请用本页生成。", "commitment")
        )
    if found:
        raise Refused(found)
    mine.commitment, mine.committed_at = value, now
    mine.save(update_fields=["commitment", "committed_at"])
    record("plan.commit", by=by, obj=plan.journal_key, now=now, why=ARTICLE,
           payload={"custodian": mine.name, "commitment": value})  # fmt: skip
    return mine


@audited("plan.drop_custodian", about="plan")
def drop_custodian(*, plan: Plan, name: str, reason: str, by: Actor, now: datetime) -> None:
    """Take out a custodian who made no commitment, with a reason, before the freeze; one at least stays."""
    plan = locked(plan)
    row = plan.custodians.filter(name=name).first()
    found = []
    if (
        by.org != plan.org
        or plan.lifecycle.row("freeze", plan.state) is None
        or row is None
        or row.commitment
    ):
        found.append(Refusal("not_now", "只有本单位可以在冻结之前撤换没有公布承诺的保管人。", ARTICLE))
    if not reason.strip():
        found.append(Refusal("missing", "请写明撤换的理由。", ARTICLE, field="reason"))
    if plan.custodians.count() < 2:
        found.append(Refusal("last_one", "只有一名保管人，不能撤换；可以中止计划后重做。", ARTICLE))
    if found or row is None:
        raise Refused(found)
    row.delete()
    record("plan.drop_custodian", by=by, obj=plan.journal_key, now=now, why=ARTICLE,
           payload={"custodian": name, "reason": reason.strip()})  # fmt: skip


@audited("plan.freeze", about="plan")
def freeze(*, plan: Plan, by: Actor, now: datetime, reveals_end_at: datetime | None = None) -> Plan:
    """Freeze population, exclusions, experts, commitments and parameters to the byte; their hashes go to the log.

    Raises Refused with everything that is wrong, before anything is written.
    """
    plan = locked(plan)
    until = reveals_end_at or plan.reveals_end_at
    population = population_of(plan, today=local_date(now))
    custodians = list(plan.custodians.order_by("name"))
    facts = {
        **step_facts(plan, by=by, now=now),
        "faults": population.faults,
        "uncommitted": [one.name for one in custodians if not one.commitment],
        "reveals_end_at": until,
        "sources": plan.sources,
        "fallback": plan.fallback,
        "due": plan.due,
    }
    _judge(plan, "freeze", by, facts)
    assert until is not None
    items = _blinded(plan, population)
    frozen = _frozen(plan, population, items, custodians, until)
    _keep_items(plan, population, items)
    draw_files.keep(plan, frozen.files, now=now)
    hashed = kernel.HASHES[plan.alg]
    hashes = {name: hashed(content).hex() for name, content in frozen.files.items()}
    seq = move(
        plan, "freeze", by=by, facts=facts, now=now, pol=plan.regime_version,
        changes={"frozen_by": by.person, "frozen_at": now, "reveals_end_at": until},
        payload={"alg": plan.alg, "due": plan.due_at, "files": hashes},
    )  # fmt: skip
    plan.freeze_seq = seq
    Plan.objects.filter(pk=plan.pk).update(freeze_seq=seq)
    for one in custodians:
        title = f"{plan.number} 名单已冻结，请保管人 {one.name} 在截止前揭示随机数"
        notify(org=_org_of(one), obj=plan.journal_key, kind="reveal", title=title, link="/desk/custody/",
               key=f"{plan.journal_key}:reveal:{one.pk}", now=now)  # fmt: skip
    return plan


@audited("plan.reveal", about="plan")
def reveal(*, plan: Plan, secret: str, by: Actor, now: datetime) -> Custodian:
    """A custodian reveals the secret: after the freeze, in time, and as it was committed (D1)."""
    plan = locked(plan)
    mine = _mine(plan, by)
    _not_of_the_drawers(plan, by)
    value = secret.strip().lower()
    found = []
    if plan.state != "frozen":
        found.append(Refusal("not_now", "随机数在名单冻结之后、抽取之前揭示。", ARTICLE))
    elif plan.reveals_end_at is not None and now > plan.reveals_end_at:
        message = "揭示已经截止，迟到的随机数不采用；这次没有揭示会公开显示。"
        found.append(Refusal("too_late", message, ARTICLE))
    if mine.secret:
        found.append(Refusal("revealed", "您已揭示过。", ARTICLE))
    if hex_wrong(value) or len(value) < 2 * SHORTEST_SECRET or len(value) > 128:
        mend = "请填写公布承诺时保存的随机数。"
        found.append(Refusal("not_hex", "随机数应是小写十六进制，至少 16 字节。", ARTICLE, mend, "secret"))
    elif commitment_of(plan, mine.name, value) != mine.commitment:
        message = "这个随机数与您公布的承诺不符。"
        found.append(
            Refusal("not_as_committed", message, ARTICLE, "请找出公布承诺时保存的那一个。", "secret")
        )
    if found:
        raise Refused(found)
    mine.secret, mine.revealed_at = value, now
    mine.save(update_fields=["secret", "revealed_at"])
    record("plan.reveal", by=by, obj=plan.journal_key, now=now, why=ARTICLE,
           payload={"custodian": mine.name, "secret": value})  # fmt: skip
    return mine


@audited("plan.draw", about="plan")
def draw(
    *,
    plan: Plan,
    entropy: Mapping[str, str],
    proof: StoredFile | None,
    silent: Mapping[str, str] | None = None,
    by: Actor,
    now: datetime,
) -> Plan:
    """Enter the public values with their evidence and draw: result, inspections and holds in one transaction.

    `silent` says of each source that a spare one stands for what shows that it brought no value. Raises Refused with
    everything that is wrong; a plan is drawn once (D1).
    """
    plan = locked(plan)
    custodians = list(plan.custodians.order_by("name"))
    values = {source.strip(): value.strip() for source, value in entropy.items() if value.strip()}
    told = {
        source: why.strip()[:500]
        for source, why in (silent or {}).items()
        if plan.fallback.get(source) in values and why.strip()
    }
    facts = {
        **step_facts(plan, by=by, now=now),
        "all_revealed": all(one.secret for one in custodians),
        "reveals_end_at": plan.reveals_end_at,
        "proof": proof,
        "due": plan.due,
        "fallback": plan.fallback,
        "values": values,
        "silent": told,
    }
    _judge(plan, "draw", by, facts)
    files = _drawn(plan, custodians, values)
    known = draw_files.files_of(plan)
    draw_files.keep(plan, {name: files[name] for name in files if name not in known}, now=now)
    picked = _place(plan, files, now=now)
    hashed = kernel.HASHES[plan.alg]
    move(
        plan, "draw", by=by, facts=facts, now=now, pol=plan.regime_version,
        changes={
            "entropy": values, "silent": told, "entropy_proof": proof, "seed": bundle.seed_in(files).hex(), "drawn_at": now,
        },
        payload={"seed": bundle.seed_in(files).hex(), "result": hashed(files["result.jsonl"]).hex()},
    )  # fmt: skip
    _hold(plan, picked, by=by, now=now)
    for city in sorted({one.city for one in picked}):
        notify(
            org=f"bureau:{city}", obj=plan.journal_key, kind="drawn", now=now, link=f"/inspections/{plan.number}/",
            title=f"{plan.number} 已抽取，本市有服务券被抽中", key=f"{plan.journal_key}:drawn:{city}",
        )  # fmt: skip
    return plan


@audited("plan.close", about="plan")
def close(*, plan: Plan, by: Actor, now: datetime) -> Plan:
    """End the round and publish the salts: everyone sees which voucher stood under which reference (D2)."""
    plan = locked(plan)
    still = Inspection.objects.filter(plan=plan).exclude(state__in=FINISHED).count()
    facts = {**step_facts(plan, by=by, now=now), "open_count": still}
    _judge(plan, "close", by, facts)
    rows = PlanItem.objects.filter(plan=plan).values_list("ref", "voucher__number", "salt")
    content = draw_files.salts_bytes(rows.order_by())
    draw_files.keep(plan, {draw_files.SALTS: content}, now=now)
    move(plan, "close", by=by, facts=facts, now=now, changes={"closed_at": now})
    return plan


def commitment_of(plan: Plan, custodian: str, secret: str) -> str:
    """The commitment to a secret in hex."""
    made = kernel.commitment(
        alg=plan.alg, draw_id=plan.number, custodian=custodian, secret=bytes.fromhex(secret)
    )
    return made.hex()


def _mine(plan: Plan, by: Actor) -> Custodian:
    """The custody of the person who acts; raises Refused for anybody else (A1)."""
    row = Custodian.objects.select_for_update().filter(plan=plan, person_id=_person(by)).first()
    if row is None:
        raise Refused([Refusal("not_custodian", "您不是这次抽取的保管人。", ARTICLE)])
    return row


def _not_of_the_drawers(plan: Plan, by: Actor) -> None:
    """A secret is not handled by who acts for the drawer's bureau now; an auditor stands apart (D1)."""
    if by.org == plan.org and by.role != Role.AUDITOR:
        message = "您现在以抽取单位人员的身份办理，不能公布承诺或揭示随机数。"
        mend = "请切换到原来单位的身份；已调入抽取单位的，请由抽取单位撤换保管人。"
        raise Refused([Refusal("custodian_is_drawer", message, ARTICLE, mend)])


def _person(by: Actor) -> int:
    head, _, tail = by.person.partition(":")
    return int(tail) if head == "person" and tail.isdecimal() else 0


def _org_of(custodian: Custodian) -> str:
    row = custodian.person.appointments.filter(revoked_at=None, bureau__isnull=False).first()
    return row.org_key if row is not None else "platform"


def _judge(plan: Plan, action: str, by: Actor, facts: Mapping[str, Any]) -> None:
    """Refuse what the table refuses before the long work begins; `move` asks it once more."""
    decision = plan.lifecycle.decide(action, state=plan.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)


def _blinded(plan: Plan, population: Population) -> dict[int, tuple[str, str]]:
    """For each voucher of the scope its salt and its blinded reference."""
    found = {}
    everyone: list[Candidate | Excluded] = [*population.candidates, *population.excluded]
    for one in everyone:
        salt = secrets.token_bytes(16)
        found[one.pk] = (salt.hex(), kernel.blinded(alg=plan.alg, salt=salt, number=one.number))
    return found


def _frozen(
    plan: Plan,
    population: Population,
    items: Mapping[int, tuple[str, str]],
    custodians: Sequence[Custodian],
    until: datetime,
) -> Any:
    parties = {items[one.pk][1]: (one.enterprise, one.supplier) for one in population.candidates}
    parties |= {items[one.pk][1]: (one.enterprise, one.supplier) for one in population.excluded}
    try:
        return draw_files.frozen_files(
            items=[
                kernel.Item(items[one.pk][1], one.stratum, one.weight, bool(one.mandatory_reason))
                for one in population.candidates
            ],
            excluded=[(items[one.pk][1], one.reason) for one in population.excluded],
            experts=frozen_rows(parties),
            commits={one.name: one.commitment for one in custodians},
            params=draw_files.params_of(plan, until),
        )
    except DrawRefused as refused:
        raise Refused(_as_refusals(refused)) from None


def _as_refusals(refused: DrawRefused) -> list[Refusal]:
    return [
        Refusal("wrong_draw", f"{fault.file} 第 {fault.line} 行 {fault.key}：{fault.reason}。", ARTICLE,
                f"应为：{fault.expected}")
        for fault in refused.faults[:_MOST_FAULTS]
    ]  # fmt: skip


_ITEM = (
    "plan", "voucher", "ref", "salt", "stratum", "weight", "weight_reasons", "mandatory_reason",
    "excluded_reason", "outcome", "rank", "passed_reason",
)  # fmt: skip


def _keep_items(plan: Plan, population: Population, items: Mapping[int, tuple[str, str]]) -> None:
    rows = [
        (plan.pk, one.pk, items[one.pk][1], items[one.pk][0], one.stratum, one.weight,
         [list(reason) for reason in one.reasons], one.mandatory_reason, "", "", None, "")
        for one in population.candidates
    ]  # fmt: skip
    rows += [
        (plan.pk, one.pk, items[one.pk][1], items[one.pk][0], "", 1, [], "", one.reason[:300], "", None, "")
        for one in population.excluded
    ]
    insert(PlanItem, _ITEM, rows)


def _drawn(plan: Plan, custodians: Sequence[Custodian], values: Mapping[str, str]) -> dict[str, bytes]:
    """The bundle, from what was frozen, revealed and entered; raises Refused with everything that is wrong."""
    faults, files = Faults(), draw_files.files_of(plan)
    if changed := [one.message for one in frozen_breaches(plan, files)]:
        mend = "请停止办理并联系系统管理员；这次抽取只能中止。"
        raise Refused([Refusal("frozen_changed", f"{why}。", ARTICLE, mend) for why in changed])
    try:
        frozen = draw_files.frozen_again(files)
        revealed = {one.name: one.secret for one in custodians if one.secret}
        times = {one.name: one.revealed_at.isoformat() for one in custodians if one.revealed_at is not None}
        secrets_ = judge_reveals(
            Source("reveals.json", canonical_json(revealed)), frozen,
            Source("reveals-at.json", json.dumps(times, ensure_ascii=False).encode()), faults,
        )  # fmt: skip
        entered = judge_entropy(Source("entropy.json", canonical_json(dict(values))), frozen, faults)
        faults.refuse()
        return bundle.draw_frozen(frozen, secrets=secrets_, values=entered)
    except DrawRefused as refused:
        raise Refused(_as_refusals(refused)) from None


def _place(plan: Plan, files: Mapping[str, bytes], *, now: datetime) -> list[Inspection]:
    """Write the result into the items, and an inspection for each that was picked."""
    result = draw_files.rows_in(files["result.jsonl"])
    rows = ((one["outcome"], one["rank"], plan.pk, one["ref"]) for one in result)
    update(PlanItem, ("outcome", "rank"), ("plan", "ref"), rows)
    items = PlanItem.objects.filter(plan=plan, outcome__in=("mandatory", "drawn")).order_by(
        "stratum", "outcome", "rank", "ref"
    )
    picked = [
        (item.pk, plan.pk, item.voucher_id, item.voucher.city) for item in items.select_related("voucher")
    ]
    _begin(picked, now=now)
    return list(Inspection.objects.filter(plan=plan).select_related("voucher").order_by("pk"))


def _begin(picked: Sequence[tuple[int, int, int, str]], *, now: datetime) -> None:
    Inspection.objects.bulk_create(
        [
            Inspection(item_id=item, plan_id=plan, voucher_id=voucher, city=city, selected_at=now)
            for item, plan, voucher, city in picked
        ],
        batch_size=500,
    )


def _hold(plan: Plan, picked: Sequence[Inspection], *, by: Actor, now: datetime) -> None:
    """What was picked before payment waits for its result (D108-5)."""
    stage = regime_of(plan).value("stage", plan.in_force_on)
    if stage.value == "before_payment" and picked:
        chosen: list[Voucher] = [one.voucher for one in picked]
        vouchers.hold_all(
            vouchers=chosen, kind="inspection", source=plan.journal_key,
            reason=f"已列入抽查（{plan.number}），有结果后再兑付", article=stage.article, by=by, now=now,
        )  # fmt: skip

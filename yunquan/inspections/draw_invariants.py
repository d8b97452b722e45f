"""D1 and D2 on the whole database: what was frozen stands, the result follows from it, replacements keep the order."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import sha256

from yunquan.inspections import draw_files
from yunquan.inspections.models import DrawFile, Inspection, Panelist, Plan, PlanItem
from yunquan.journal.invariants import Breach
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel import draw as kernel
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.reading import DrawRefused

DRAWN = ("drawn", "closed")


def draw_breaches() -> Iterator[Breach]:
    """Every plan that was frozen: its files, the log, its items, its result, its replacements and its panels."""
    plans = Plan.objects.filter(frozen_at__isnull=False).exclude(state="aborted")
    for plan in plans.order_by("pk"):
        yield from _whole(plan)
    yield from _in_conflict()


def _whole(plan: Plan) -> Iterator[Breach]:
    files = draw_files.files_of(plan)
    found = list(frozen_breaches(plan, files))
    yield from found
    if found:
        return
    yield from _items_as_frozen(plan, files)
    if plan.state in DRAWN:
        yield from _result(plan, files)
        yield from _replacements(plan)


def frozen_breaches(plan: Plan, files: Mapping[str, bytes]) -> Iterator[Breach]:
    """What is no longer as it was frozen and logged; asked before a draw, too."""
    for row in DrawFile.objects.filter(plan=plan).order_by("name"):
        if sha256(bytes(row.content)).hexdigest() != row.sha256:
            yield Breach("D1", plan.journal_key, f"{row.name} 与登记的 SHA-256 不同")
    missing = [name for name in draw_files.FROZEN if name not in files]
    if missing:
        yield Breach("D1", plan.journal_key, f"缺少冻结的文件 {'、'.join(missing)}")
        return
    try:
        draw_files.frozen_again(files)
    except DrawRefused as refused:
        yield Breach("D1", plan.journal_key, str(refused.faults[0]))
    yield from _logged_first(plan, files)


def _logged_first(plan: Plan, files: Mapping[str, bytes]) -> Iterator[Breach]:
    """The hashes of what was frozen stand in the log, before any secret was revealed."""
    entry = LogEntry.objects.filter(
        seq=plan.freeze_seq or -1, act="plan.freeze", obj=plan.journal_key
    ).first()
    if entry is None:
        yield Breach("D1", plan.journal_key, "日志中没有冻结的记录")
        return
    payload = LogPayload.objects.filter(seq=entry.seq).values_list("payload", flat=True).first()
    logged = json.loads(payload)["files"] if payload else {}
    hashed = kernel.HASHES[plan.alg]
    for name, told in logged.items():
        if hashed(files.get(name, b"")).hex() != told:
            yield Breach("D1", plan.journal_key, f"{name} 与冻结时记入日志的散列不同")
    later = LogEntry.objects.filter(act="plan.reveal", obj=plan.journal_key, seq__lt=entry.seq)
    for one in later.only("seq", "entry"):
        if '"res":"ok"' in one.entry:
            yield Breach("D1", plan.journal_key, "有随机数在冻结之前揭示")


def _items_as_frozen(plan: Plan, files: Mapping[str, bytes]) -> Iterator[Breach]:
    """The items are those of the frozen lists, under references that their salts open."""
    told = {row["ref"]: row for row in draw_files.rows_in(files["population.jsonl"])}
    left_out = {row["ref"]: row["reason"] for row in draw_files.rows_in(files["excluded.jsonl"])}
    items = PlanItem.objects.filter(plan=plan).select_related("voucher").only(
        "ref", "salt", "stratum", "weight", "mandatory_reason", "excluded_reason", "voucher__number"
    )  # fmt: skip
    for item in items.iterator(chunk_size=2000):
        if (
            kernel.blinded(alg=plan.alg, salt=bytes.fromhex(item.salt), number=item.voucher.number)
            != item.ref
        ):
            yield Breach("D2", plan.journal_key, f"盲签 {item.ref} 与券号不符")
        if item.excluded_reason:
            if left_out.pop(item.ref, None) is None:
                yield Breach("D2", plan.journal_key, f"{item.ref} 不在排除名单中")
            continue
        row = told.pop(item.ref, None)
        kept = (item.stratum, item.weight, bool(item.mandatory_reason))
        if row is None or (row["stratum"], row["weight"], row["mandatory"]) != kept:
            yield Breach("D2", plan.journal_key, f"{item.ref} 与冻结的名单不同")
    for ref in [*told, *left_out][:5]:
        yield Breach("D2", plan.journal_key, f"冻结的名单中有 {ref}，系统中没有")


def _result(plan: Plan, files: Mapping[str, bytes]) -> Iterator[Breach]:
    """The bundle verifies, and what is inspected is what it says (D1)."""
    fault = bundle.difference({name: files[name] for name in bundle.NAMES if name in files})
    if fault:
        yield Breach("D1", plan.journal_key, fault)
        return
    if bundle.seed_in(files).hex() != plan.seed:
        yield Breach("D1", plan.journal_key, "种子与抽取包不符")
    told = {row["ref"]: (row["outcome"], row["rank"]) for row in draw_files.rows_in(files["result.jsonl"])}
    kept = {
        ref: (outcome, rank)
        for ref, outcome, rank in PlanItem.objects.filter(plan=plan, excluded_reason="").values_list(
            "ref", "outcome", "rank"
        )
    }
    for ref in sorted(told.keys() | kept.keys(), key=str.encode):
        if told.get(ref) != kept.get(ref):
            yield Breach("D1", plan.journal_key, f"{ref} 的结果与 result.jsonl 不同")
    picked = {ref for ref, (outcome, _rank) in told.items() if outcome != "reserve"}
    begun = set(
        Inspection.objects.filter(plan=plan, replaces=None).values_list("item__ref", flat=True).order_by()
    )
    for ref in sorted(picked ^ begun)[:5]:
        yield Breach(
            "D2", plan.journal_key, f"{ref} {'没有列入抽查' if ref in picked else '没有抽中而被抽查'}"
        )


def _replacements(plan: Plan) -> Iterator[Breach]:
    """Each stratum's replacements are the first of its reserve, but for those passed over with a reason (D2)."""
    made = Inspection.objects.filter(plan=plan, replaces__isnull=False).select_related(
        "item", "replaces__item"
    )
    used: defaultdict[str, set[int]] = defaultdict(set)
    for one in made:
        if (
            one.item.outcome != PlanItem.Outcome.RESERVE
            or one.replaces is None
            or one.item.stratum != one.replaces.item.stratum
        ):
            yield Breach("D2", plan.journal_key, f"替换用的 {one.item.ref} 不是同一分层的备选")
        used[one.item.stratum].add(one.item.rank or 0)
    for stratum, ranks in used.items():
        reserve = PlanItem.objects.filter(
            plan=plan,
            stratum=stratum,
            outcome=PlanItem.Outcome.RESERVE,
            rank__lt=max(ranks),
            passed_reason="",
        )
        for ref, rank in reserve.values_list("ref", "rank"):
            if rank not in ranks:
                yield Breach("D2", plan.journal_key, f"替换没有按备选次序：跳过了 {ref}")


def _in_conflict() -> Iterator[Breach]:
    """Nobody sits on the panel of a voucher with which he was frozen to be in conflict (D2)."""
    rows = Panelist.objects.filter(recused_at=None).select_related("expert", "visit__plan")
    conflicts: dict[int, dict[str, frozenset[str]]] = {}
    for row in rows.prefetch_related("visit__inspections__item").iterator(chunk_size=500):
        plan = row.visit.plan
        if plan.pk not in conflicts:
            content = DrawFile.objects.filter(plan=plan, name="experts.jsonl").first()
            experts = bundle.experts_in({"experts.jsonl": bytes(content.content)}) if content else []
            conflicts[plan.pk] = {one.expert: one.conflicts for one in experts}
        against = conflicts[plan.pk].get(row.expert.code, frozenset())
        for inspection in row.visit.inspections.all():
            if inspection.item.ref in against:
                message = f"专家 {row.expert.code} 与 {inspection.item.ref} 有利害关系"
                yield Breach("D2", f"visit:{row.visit_id}", message)

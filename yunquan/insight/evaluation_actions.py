"""The yearly evaluation of suppliers: computed and frozen, sent, replied to, titles proposed, decided (D47-8.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from yunquan.insight import evaluation_facts as facts_of
from yunquan.insight.checks import ARTICLE
from yunquan.insight.evaluation_facts import Period
from yunquan.insight.evaluation_replies import reply_facts
from yunquan.insight.evaluation_scoring import FULL, points_text, ranks, scored
from yunquan.insight.lifecycle import OFFICERS
from yunquan.insight.models import Evaluation, EvaluationLine, ExcellentTitle
from yunquan.insight.title_actions import drop_titles, method_of, standing_words
from yunquan.journal.actions import audited, move, notify, record
from yunquan.journal.queries import log_size
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Supplier
from yunquan.programme.rules import current_rulebook, working_calendar

FIRST_YEAR, LONGEST_DAYS = 2018, 366


@audited("evaluation.draft", about="evaluation")
def draft(*, year: int, from_on: date, until_on: date, by: Actor, now: datetime) -> Evaluation:
    """Count every supplier's year once and freeze it under a hash (D47-5.17); raises Refused with every fault.

    Figures are as the database stands now; a year has one living edition, a new one only after it was discarded.
    """
    rules, today = current_rulebook(), local_date(now)
    said = rules.find("evaluation.suppliers", today)
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "评价供应商")] if fault is not None]
    faults += _draft_faults(year, from_on, until_on, today)
    if said is None:
        faults.append(_fault("no_method", "现行规则没有供应商年度评价办法。", "先在“规则与目录”中发布。"))
    if faults:
        raise Refused(faults)
    assert said is not None
    method = said.value
    period = Period(from_on, until_on)
    tallies = facts_of.counted(
        period, answer_working_days=method.answer_working_days, calendar=working_calendar(), by=by
    )
    rows = _lines(tallies, method, facts_of.candidacies(period))
    written = method.model_dump(mode="json") | {
        "complaint_share": str(method.complaint_share),
        "least_weight": str(method.least_weight),
    }
    edition = Evaluation.objects.filter(year=year).count() + 1
    frozen = evaluation_hash(year, edition, from_on, until_on, written, rules.version, rows)
    try:
        with transaction.atomic():
            row = Evaluation.objects.create(
                year=year, edition=edition, pack=rules.id, from_on=from_on, until_on=until_on, method=written,
                method_meaning=said.meaning, rules=rules.version, log_seq=log_size(), content_hash=frozen,
                drafted_by=by.person, drafted_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Refused([_living(year)]) from None
    EvaluationLine.objects.bulk_create(
        [EvaluationLine(evaluation=row, **_columns(line)) for line in rows], batch_size=500
    )
    record(
        "evaluation.draft",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        post=row.state,
        pol=rules.version,
        payload={"year": str(year), "edition": str(edition), "hash": frozen, "suppliers": str(len(rows))},
    )
    return row


def _draft_faults(year: int, from_on: date, until_on: date, today: date) -> list[Refusal]:
    faults = []
    if not FIRST_YEAR <= year <= today.year:
        faults.append(_fault("year", f"年度请填写 {FIRST_YEAR} 至 {today.year}。", field="year"))
    if from_on.year < FIRST_YEAR:
        faults.append(_fault("period", f"评价期从 {FIRST_YEAR} 年起。", field="from_on"))
    if until_on <= from_on:
        faults.append(_fault("period", "评价期的截止日期要在开始日期之后。", field="until_on"))
    elif (until_on - from_on).days >= LONGEST_DAYS:
        faults.append(_fault("period", "评价期不超过一年。", field="until_on"))
    if until_on >= today:
        faults.append(
            _fault("not_over", "评价期还没有结束，数据还会变化。", "请选择已经过去的日期。", "until_on")
        )
    if Evaluation.objects.filter(year=year).exclude(state="discarded").exists():
        faults.append(_living(year))
    return faults


def _living(year: int) -> Refusal:
    return _fault("already", f"{year} 年度已有评价。", "要重新测算的，先作废原来的一版。", "year")


def _lines(tallies: facts_of.Tallies, method: Any, candidacies: Mapping[int, int]) -> list[dict[str, Any]]:
    """Every supplier's line in order: the ranked by score, then the others, each by name and code."""
    names = {
        pk: (name, uscc)
        for pk, name, uscc in Supplier.objects.filter(pk__in=list(tallies)).values_list("pk", "name", "uscc")
    }
    results = {pk: scored(tallies[pk], method) for pk in tallies}
    places = ranks({pk: one.score for pk, one in results.items() if not one.unranked})
    order = sorted(results, key=lambda pk: (pk not in places, places.get(pk, 0), names[pk]))
    return [
        {
            "supplier": pk,
            "uscc": names[pk][1],
            "position": position,
            "rank": places.get(pk, 0),
            "unranked": results[pk].unranked,
            "score": results[pk].score,
            "figures": {key: dict(figure) for key, figure in results[pk].figures.items()},
            "candidacies": candidacies.get(pk, 0),
        }
        for position, pk in enumerate(order, 1)
    ]


def _columns(line: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in line.items() if key not in ("supplier", "uscc", "rank")}
    return {**rest, "supplier_id": line["supplier"], "rank": line["rank"] or None}


def evaluation_hash(
    year: int,
    edition: int,
    from_on: date,
    until_on: date,
    method: Mapping[str, Any],
    rules: str,
    lines: Iterable[Mapping[str, Any]],
) -> str:
    """The hash of an edition: what was evaluated, by which method, and every line; suppliers by credit code."""
    told = [{key: value for key, value in line.items() if key != "supplier"} for line in lines]
    return content_hash(
        {
            "year": year,
            "edition": edition,
            "from": from_on.isoformat(),
            "until": until_on.isoformat(),
            "method": dict(method),
            "rules": rules,
            "lines": told,
        }
    )


@audited("evaluation.send", about="evaluation")
def send(*, evaluation: Evaluation, by: Actor, now: datetime) -> Evaluation:
    """Send every supplier its own figures; from the next working day its time for replies runs."""
    row = _locked(evaluation)
    lines = list(row.lines.select_related("supplier").order_by("position"))
    days = method_of(row).reply_working_days
    due_on = working_calendar().add_working_days(local_date(now), days)
    move(
        row,
        "send",
        by=by,
        facts={"lines": len(lines)},
        now=now,
        changes={"sent_at": now, "due_on": due_on},
        payload={"due_on": due_on.isoformat(), "hash": row.content_hash},
    )
    for line in lines:
        notify(
            org=line.supplier.key,
            obj=row.journal_key,
            kind="evaluation",
            title=f"{row.year} 年度供应商评价已测算，请在 {due_on} 前核对，有异议的提交意见",
            text="逐项列出指标、口径、案例数和权重。",
            key=f"{row.journal_key}:sent:{line.pk}",
            link=f"/supplier/evaluation/{row.pk}/",
            now=now,
        )
    return row


@audited("evaluation.propose", about="evaluation")
def propose(
    *, evaluation: Evaluation, suppliers: Sequence[int], note: str, by: Actor, now: datetime
) -> Evaluation:
    """Propose the titles of the year; who reaches the points and isn't proposed is explained."""
    row, today = _locked(evaluation), local_date(now)
    method = method_of(row)
    lines = list(row.lines.select_related("supplier").order_by("position"))
    wanted = set(suppliers)
    chosen = [line for line in lines if line.supplier_id in wanted]
    standing = standing_words([line.supplier for line in lines], today)
    least = method.least_points * FULL // 100

    def good(line: EvaluationLine) -> bool:
        firm = line.supplier
        return (
            line.rank is not None
            and line.score >= least
            and firm.state == "registered"
            and not standing[firm.pk]
        )

    facts = {
        **reply_facts(row, today),
        "note": note,
        "least": method.least_points,
        "most": method.most_titles,
        "passed_over": [
            line.supplier.name for line in lines if good(line) and line.supplier_id not in wanted
        ],
        "chosen": [
            {
                "name": line.supplier.name,
                "unranked": line.unranked,
                "enough": line.score >= least,
                "score": points_text(line.score),
                "is_registered": line.supplier.state == "registered",
                "standing": standing[line.supplier_id],
            }
            for line in chosen
        ],
    }
    if len(chosen) < len(wanted):
        raise Refused([_fault("unknown", "所选供应商不在这一版评价中。", field="suppliers")])
    titles = [
        ExcellentTitle(
            line=line, supplier=line.supplier, year=row.year, proposed_by=by.person, proposed_at=now
        )
        for line in chosen
    ]
    changes = {"proposed_by": by.person, "proposed_at": now, "note": note.strip(), "reason": ""}
    move(
        row, "propose", by=by, facts=facts, now=now, changes=changes,
        payload={"suppliers": [str(line.supplier_id) for line in chosen], "note": note.strip()},
    )  # fmt: skip
    for title in titles:
        title.save()
        record(
            "title.propose",
            by=by,
            obj=title.journal_key,
            now=now,
            why=ARTICLE,
            payload={"year": str(row.year)},
        )
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="evaluation_review",
        title=f"{row.year} 年度优秀供应商提名 {len(titles)} 家，请另一位审批人审定",
        key=f"{row.journal_key}:proposed:{row.version}",
        link=f"/province/evaluations/{row.pk}/",
        now=now,
    )
    return row


@audited("evaluation.send_back", about="evaluation")
def send_back(*, evaluation: Evaluation, reason: str, by: Actor, now: datetime) -> Evaluation:
    """The approver sends the proposal back with the reason; what was proposed falls."""
    row = _locked(evaluation)
    move(
        row, "send_back", by=by, facts={"reason": reason}, now=now, changes={"reason": reason.strip()},
        payload={"reason": reason.strip()},
    )  # fmt: skip
    drop_titles(row, reason=reason, by=by, now=now)
    return row


@audited("evaluation.discard", about="evaluation")
def discard(*, evaluation: Evaluation, reason: str, by: Actor, now: datetime) -> Evaluation:
    """Put an edition away with the reason; the year may be computed anew. Suppliers that saw it are told."""
    row = _locked(evaluation)
    told = row.sent_at is not None
    move(
        row, "discard", by=by, facts={"reason": reason}, now=now, changes={"reason": reason.strip()},
        payload={"reason": reason.strip()},
    )  # fmt: skip
    drop_titles(row, reason=reason, by=by, now=now)
    for supplier in row.lines.values_list("supplier_id", flat=True) if told else ():
        notify(
            org=f"supplier:{supplier}",
            obj=row.journal_key,
            kind="evaluation",
            title=f"{row.year} 年度供应商评价（第 {row.edition} 版）已作废，将重新测算",
            text=reason.strip()[:500],
            key=f"{row.journal_key}:discarded:{supplier}",
            link="/supplier/evaluation/",
            now=now,
        )
    return row


def _locked(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)


def _fault(code: str, message: str, mend: str = "", field: str = "") -> Refusal:
    return Refusal(code, message, ARTICLE, mend, field)

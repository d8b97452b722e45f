"""What screens read of evaluations and titles; who may see which is asked here too (A1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from yunquan.catalogue.models import Product
from yunquan.insight.evaluation_scoring import MEASURES, definitions, points_text
from yunquan.insight.lifecycle import TOLD_STATES
from yunquan.insight.models import Evaluation, EvaluationLine, EvaluationReply, ExcellentTitle
from yunquan.insight.title_actions import method_of, standing_words
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import supplier_number
from yunquan.policy.roles import Role
from yunquan.programme.access import sees_province

# What the public sees of an edition.
PUBLIC_STATES = ("publicity", "published")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a supplier as it is shown."""

    key: str
    label: str
    definition: str
    rule: str
    good_label: str
    cases_label: str
    good: int
    cases: int
    weight: int
    points: str
    counts: bool
    article: str


def evaluations_visible_to(actor: Actor) -> QuerySet[Evaluation]:
    """The province and its auditors see all; a supplier those sent to it; nobody else any."""
    rows = Evaluation.objects.order_by("-year", "-edition")
    if sees_province(actor):
        return rows
    supplier = supplier_number(actor)
    if supplier is None:
        return rows.none()
    return rows.filter(
        Q(state__in=TOLD_STATES) | Q(state="discarded", sent_at__isnull=False), lines__supplier=supplier
    )


def evaluation_for(actor: Actor, pk: int) -> Evaluation | None:
    """One evaluation, or None as if it did not exist."""
    return evaluations_visible_to(actor).filter(pk=pk).first()


def lines_of(evaluation: Evaluation) -> QuerySet[EvaluationLine]:
    """Every line in order, with its supplier, reply and answer."""
    rows = evaluation.lines.select_related("supplier", "reply__answer", "reply__file")
    return rows.order_by("position")


def line_for(actor: Actor, evaluation: int, pk: int) -> EvaluationLine | None:
    """One line for the province, or None."""
    row = evaluation_for(actor, evaluation) if sees_province(actor) else None
    return lines_of(row).filter(pk=pk).first() if row is not None else None


def own_line(actor: Actor, evaluation: Evaluation) -> EvaluationLine | None:
    """A supplier's own line, or None."""
    return lines_of(evaluation).filter(supplier=supplier_number(actor) or 0).first()


def reply_file_for(actor: Actor, pk: int) -> Any:
    """The file of a reply that the actor may open: the province, and the supplier that filed it."""
    rows = EvaluationLine.objects.filter(reply__file=pk).select_related("reply__file")
    if not sees_province(actor):
        rows = rows.filter(supplier=supplier_number(actor) or 0)
    line = rows.first()
    return line.reply.file if line is not None else None


def figures_of(line: EvaluationLine, evaluation: Evaluation) -> list[Figure]:
    """A supplier's seven figures with definition, cases, points and weight."""
    told = {str(one["key"]): one for one in definitions(method_of(evaluation))}
    found = []
    for measure in MEASURES:
        figure, words = line.figures[measure.key], told[measure.key]
        counts = "points" in figure
        found.append(
            Figure(
                key=measure.key,
                label=measure.label,
                definition=str(words["definition"]),
                rule=str(words["points"]),
                good_label=measure.good,
                cases_label=measure.cases,
                good=figure["good"],
                cases=figure["cases"],
                weight=figure["weight"],
                points=points_text(figure["points"]) if counts else "",
                counts=counts,
                article=measure.article,
            )
        )
    return found


def titles_of(evaluation: Evaluation) -> list[ExcellentTitle]:
    """The titles of an edition, dropped ones too."""
    rows = ExcellentTitle.objects.filter(line__evaluation=evaluation)
    return list(rows.select_related("supplier", "line").order_by("line__position", "pk"))


def title_for(actor: Actor, pk: int) -> ExcellentTitle | None:
    """One title for the province, or None."""
    rows = ExcellentTitle.objects.select_related("supplier", "line__evaluation")
    return rows.filter(pk=pk).first() if sees_province(actor) else None


def good_titles(on: date) -> list[ExcellentTitle]:
    """The titles that hold on a day; one of a supplier barred meanwhile is shown no more, closed or not."""
    rows = list(
        ExcellentTitle.objects.filter(state="granted", from_on__lte=on, until_on__gte=on)
        .select_related("supplier", "line__evaluation")
        .order_by("-year", "line__position")
    )
    words = standing_words([row.supplier for row in rows], on)
    return [row for row in rows if not words[row.supplier_id] and row.supplier.state == "registered"]


def excellent_suppliers(on: date) -> dict[int, ExcellentTitle]:
    """By supplier its latest title that holds: what the lists of suppliers and products put forward (D47-8.3)."""
    found: dict[int, ExcellentTitle] = {}
    for title in good_titles(on):
        found.setdefault(title.supplier_id, title)
    return found


def public_evaluations() -> QuerySet[Evaluation]:
    """The years in publicity or published, the latest first."""
    return Evaluation.objects.filter(state__in=PUBLIC_STATES).order_by("-year")


def public_evaluation(year: int) -> Evaluation | None:
    """One year's public evaluation, or None."""
    return public_evaluations().filter(year=year).first()


def public_titles(evaluation: Evaluation) -> list[ExcellentTitle]:
    """The titles of a public year: in publicity, good, expired or withdrawn; never those not decided."""
    return [
        row for row in titles_of(evaluation) if row.state in ("publicity", "granted", "expired", "withdrawn")
    ]


def listed_products(suppliers: Iterable[int]) -> dict[int, list[Product]]:
    """The listed products of some suppliers, by supplier; one query."""
    found: dict[int, list[Product]] = {}
    for row in Product.objects.filter(supplier__in=set(suppliers), state="listed").order_by("service", "pk"):
        found.setdefault(row.supplier_id, []).append(row)
    return found


def waiting(actor: Actor, today: date) -> QuerySet[Evaluation]:
    """What waits for the province's officer (to send, to answer, to propose) or for another approver (to decide)."""
    rows = evaluations_visible_to(actor).order_by("pk")
    if actor.role == Role.PROVINCE_APPROVER:
        return (
            rows.filter(state="proposed").exclude(proposed_by=actor.person).exclude(drafted_by=actor.person)
        )
    if actor.role != Role.PROVINCE_OFFICER:
        return rows.none()
    unanswered = EvaluationReply.objects.filter(line__evaluation=OuterRef("pk"), answer__isnull=True)
    return rows.filter(
        Q(state="drafted") | Q(state="sent", due_on__lt=today) | Q(Exists(unanswered), state="sent")
    )


def reply_counts(evaluations: Iterable[Evaluation]) -> dict[int, tuple[int, int]]:
    """By evaluation how many replies came and how many are answered; one query."""
    rows = (
        EvaluationLine.objects.filter(evaluation__in=[row.pk for row in evaluations])
        .order_by()
        .values("evaluation")
        .annotate(replies=Count("reply"), answers=Count("reply__answer"))
    )
    return {row["evaluation"]: (row["replies"], row["answers"]) for row in rows}

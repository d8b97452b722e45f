"""Who may see which part of the programme: the only door."""

from __future__ import annotations

from django.db.models import QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.access import area, bureau_code
from yunquan.policy.roles import Role
from yunquan.programme.models import CityTarget, Cycle, PublicNotice, RuleChange


def sees_province(actor: Actor) -> bool:
    """Whether the actor reads the province's own affairs: its officers, approvers and auditors."""
    wanted = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER, Role.AUDITOR)
    return actor.role in wanted and bureau_code(actor) == regions.PROVINCE


def cycles_visible_to(actor: Actor) -> QuerySet[Cycle]:
    """Every cycle for the province, the public ones for everybody else."""
    return Cycle.objects.all() if sees_province(actor) else Cycle.objects.exclude(state="draft")


def cycle_for(actor: Actor, pk: int) -> Cycle | None:
    """One cycle, or None as if it did not exist."""
    return cycles_visible_to(actor).filter(pk=pk).first()


def targets_visible_to(actor: Actor) -> QuerySet[CityTarget]:
    """The quotas that a bureau may see: all for the province, its own for a city."""
    seen = area(actor, county="")
    return CityTarget.objects.none() if seen is None else CityTarget.objects.filter(seen)


def target_for(actor: Actor, pk: int) -> CityTarget | None:
    """One city's quota, or None as if it did not exist."""
    return targets_visible_to(actor).filter(pk=pk).first()


def rule_changes_visible_to(actor: Actor) -> QuerySet[RuleChange]:
    """All changes for the province, the published ones for everybody else."""
    rows = RuleChange.objects.all()
    return rows if sees_province(actor) else rows.filter(state="published")


def rule_change_for(actor: Actor, pk: int) -> RuleChange | None:
    """One change of the rules, or None as if it did not exist."""
    return rule_changes_visible_to(actor).filter(pk=pk).first()


def notices_visible_to(actor: Actor) -> QuerySet[PublicNotice]:
    """All notices and guides, drafts too, for the province; what stands in public for everybody else."""
    rows = PublicNotice.objects.all()
    return rows if sees_province(actor) else rows.filter(state__in=("published", "archived"))


def notice_for(actor: Actor, pk: int) -> PublicNotice | None:
    """One notice, or None as if it did not exist."""
    return notices_visible_to(actor).filter(pk=pk).first()

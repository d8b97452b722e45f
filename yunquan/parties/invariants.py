"""The invariants of the parties, as `yunquan doctor` checks them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count

from yunquan.journal.invariants import Breach, unlogged
from yunquan.parties.checks import ADMIN_ROLES
from yunquan.parties.models import (
    Appointment,
    ContactReceipt,
    Enterprise,
    ExpertOpinion,
    Handover,
    Person,
    Strike,
    Supplier,
)
from yunquan.policy.uscc import is_valid_uscc


def breaches() -> Iterator[Breach]:
    """Check states against the log, codes, separation of administrators, reasons of returns, opinions."""
    for model, prefix in ((Enterprise, "enterprise:"), (Supplier, "supplier:")):
        rows = model._default_manager.values_list("pk", "state", "version").iterator(chunk_size=2000)
        yield from unlogged(
            ((f"{prefix}{pk}", state, version) for pk, state, version in rows), prefix, "draft"
        )
        for pk, code in model._default_manager.values_list("pk", "uscc").iterator(chunk_size=2000):
            if not is_valid_uscc(code):
                yield Breach("D47-5.7a", f"{prefix}{pk}", f"统一社会信用代码 {code} 不合规则")
        for pk, reasons in model._default_manager.filter(state="returned").values_list(
            "pk", "return_reasons"
        ):
            if not reasons:
                yield Breach("S6", f"{prefix}{pk}", "退回没有理由")
    yield from _mixed_administrators()
    yield from _reviewed_by_submitter()
    yield from _registered_unheard()
    yield from _contacts()


def _mixed_administrators() -> Iterator[Breach]:
    """A2: whoever administers holds that one role and nothing else."""
    admins = Appointment.objects.filter(role__in=ADMIN_ROLES, revoked_at=None).values("person")
    people = Person.objects.filter(pk__in=admins).prefetch_related("appointments")
    for person in people:
        held = [row for row in person.appointments.all() if row.revoked_at is None]
        for row in held:
            others = [
                other
                for other in held
                if other.role != row.role
                and (row.ends_on is None or other.starts_on <= row.ends_on)
                and (other.ends_on is None or row.starts_on <= other.ends_on)
            ]
            if row.role in ADMIN_ROLES and others:
                yield Breach("A2", person.key, f"同时担任 {row.role} 和 {others[0].role}")
                break


def _reviewed_by_submitter() -> Iterator[Breach]:
    """S3: who submitted a registration doesn't decide on it."""
    for model, prefix in ((Enterprise, "enterprise:"), (Supplier, "supplier:")):
        rows = model._default_manager.exclude(reviewed_by="").values_list("pk", "submitted_by", "reviewed_by")
        for pk, submitted_by, reviewed_by in rows.iterator(chunk_size=2000):
            if submitted_by == reviewed_by:
                yield Breach("S3", f"{prefix}{pk}", f"{submitted_by} 既提交又审核")


def _registered_unheard() -> Iterator[Breach]:
    """An expert's opinion is whole once given; one strike a voucher (D47-5.4, D47-5.19)."""
    for opinion in ExpertOpinion.objects.exclude(given_at=None).filter(platform_met=None):
        yield Breach("D47-5.4", f"supplier:{opinion.supplier_id}", "专家意见不完整")
    doubled = Strike.objects.values("voucher").annotate(times=Count("pk")).filter(times__gt=1)
    for row in doubled:
        yield Breach("S5", str(row["voucher"]), f"同一张券记了 {row['times']} 次未兑现")


def _contacts() -> Iterator[Breach]:
    """Receipts stand where the log says, every edition is there, and who handed over holds nothing any more."""
    rows = ContactReceipt.objects.values_list("pk", "state", "version")
    yield from unlogged(
        ((f"contact_receipt:{pk}", state, version) for pk, state, version in rows), "contact_receipt", "asked"
    )
    for row in ContactReceipt.objects.annotate(kept=Count("editions")):
        if row.kept != row.edition:
            yield Breach("D47-A3", row.journal_key, f"应有 {row.edition} 版，实存 {row.kept} 版")
        if row.state in ("accepted", "returned") and row.decided_by == row.entered_by:
            yield Breach("S3", row.journal_key, f"{row.decided_by} 既录入又办理")
    ended = {pk: done.journal_key for done in Handover.objects.all() for pk in [*done.ended, *done.deputies]}
    for pk in Appointment.objects.filter(pk__in=ended, revoked_at=None).values_list("pk", flat=True):
        yield Breach("A3", ended[pk], f"任命 {pk} 交接后仍然有效")

"""Gather the facts on which an application is decided: the same for the wizard's preview and for the submit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from yunquan.evidence.models import Contract, StoredFile
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal
from yunquan.parties import eligible, regions
from yunquan.parties.models import Enterprise, Strike, Supplier
from yunquan.policy.award import Award, AwardLine, award
from yunquan.policy.contracts import normalise_contract_number
from yunquan.policy.eligibility import ProjectFacts, project_refusals
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.strikes import strike_refusals
from yunquan.programme.models import Cycle, Window
from yunquan.programme.rules import rulebook as rulebook_of
from yunquan.vouchers.application import Application, understand
from yunquan.vouchers.lifecycle import CEILING
from yunquan.vouchers.models import Voucher

# Where a judgement's field stands in the application form.
FORM_FIELDS = {"contract_signed_on": "signed_on", "implementation_region": "implementation_city"}


@dataclass(slots=True)
class Prepared:
    """An application read, judged and priced, before anything is written."""

    application: Application
    rulebook: Rulebook
    applied_on: date
    supplier: Supplier | None
    files: dict[int, StoredFile]
    number_key: str
    awarded_before_fen: int
    award: Award | None
    size: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def prepare(
    *, voucher: Voucher, enterprise: Enterprise, cycle: Cycle, typed: Mapping[str, Any], now: datetime
) -> Prepared:
    """Read the typed application and gather every fact of its checks; writes nothing."""
    rulebook = rulebook_of(cycle.pack)
    applied_on = local_date(now)
    services = {service.number: service for service in rulebook.services(applied_on)}
    places = {city.code for city in regions.cities()}
    application = understand(typed, services=services, province_cities=places)
    supplier = Supplier.objects.filter(pk=application.supplier).first() if application.supplier else None
    files = _own_files(application, enterprise)
    number_key = normalise_contract_number(application.contract_number)
    before_fen = awarded_before(enterprise=enterprise, cycle=cycle, without=voucher.pk)
    prepared = Prepared(
        application, rulebook, applied_on, supplier, files, number_key, before_fen, None, enterprise.size
    )
    if application.lines and not any(r.field.startswith("lines") for r in application.refusals):
        total_fen = application.total_fen
        lines = [AwardLine(line.service, line.fee_fen, line.devices, total_fen) for line in application.lines]
        prepared.award = award(lines, rulebook, applied_on, before_fen, enterprise.size)
    prepared.facts = {
        "now": now,
        "window": Window.objects.filter(cycle=cycle, kind=Window.Kind.APPLY).first(),
        "form_refusals": application.refusals,
        "enterprise_state": enterprise.state,
        "eligibility": _eligibility(enterprise, application, rulebook, applied_on),
        "standing": _standing(enterprise, cycle, rulebook, applied_on),
        "supplier_state": supplier.state if supplier is not None else None,
        "contract_used_by": _contract_used_by(voucher, enterprise, supplier, number_key),
        "award": prepared.award,
        "awarded_before_fen": before_fen,
    }
    return prepared


def explanation_of(award: Award, *, size: str) -> dict[str, Any]:
    """The award with every ceiling, the one that binds, and its steps in words, as it is kept and shown."""
    return {
        "enterprise_size": size,
        "award_fen": award.award_fen,
        "sum_fen": award.sum_fen,
        "ceiling_fen": award.ceiling_fen,
        "room_fen": award.room_fen,
        "is_cut": award.is_cut,
        "steps": list(award.steps),
        "articles": list(award.articles),
        "lines": [
            {
                "service": line.number,
                "name": line.name,
                "fee_fen": line.fee_fen,
                "devices": line.devices,
                "award_fen": line.award_fen,
                "binding": line.binding,
                "explanation": line.explanation,
                "ceilings": [
                    {"kind": c.kind, "amount_fen": c.amount_fen, "label": c.label, "article": c.article}
                    for c in line.ceilings
                ],
            }
            for line in award.lines
        ],
    }


def awarded_before(*, enterprise: Enterprise, cycle: Cycle, without: int | None) -> int:
    """What the enterprise's other vouchers of the cycle were awarded, in fen (D47-4.4.3, M5)."""
    others = Voucher.objects.filter(enterprise=enterprise, cycle=cycle, state__in=CEILING)
    return others.exclude(pk=without or 0).aggregate(total=Sum("face_fen"))["total"] or 0


def application_hash(*, voucher: Voucher, prepared: Prepared) -> str:
    """The hash of what was submitted: what the supplier confirms and the city approves is this (S2)."""
    application = prepared.application
    return content_hash(
        {
            "voucher": voucher.number,
            "supplier": str(application.supplier),
            "contract": {
                "number": application.contract_number,
                "signed_on": str(application.signed_on),
                "total_fen": str(application.total_fen),
                "cloud_fee_fen": str(application.cloud_fee_fen),
                "file": prepared.files[application.contract_file or 0].sha256,
                "addendum": (
                    prepared.files[application.addendum_file].sha256 if application.addendum_file else ""
                ),
            },
            "place": application.place,
            "implementation_city": application.implementation_city,
            "related_party": application.is_related_party,
            "related_party_note": application.related_party_note,
            "lines": [
                {
                    "service": str(line.service),
                    "fee_fen": str(line.fee_fen),
                    "devices": str(line.devices or ""),
                    "device_value_fen": str(line.device_value_fen or ""),
                }
                for line in application.lines
            ],
        }
    )


def _own_files(application: Application, enterprise: Enterprise) -> dict[int, StoredFile]:
    """The uploaded files named in the form, if they are the enterprise's own; others don't exist for it (A1)."""
    named = {
        name: key
        for name, key in (
            ("contract_file", application.contract_file),
            ("addendum_file", application.addendum_file),
        )
        if key
    }
    files = {file.pk: file for file in StoredFile.objects.filter(pk__in=named.values(), org=enterprise.key)}
    for name, key in named.items():
        if key not in files:
            application.refuse("unknown_file", "没有找到上传的文件，请重新上传。", name, article="D47-5.7b")
    return files


def _eligibility(
    enterprise: Enterprise, application: Application, rulebook: Rulebook, on: date
) -> list[Refusal]:
    refusals = list(eligible.enterprise_faults(enterprise, rulebook, on=on))
    if application.signed_on is not None and not application.refused("implementation_city"):
        of_project = ProjectFacts(
            contract_signed_on=application.signed_on,
            implementation_region_code=application.implementation_city,
            draws_on_other_fund=application.draws_on_other_fund,
        )
        found = project_refusals(of_project, rulebook, on)
        refusals += [
            replace(refusal, field=FORM_FIELDS.get(refusal.field, refusal.field)) for refusal in found
        ]
    return refusals


def _standing(enterprise: Enterprise, cycle: Cycle, rulebook: Rulebook, on: date) -> list[Refusal]:
    strikes = Strike.objects.filter(enterprise=enterprise).order_by("at").values_list("cycle", flat=True)
    if not strikes:
        return []
    order = dict(Cycle.objects.values_list("code", "order"))
    return list(strike_refusals([order.get(code, 0) for code in strikes], cycle.order, rulebook, on))


def _contract_used_by(
    voucher: Voucher, enterprise: Enterprise, supplier: Supplier | None, number_key: str
) -> int | None:
    if supplier is None or not number_key:
        return None
    used = Contract.objects.filter(
        number_key=number_key, enterprise=enterprise, supplier=supplier, is_live=True
    )
    return used.exclude(pk=voucher.contract_id or 0).values_list("pk", flat=True).first()

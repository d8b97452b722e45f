"""Gather the facts on which an application is decided: the same for the wizard's preview and for the submit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from yunquan.catalogue.models import Product
from yunquan.evidence.models import Contract, StoredFile
from yunquan.journal.actions import OneByOne
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal
from yunquan.parties import eligible, regions
from yunquan.parties.models import Enterprise, Strike, Supplier
from yunquan.parties.standings import Against, against, refusals_for
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One application to prepare: whose it is, what was typed, and when it arrived."""

    voucher: Voucher
    enterprise: Enterprise
    cycle: Cycle
    typed: Mapping[str, Any]
    now: datetime


@dataclass(slots=True)
class Known:
    """What the database knows of several applications, read with one query each."""

    suppliers: dict[int, Supplier]
    files: dict[int, StoredFile]
    awarded_fen: dict[tuple[int, int], int]
    windows: dict[int, Window]
    strikes: dict[int, list[str]]
    orders: dict[str, int]
    contracts: dict[tuple[str, int, int], int]
    products: dict[int, Product]
    against: Against


def prepare(
    *, voucher: Voucher, enterprise: Enterprise, cycle: Cycle, typed: Mapping[str, Any], now: datetime
) -> Prepared:
    """Read the typed application and gather every fact of its checks; writes nothing."""
    return prepare_all([Case(voucher=voucher, enterprise=enterprise, cycle=cycle, typed=typed, now=now)])[0]


def prepare_all(cases: Sequence[Case]) -> list[Prepared]:
    """The same for applications of different enterprises; raises OneByOne when one enterprise has two.

    Each of the two would have to count the other under the ceiling (M5).
    """
    if len({case.enterprise.pk for case in cases}) != len(cases):
        raise OneByOne
    rulebooks = {pack: rulebook_of(pack) for pack in {case.cycle.pack for case in cases}}
    cities = {city.code for city in regions.cities()}
    read = [_read(case, rulebooks[case.cycle.pack], cities) for case in cases]
    known = _known(cases, read)
    return [
        _judge(case, application, rulebooks[case.cycle.pack], known)
        for case, application in zip(cases, read, strict=True)
    ]


def _read(case: Case, rulebook: Rulebook, cities: set[str]) -> Application:
    services = {service.number: service for service in rulebook.services(local_date(case.now))}
    return understand(case.typed, services=services, province_cities=cities)


def _known(cases: Sequence[Case], read: Sequence[Application]) -> Known:
    enterprises = [case.enterprise.pk for case in cases]
    cycles = {case.cycle.pk for case in cases}
    suppliers = Supplier.objects.only("state", "name", "uscc", "search_text")
    strikes: dict[int, list[str]] = {}
    struck = Strike.objects.filter(enterprise__in=enterprises).order_by("at")
    for enterprise, code in struck.values_list("enterprise_id", "cycle"):
        strikes.setdefault(enterprise, []).append(code)
    others = Voucher.objects.filter(enterprise__in=enterprises, cycle__in=cycles, state__in=CEILING)
    awarded = others.exclude(pk__in=[case.voucher.pk for case in cases]).order_by()
    totals = awarded.values_list("enterprise_id", "cycle_id").annotate(total=Sum("face_fen"))
    files = {key for seen in read for key in (seen.contract_file, seen.addendum_file) if key}
    numbers = {normalise_contract_number(seen.contract_number) for seen in read}
    live = Contract.objects.filter(number_key__in=numbers - {""}, enterprise__in=enterprises, is_live=True)
    own = [case.voucher.contract_id for case in cases if case.voucher.contract_id]
    used = live.exclude(pk__in=own) if own else live
    windows = Window.objects.filter(cycle__in=cycles, kind=Window.Kind.APPLY)
    products = {line.product for seen in read for line in seen.lines if line.product}
    named = suppliers.in_bulk({seen.supplier for seen in read if seen.supplier})
    firms = [*(case.enterprise.uscc for case in cases), *(row.uscc for row in named.values())]
    return Known(
        suppliers=named,
        against=against(firms, on=local_date(max(case.now for case in cases))),
        files=StoredFile.objects.only("sha256", "org").in_bulk(files),
        products=Product.objects.only("supplier", "service", "state").in_bulk(products),
        awarded_fen={(enterprise, cycle): total for enterprise, cycle, total in totals},
        windows={window.cycle_id: window for window in windows},
        strikes=strikes,
        orders=dict(Cycle.objects.values_list("code", "order")) if strikes else {},
        contracts={
            (key, enterprise, supplier): pk
            for pk, key, enterprise, supplier in used.values_list(
                "pk", "number_key", "enterprise_id", "supplier_id"
            )
        },
    )


def _judge(case: Case, application: Application, rulebook: Rulebook, known: Known) -> Prepared:
    enterprise, cycle = case.enterprise, case.cycle
    applied_on = local_date(case.now)
    supplier = known.suppliers.get(application.supplier or 0)
    files = _own_files(application, enterprise, known)
    _listed_products(application, known)
    number_key = normalise_contract_number(application.contract_number)
    before_fen = known.awarded_fen.get((enterprise.pk, cycle.pk), 0)
    prepared = Prepared(
        application, rulebook, applied_on, supplier, files, number_key, before_fen, None, enterprise.size
    )
    if application.lines and not any(r.field.startswith("lines") for r in application.refusals):
        total_fen = application.total_fen
        lines = [AwardLine(line.service, line.fee_fen, line.devices, total_fen) for line in application.lines]
        prepared.award = award(lines, rulebook, applied_on, before_fen, enterprise.size)
    contract = (number_key, enterprise.pk, application.supplier or 0)
    strikes = known.strikes.get(enterprise.pk, [])
    prepared.facts = {
        "now": case.now,
        "window": known.windows.get(cycle.pk),
        "form_refusals": application.refusals,
        "enterprise_state": enterprise.state,
        "eligibility": _eligibility(enterprise, application, rulebook, applied_on),
        "standing": [
            *_standing([known.orders.get(code, 0) for code in strikes], cycle, rulebook, applied_on),
            *refusals_for(enterprise=enterprise, supplier=supplier, on=applied_on, known=known.against),
        ],
        "supplier_state": supplier.state if supplier is not None else None,
        "contract_used_by": known.contracts.get(contract) if number_key else None,
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
            "award_fen": str(prepared.award.award_fen if prepared.award is not None else 0),
            "lines": [
                {
                    "service": str(line.service),
                    "fee_fen": str(line.fee_fen),
                    "devices": str(line.devices or ""),
                    "device_value_fen": str(line.device_value_fen or ""),
                    "product": str(line.product or ""),
                }
                for line in application.lines
            ],
        }
    )


def _own_files(application: Application, enterprise: Enterprise, known: Known) -> dict[int, StoredFile]:
    """The uploaded files named in the form, if they are the enterprise's own; others don't exist for it (A1)."""
    named = (("contract_file", application.contract_file), ("addendum_file", application.addendum_file))
    files: dict[int, StoredFile] = {}
    for name, key in named:
        file = known.files.get(key) if key else None
        if key and (file is None or file.org != enterprise.key):
            application.refuse("unknown_file", "没有找到上传的文件，请重新上传。", name, article="D47-5.7b")
        elif file is not None:
            files[file.pk] = file
    return files


def _listed_products(application: Application, known: Known) -> None:
    """A product named in a line is one that the supplier lists for that service (D26-2)."""
    for place, line in enumerate(application.lines):
        if line.product is None:
            continue
        product = known.products.get(line.product)
        wanted = (application.supplier, line.service, "listed")
        if product is None or (product.supplier_id, product.service, product.state) != wanted:
            application.refuse(
                "unknown_product",
                "所选产品不是该供应商为这项服务上架的产品。",
                f"lines-{place}-product",
                "请重新选择，或留空。",
                "D26-2",
            )


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


def _standing(strikes: list[int], cycle: Cycle, rulebook: Rulebook, on: date) -> list[Refusal]:
    return list(strike_refusals(strikes, cycle.order, rulebook, on)) if strikes else []

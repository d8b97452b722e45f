"""关联方: what both sides declared, what the platform knows of them, and who else looked (D47-5.23).

Hints come from what is registered: addresses, telephones, mail, accounts, and people who act for both.  The platform
holds no register of legal representatives or shareholders, so these say nothing here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from yunquan.evidence.relations import Disclosure, Hint, Profile, disclosure, hints
from yunquan.parties.access import in_force
from yunquan.parties.models import Appointment, Bureau, Person
from yunquan.policy.roles import Role
from yunquan.vouchers.models import RelatedDeclaration, SecondLook, Voucher

Side, Step = RelatedDeclaration.Side, SecondLook.Step
Known = dict[str, list[Person]]


@dataclass(frozen=True, slots=True)
class Related:
    """How the two sides of a voucher stand to each other, for one step of its review.

    `looks` are the opinions of reviewers on the content that is decided, each person's latest.
    """

    disclosure: Disclosure
    hints: tuple[Hint, ...]
    supplier: RelatedDeclaration | None
    looks: tuple[SecondLook, ...]
    reviewers: int

    @property
    def is_related(self) -> bool:
        """Whether a side declared it or strong hints speak for it."""
        return self.disclosure.standing in ("declared", "one_sided", "undisclosed")

    def looks_of_others(self, person: str) -> tuple[SecondLook, ...]:
        """The opinions of reviewers other than the one who decides."""
        return tuple(look for look in self.looks if look.person != person)


def relation_of(voucher: Voucher, *, step: str, on: date) -> Related:
    """The relation of a voucher's two sides for `application` or `claim`, in a constant number of queries."""
    return relations_of([voucher], step=step, on=on)[voucher.pk]


def relations_of(vouchers: Sequence[Voucher], *, step: str, on: date) -> dict[int, Related]:
    """The same for several, in as many queries as for one; looks and reviewers are read only where they matter."""
    latest: dict[int, RelatedDeclaration] = {}
    said = RelatedDeclaration.objects.filter(voucher__in=vouchers, side=Side.SUPPLIER).order_by("pk")
    for row in said:
        latest[row.voucher_id] = row
    people = _people(vouchers, on)
    # A draft without a supplier has nobody to be related to; the table refuses what is tried on it.
    found: dict[int, tuple[Hint, ...]] = {
        row.pk: hints(_enterprise(row, people), _supplier(row, people)) if row.supplier_id else ()
        for row in vouchers
    }
    told = {row.pk: _disclosed(row, latest.get(row.pk), found[row.pk], 2) for row in vouchers}
    asked = [row for row in vouchers if told[row.pk].second_reviewer]
    reviewers = _reviewers(asked, step, on) if asked else {}
    looks = _looks(asked, step) if asked else {}
    return {
        row.pk: Related(
            _disclosed(row, latest.get(row.pk), found[row.pk], reviewers.get(row.pk, 1)),
            found[row.pk],
            latest.get(row.pk),
            tuple(looks.get(row.pk, ())),
            reviewers.get(row.pk, 1),
        )
        for row in vouchers
    }


def declared_by_supplier(voucher: Voucher) -> RelatedDeclaration | None:
    """What the supplier declared last of a voucher, or None where it was not asked yet."""
    rows = RelatedDeclaration.objects.filter(voucher=voucher, side=Side.SUPPLIER)
    return rows.order_by("-pk").first()


def second_look(related: Related, *, reason: str = "") -> dict[str, Any]:
    """What the check of the second look asks for; `reason` is the decider's answer to dissent."""
    return {
        "needed": related.disclosure.second_reviewer,
        "why": related.disclosure.message,
        "looks": [(look.person, look.agrees) for look in related.looks],
        "reason": reason.strip(),
    }


def looks_said(related: Related, *, reason: str = "") -> dict[str, Any]:
    """What the log keeps of a decision on related parties: who looked, and the answer to dissent."""
    if not related.is_related:
        return {}
    looks = [{"person": look.person, "agrees": look.agrees} for look in related.looks]
    return {"related": related.disclosure.standing, "second_looks": looks, "dissent_reason": reason.strip()}


def content_of(voucher: Voucher, step: str) -> str:
    """The hash of what is decided at a step."""
    return voucher.claim_hash if step == Step.CLAIM else voucher.content_hash


def _disclosed(
    voucher: Voucher, supplier: RelatedDeclaration | None, found: Sequence[Hint], reviewers: int
) -> Disclosure:
    return disclosure(
        enterprise_declares=voucher.is_related_party,
        supplier_declares=supplier.is_related if supplier is not None else None,
        found=found,
        reviewers=reviewers,
    )


def _people(vouchers: Iterable[Voucher], on: date) -> Known:
    """Who acts for each enterprise and supplier on a day, in one query."""
    enterprises = {row.enterprise_id for row in vouchers}
    suppliers = {row.supplier_id for row in vouchers}
    rows = Appointment.objects.filter(in_force(on)).select_related("person")
    known: Known = defaultdict(list)
    for row in rows.filter(Q(enterprise__in=enterprises) | Q(supplier__in=suppliers)).order_by("pk"):
        key = f"enterprise:{row.enterprise_id}" if row.enterprise_id else f"supplier:{row.supplier_id}"
        known[key].append(row.person)
    return known


def _enterprise(voucher: Voucher, people: Known) -> Profile:
    row = voucher.enterprise
    return _profile(row, people.get(row.key, ()), accounts=(row.bank_account,))


def _supplier(voucher: Voucher, people: Known) -> Profile:
    row = voucher.supplier
    assert row is not None
    return _profile(row, people.get(row.key, ()))


def _profile(row: object, people: Iterable[Person], *, accounts: Sequence[str] = ()) -> Profile:
    acting = list(people)
    return Profile(
        key=row.key,  # type: ignore[attr-defined]
        name=row.name,  # type: ignore[attr-defined]
        people=[person.username for person in acting],
        contacts=[row.contact_name],  # type: ignore[attr-defined]
        addresses=[row.address],  # type: ignore[attr-defined]
        telephones=[row.contact_phone, *(person.phone for person in acting)],  # type: ignore[attr-defined]
        mails=[person.email for person in acting],
        accounts=accounts,
    )


def second_reviewers(voucher: Voucher, *, step: str, on: date, besides: str) -> list[str]:
    """The names of those who may look at this case beside one person, by name."""
    code, role = _homes([voucher], step)[voucher.pk]
    rows = Appointment.objects.filter(in_force(on), bureau__code=code, role=role).select_related("person")
    people = (row.person for row in rows.order_by("person__name", "pk"))
    return list(dict.fromkeys(person.name for person in people if person.key != besides))


def _reviewers(vouchers: Sequence[Voucher], step: str, on: date) -> dict[int, int]:
    """How many may review each of these: of the county where the city so set, else of the city."""
    homes = _homes(vouchers, step)
    appointed = Appointment.objects.filter(
        in_force(on), bureau__code__in={code for code, _ in homes.values()}
    )
    counted = appointed.filter(role__in=(Role.CITY_REVIEWER, Role.COUNTY_REVIEWER)).order_by()
    rows = counted.values_list("bureau__code", "role").annotate(count=Count("person", distinct=True))
    by_home = {(code, role): count for code, role, count in rows}
    return {pk: by_home.get((code, role.value), 0) for pk, (code, role) in homes.items()}


def _homes(vouchers: Sequence[Voucher], step: str) -> dict[int, tuple[str, Role]]:
    """Which bureau reviews each of these, in which role."""
    delegating = set(
        Bureau.objects.filter(code__in={row.city for row in vouchers}, counties_review=True).values_list(
            "code", flat=True
        )
    )
    homes = {}
    for row in vouchers:
        by_county = step == Step.APPLICATION and bool(row.county) and row.city in delegating
        homes[row.pk] = (row.county, Role.COUNTY_REVIEWER) if by_county else (row.city, Role.CITY_REVIEWER)
    return homes


def _looks(vouchers: Sequence[Voucher], step: str) -> dict[int, list[SecondLook]]:
    """The latest opinion of each person on the content that stands."""
    content = {row.pk: content_of(row, step) for row in vouchers}
    latest: dict[tuple[int, str], SecondLook] = {}
    for look in SecondLook.objects.filter(voucher__in=vouchers, step=step).order_by("pk"):
        if look.content_hash == content[look.voucher_id]:
            latest[look.voucher_id, look.person] = look
    found: dict[int, list[SecondLook]] = defaultdict(list)
    for (pk, _person), look in latest.items():
        found[pk].append(look)
    return found

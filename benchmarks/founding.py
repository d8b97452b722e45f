"""A programme for the measurements: one city under rush, its reviewers, suppliers, and enterprises with drafts.

Everything that has a verb is done by its verb; only the mass (enterprises, tokens, drafts) is written in bulk,
each draft with the log entry that its verb would have written.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from yunquan.api.actions import digest_of
from yunquan.api.models import ApiToken
from yunquan.evidence.models import StoredFile
from yunquan.evidence.taking import keep
from yunquan.journal import clock
from yunquan.journal.actions import record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties.models import Appointment, Bureau, Enterprise, Person, Supplier
from yunquan.policy.roles import Role
from yunquan.policy.uscc import make_uscc
from yunquan.programme import actions as programme
from yunquan.programme.models import CalendarYear, Cycle
from yunquan.vouchers.models import Voucher

CITY = "441900"
REVIEWERS, SUPPLIERS = 8, 8
FACE_FEN = 110_000_00
CONTRACT = b"%PDF-1.4 measured"
FEES = (("2", "80000.00", "60", "3000000.00"), ("8", "50000.00", None, None))


@dataclass(slots=True)
class Caller:
    """Someone with a token: whom it speaks for, and its text."""

    actor: Actor
    token: str


@dataclass(slots=True)
class Draft:
    """A draft that waits to be submitted, with its enterprise's and its supplier's tokens."""

    number: str
    enterprise: Caller
    supplier: Caller


@dataclass(slots=True)
class Programme:
    """What the measurements work on."""

    cycle: Cycle
    officer: Actor
    reviewers: list[Caller] = field(default_factory=list)
    suppliers: list[tuple[Supplier, Caller]] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)


def found(*, drafts: int, quota_fen: int) -> Programme:
    """Set the programme up; the city's quota in fen is a multiple of 1.5 fen, so that target × 150 % gives it."""
    now = clock.read()
    parties.found_bureaus()
    for year in (now.year, now.year + 1):
        CalendarYear.objects.get_or_create(year=year, defaults={"source": "测量用"})
    province, city = Bureau.objects.get(code="440000"), Bureau.objects.get(code=CITY)
    officer = callers(["省"], Role.PROVINCE_OFFICER, [{"bureau": province}], now)[0].actor
    made = Programme(_cycle(officer, quota_fen, now), officer)
    names = [f"审{n}" for n in range(REVIEWERS)]
    made.reviewers = callers(names, Role.CITY_REVIEWER, [{"bureau": city}] * REVIEWERS, now)
    rows = Supplier.objects.bulk_create(
        Supplier(uscc=make_uscc(29_000 + n), name=f"虚构供应商{n}（测量）", city=CITY, state="registered")
        for n in range(SUPPLIERS)
    )
    homes = [{"supplier": row} for row in rows]
    made.suppliers = list(
        zip(rows, callers([f"供{n}" for n in range(SUPPLIERS)], Role.SUPPLIER, homes, now), strict=True)
    )
    made.drafts = _drafts(made, drafts, now)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A database in use has its statistics; a freshly filled one would plan without them.
            cursor.execute("VACUUM ANALYZE")
    return made


def _cycle(officer: Actor, quota_fen: int, now: datetime) -> Cycle:
    first = now - timedelta(days=90)
    code = str(now.year)
    cycle = programme.create_cycle(
        code=code, name=f"{code} 年度", pack="gd-2018", year=now.year, by=officer, now=first
    )
    opens, closes = now - timedelta(days=20), now + timedelta(days=20)
    programme.publish_windows(
        cycle=cycle,
        windows={"apply": (opens, closes), "claim": (opens, closes + timedelta(days=20))},
        by=officer,
        now=first,
    )
    programme.set_target(
        cycle=cycle, city=CITY, target_fen=quota_fen * 2 // 3, factor_percent=150, by=officer, now=first
    )
    return programme.open_cycle(cycle=cycle, by=officer, now=opens)


def callers(names: list[str], role: Role, homes: list[dict[str, Any]], now: datetime) -> list[Caller]:
    """People with one appointment and one token each, in bulk."""
    people = Person.objects.bulk_create(
        Person(username=f"bench-{role}-{n}", name=name, joined_at=now, password="!")
        for n, name in enumerate(names)
    )
    today = local_date(now)
    appointments = Appointment.objects.bulk_create(
        Appointment(
            person=person, role=role, starts_on=today - timedelta(days=90), appointed_by="bench", **home
        )
        for person, home in zip(people, homes, strict=True)
    )
    callers = [
        Caller(Actor(row.person.key, str(role), row.org_key), f"yq_{secrets.token_urlsafe(32)}")
        for row in appointments
    ]
    ApiToken.objects.bulk_create(
        ApiToken(
            appointment=row,
            org=caller.actor.org,
            role=role,
            name="测量",
            may_write=True,
            digest=digest_of(caller.token),
            hint=caller.token[:9],
            created_by=caller.actor.person,
            created_at=now,
            expires_at=now + timedelta(days=30),
        )
        for row, caller in zip(appointments, callers, strict=True)
    )
    return callers


def _drafts(made: Programme, count: int, now: datetime) -> list[Draft]:
    """One enterprise, one contract file and one complete draft each."""
    enterprises = Enterprise.objects.bulk_create(
        Enterprise(
            uscc=make_uscc(n),
            name=f"虚构企业{n}（测量）有限公司",
            city=CITY,
            address="测试路 1 号",
            founded_on=now.date().replace(year=now.year - 8),
            revenue_fen=2310_0000_00,
            bank_name="虚构银行",
            bank_account="6200000000000000",
            state="registered",
            search_text=f"虚构企业{n}",
        )
        for n in range(count)
    )
    owners = callers(
        [f"企{n}" for n in range(count)], Role.ENTERPRISE, [{"enterprise": row} for row in enterprises], now
    )
    content = keep(CONTRACT)
    files = StoredFile.objects.bulk_create(
        StoredFile(
            sha256=content,
            name="合同.pdf",
            media_type="application/pdf",
            size=len(CONTRACT),
            org=row.key,
            uploaded_by=caller.actor.person,
            uploaded_at=now,
        )
        for row, caller in zip(enterprises, owners, strict=True)
    )
    signed_on = (now - timedelta(days=10)).date().isoformat()
    vouchers = Voucher.objects.bulk_create(
        Voucher(
            cycle=made.cycle,
            enterprise=enterprise,
            number=f"GD{made.cycle.code}-DG-{n:06d}",
            city=CITY,
            typed=typed(n, made.suppliers[n % SUPPLIERS][0], file, signed_on),
            created_at=now,
            search_text=f"GD{made.cycle.code}-DG-{n:06d} {enterprise.search_text}",
        )
        for n, (enterprise, file) in enumerate(zip(enterprises, files, strict=True))
    )
    with transaction.atomic():
        for voucher, caller in zip(vouchers, owners, strict=True):
            record(
                "voucher.start",
                by=caller.actor,
                obj=voucher.journal_key,
                now=now,
                why="D47-5.7b",
                post="draft",
            )
    return [
        Draft(voucher.number, caller, made.suppliers[n % SUPPLIERS][1])
        for n, (voucher, caller) in enumerate(zip(vouchers, owners, strict=True))
    ]


def typed(place: int, supplier: Supplier, file: StoredFile, signed_on: str) -> dict[str, Any]:
    """An application of two services that is awarded FACE_FEN under every edition of the measurements."""
    lines = []
    for service, fee, devices, value in FEES:
        line: dict[str, Any] = {"service": service, "fee": fee}
        lines.append({**line, "devices": devices, "device_value": value} if devices else line)
    return {
        "contract_number": f"HT-{place:06d}",
        "signed_on": signed_on,
        "total": "150000.00",
        "cloud_fee": "130000.00",
        "contract_file": str(file.pk),
        "supplier": str(supplier.pk),
        "place": "东莞市测试路 1 号",
        "implementation_city": CITY,
        "lines": lines,
    }

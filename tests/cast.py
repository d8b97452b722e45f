"""The one cast of all tests, known by heart; every organisation and person is plainly invented.

`world` sets up the 21 cities, cycle 2018 of pack gd-2018 with windows, quotas and funds, an enterprise
and officers in 东莞, officers of 佛山 who must see nothing of it, a supplier, the province, an expert
and an auditor. `world.apply()` … walk a voucher as far as a test needs.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.laying import lay
from yunquan.catalogue.models import Product
from yunquan.evidence import actions as evidence
from yunquan.evidence.models import StoredFile
from yunquan.jobs.doctor import breaches
from yunquan.journal.invariants import Breach
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties.models import Appointment, Bureau, Enterprise, Person, Supplier
from yunquan.policy.roles import Role
from yunquan.policy.uscc import make_uscc
from yunquan.programme import actions as programme
from yunquan.programme.models import Cycle
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import PaymentRun, SettlementList
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

DONGGUAN, FOSHAN, HUIZHOU, HUICHENG = "441900", "440600", "441300", "441302"
CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\n"
    b"xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000056 00000 n \n0000000107 00000 n \n"
    b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n174\n%%EOF\n"
)


def at(text: str) -> datetime:
    """A moment in Shanghai: `at("2018-12-03 10:02")`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


APPLYING, CLAIMING, PAYING = at("2018-12-03 10:02"), at("2019-02-20 09:30"), at("2019-05-20 10:00")


@dataclass
class World:
    """The cast and the verbs that walk a voucher on; each verb gives back the fresh voucher."""

    cycle: Cycle
    people: dict[str, Actor] = field(default_factory=dict)
    enterprise: Enterprise = None  # type: ignore[assignment]
    supplier: Supplier = None  # type: ignore[assignment]
    serial: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    laid: Any = None

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]

    def person(self, actor: Actor) -> Person:
        """The account behind an actor, to log a test client in."""
        return Person.objects.get(pk=int(actor.person.partition(":")[2]))

    def appoint(self, name: str, role: Role, **organisation: Any) -> Actor:
        """A new invented person with one appointment."""
        person = Person.objects.create(username=name, name=f"测试{next(self.serial)}", joined_at=APPLYING)
        person.set_password(f"{name}-demo-2018")
        person.save()
        row = Appointment.objects.create(
            person=person, role=role, starts_on=date(2018, 1, 1), appointed_by="test", **organisation
        )
        self.people[name] = Actor(person=person.key, role=role, org=row.org_key)
        return self.people[name]

    def add_enterprise(
        self, name: str, *, city: str = DONGGUAN, county: str = "", **facts: Any
    ) -> Enterprise:
        """A registered, eligible enterprise with its clerk under `name`."""
        row = Enterprise.objects.create(
            uscc=make_uscc(next(self.serial)),
            name=facts.pop("title", f"虚构{name}（测试）有限公司"),
            city=city,
            county=county,
            address="测试路 1 号",
            founded_on=date(2010, 5, 1),
            revenue_fen=2310_0000_00,
            bank_name="虚构银行",
            bank_account="6200000000000000",
            state="registered",
            search_text=name,
            **facts,
        )
        self.appoint(name, Role.ENTERPRISE, enterprise=row)
        return row

    def add_supplier(self, name: str, *, city: str = DONGGUAN, **facts: Any) -> Supplier:
        """A registered supplier with its clerk under `name` and a listed product for each of two services."""
        row = Supplier.objects.create(
            uscc=make_uscc(next(self.serial)),
            name=facts.pop("title", f"虚构{name}（测试）有限公司"),
            city=city,
            state="registered",
            search_text=name,
            **facts,
        )
        self.appoint(name, Role.SUPPLIER, supplier=row)
        for service in (2, 3, 8):
            Product.objects.create(
                supplier=row, service=service, name=f"测试产品 {service}", modules=["模块一"],
                price_standard="按年订阅", state="listed",
                submitted_by="person:clerk", reviewed_by="person:province",
            )  # fmt: skip
        return row

    def file(self, actor: Actor, content: bytes = b"") -> StoredFile:
        """An uploaded PDF, different each time."""
        unique = PDF + f"%{next(self.serial)}\n".encode()
        return evidence.take_file(
            content=content or unique, name="合同.pdf", org=actor.org, by=actor, now=APPLYING
        )

    # A voucher's life, step by step.

    def typed(self, clerk: str = "dg_enterprise", **changes: Any) -> dict[str, Any]:
        """What a clerk types into the application: 生产设备状态监控 8万 with 60 devices and 供应链协同 5万."""
        supplier = changes.pop("supplier", self.supplier)
        form = {
            "contract_number": f"HT-2018-{next(self.serial):04d}",
            "signed_on": "2018-11-09",
            "total": "150000.00",
            "cloud_fee": "130000.00",
            "contract_file": str(self.file(self[clerk]).pk),
            "supplier": str(supplier.pk),
            "place": "东莞市测试路 1 号",
            "implementation_city": DONGGUAN,
            "lines": [
                {"service": "2", "fee": "80000.00", "devices": "60", "device_value": "3000000.00"},
                {"service": "8", "fee": "50000.00"},
            ],
        }
        return {**form, **changes}

    def start(self, clerk: str = "dg_enterprise", *, now: datetime = APPLYING) -> Voucher:
        enterprise = Enterprise.objects.get(pk=int(self[clerk].org.partition(":")[2]))
        return vouchers.start(enterprise=enterprise, cycle=self.cycle, by=self[clerk], now=now)

    def apply(self, clerk: str = "dg_enterprise", *, now: datetime = APPLYING, **changes: Any) -> Voucher:
        """A submitted application."""
        voucher = self.start(clerk, now=now)
        return vouchers.submit(voucher=voucher, typed=self.typed(clerk, **changes), by=self[clerk], now=now)

    def confirm(self, voucher: Voucher, *, now: datetime = APPLYING, **options: Any) -> Voucher:
        by = self.people[self._supplier_name(voucher)]
        return vouchers.confirm(
            voucher=voucher, seen_hash=voucher.content_hash, by=by, now=now + timedelta(hours=2), **options
        )

    def _supplier_name(self, voucher: Voucher) -> str:
        key = f"supplier:{voucher.supplier_id}"
        return next(name for name, actor in self.people.items() if actor.org == key)

    def issue(self, voucher: Voucher, *, reviewer: str = "dg_reviewer", now: datetime = APPLYING) -> Voucher:
        return vouchers.issue(
            voucher=voucher, seen_hash=voucher.content_hash, by=self[reviewer], now=now + timedelta(days=3)
        )

    def issued(self, clerk: str = "dg_enterprise", **changes: Any) -> Voucher:
        """A voucher that the city issued."""
        return self.issue(self.confirm(self.apply(clerk, **changes)))

    def typed_claim(self, voucher: Voucher, clerk: str = "dg_enterprise", **changes: Any) -> dict[str, Any]:
        """What a clerk types into the claim: one invoice and one payment that cover the contract."""
        supplier, enterprise = voucher.supplier, voucher.enterprise
        number = next(self.serial)
        form = {
            "invoices": [
                {
                    "code": "044001900111", "number": f"{number:08d}", "issued_on": "2019-01-15",
                    "seller_uscc": supplier.uscc, "seller_name": supplier.name, "buyer_uscc": enterprise.uscc,
                    "gross": "150000.00", "file": str(self.file(self[clerk]).pk),
                }
            ],
            "proofs": [
                {
                    "bank": "虚构银行", "serial": f"S{number:08d}", "paid_on": "2019-01-20",
                    "payer_name": enterprise.name, "payee_name": supplier.name, "amount": "150000.00",
                    "file": str(self.file(self[clerk]).pk),
                }
            ],
            "report": {
                "number": f"YS-{number:05d}", "accepted_on": "2019-02-01",
                "file": str(self.file(self[clerk]).pk),
            },
        }  # fmt: skip
        return {**form, **changes}

    def claim(self, voucher: Voucher, clerk: str = "dg_enterprise", *, now: datetime = CLAIMING) -> Voucher:
        typed = self.typed_claim(voucher, clerk)
        return vouchers.claim(voucher=voucher, typed=typed, by=self[clerk], now=now)

    def ends(self, voucher: Voucher) -> list[Mapping[str, Any]]:
        """A client end and a cloud end for each service."""
        ends: list[Mapping[str, Any]] = []
        for line in voucher.lines.all():
            ends.append({"service": line.service, "side": "client", "kind": "ip", "value": "120.79.10.8"})
            ends.append(
                {
                    "service": line.service,
                    "side": "cloud",
                    "kind": "host",
                    "value": "mes.example.com",
                    "port": "443",
                }
            )
        return ends

    def attest(self, voucher: Voucher, *, now: datetime = CLAIMING) -> Voucher:
        by = self.people[self._supplier_name(voucher)]
        return vouchers.attest(
            voucher=voucher,
            seen_hash=voucher.claim_hash,
            ends=self.ends(voucher),
            by=by,
            now=now + timedelta(days=1),
        )

    def verdict(self, voucher: Voucher, outcome: str = "done", *, now: datetime = CLAIMING) -> Voucher:
        by = self["province_officer"]
        return vouchers.record_verdict(
            voucher=voucher,
            outcome=outcome,
            reasons=[{"label": "连接记录已核对（测试）"}],
            document=self.file(by),
            by=by,
            now=now + timedelta(days=20),
        )

    def approve(self, voucher: Voucher, *, now: datetime = CLAIMING) -> Voucher:
        return vouchers.approve_claim(
            voucher=voucher,
            seen_hash=voucher.claim_hash,
            by=self["dg_reviewer"],
            now=now + timedelta(days=30),
        )

    def approved(self, clerk: str = "dg_enterprise", **changes: Any) -> Voucher:
        """A claim that the city approved, ready for a settlement list."""
        voucher = self.claim(self.issued(clerk, **changes), clerk)
        return self.approve(self.verdict(self.attest(voucher)))

    def published(self, *, now: datetime = at("2019-04-08 09:00")) -> SettlementList:
        """A list of everything approved in 东莞, in public."""
        drawn = settlement.draw_up(cycle=self.cycle, city=DONGGUAN, by=self["dg_reviewer"], now=now)
        return settlement.publish(settlement_list=drawn, by=self["dg_approver"], now=now + timedelta(hours=1))

    def standing(self) -> SettlementList:
        """A list whose publicity is over."""
        published = self.published()
        assert published.publicity_ends_at is not None
        return settlement.close(
            settlement_list=published, by=CLOCK, now=published.publicity_ends_at + timedelta(minutes=1)
        )

    def released(self, *, now: datetime = PAYING) -> PaymentRun:
        """A run of everything payable in 东莞, released."""
        run = settlement.prepare_run(cycle=self.cycle, city=DONGGUAN, by=self["dg_reviewer"], now=now)
        return settlement.release(run=run, by=self["dg_cashier"], now=now + timedelta(hours=1))

    def result(self, run: PaymentRun, outcome: str = "成功", **changes: str) -> dict[str, str]:
        """A bank's result line for the run's first instruction."""
        row = run.instructions.order_by("number").first()
        line = {
            "instruction": row.number,
            "amount": f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}",
            "outcome": outcome,
            "bank_reference": f"B{row.number}" if outcome == "成功" else "",
            "settled_on": released_on(run),
            "reason": "" if outcome == "成功" else "账号户名不符",
        }
        return {**line, **changes}

    def pay_all(self, run: PaymentRun, *, now: datetime = PAYING + timedelta(days=1)) -> None:
        """The bank pays every instruction of a run."""
        for row in run.instructions.order_by("number"):
            amount = f"{row.amount_fen // 100}.{row.amount_fen % 100:02d}"
            columns = {
                "instruction": row.number, "amount": amount, "outcome": "成功",
                "bank_reference": f"B{row.number}", "settled_on": released_on(run), "reason": "",
            }  # fmt: skip
            settlement.take_result(run=run, columns=columns, by=self["dg_cashier"], now=now)


def released_on(run: Any) -> str:
    """The day on which a run, of whichever money, was released, as a bank's file writes it."""
    run.refresh_from_db(fields=["released_at"])
    return str(local_date(run.released_at))


def broken() -> list[Breach]:
    """What the doctor finds, but that the cast's own parties and products were laid down without a log."""
    laid_down = ("enterprise:", "supplier:", "product:")
    return [row for row in breaches() if not (row.invariant == "L1" and row.row.startswith(laid_down))]


def build_world() -> World:
    """The cast on an empty database (see the module's first lines)."""
    parties.found_bureaus()
    bureaus = {row.code: row for row in Bureau.objects.all()}
    province = bureaus["440000"]
    world = World(cycle=None)  # type: ignore[arg-type]
    officer = world.appoint("province_officer", Role.PROVINCE_OFFICER, bureau=province)
    world.appoint("province_approver", Role.PROVINCE_APPROVER, bureau=province)
    world.appoint("expert", Role.EXPERT)
    world.appoint("auditor", Role.AUDITOR, bureau=province)
    for code, short in ((DONGGUAN, "dg"), (FOSHAN, "fs"), (HUIZHOU, "hz")):
        for name, role in (
            ("reviewer", Role.CITY_REVIEWER),
            ("approver", Role.CITY_APPROVER),
            ("cashier", Role.CITY_CASHIER),
        ):
            world.appoint(f"{short}_{name}", role, bureau=bureaus[code])
    world.appoint("hc_reviewer", Role.COUNTY_REVIEWER, bureau=bureaus[HUICHENG])
    for name, role in (
        ("system_admin", Role.SYSTEM_ADMIN),
        ("security_admin", Role.SECURITY_ADMIN),
        ("audit_admin", Role.AUDIT_ADMIN),
    ):
        world.appoint(name, role)
    first = at("2018-09-10 09:00")
    cycle = programme.create_cycle(
        code="2018", name="2018 年度", pack="gd-2018", year=2018, by=officer, now=first
    )
    world.cycle = cycle
    programme.publish_windows(
        cycle=cycle,
        windows={
            "apply": (at("2018-10-15 10:00"), at("2018-12-31 17:00")),
            "claim": (at("2018-11-01 10:00"), at("2019-03-31 17:00")),
        },
        by=officer,
        now=first,
    )
    for code in (DONGGUAN, FOSHAN, HUIZHOU):
        programme.set_target(
            cycle=cycle, city=code, target_fen=1000_0000_00, factor_percent=150, by=officer, now=first
        )
        programme.appropriate_funds(
            cycle=cycle, city=code, amount_fen=1000_0000_00, document="测试拨款", by=officer, now=first
        )
    world.cycle = programme.open_cycle(cycle=cycle, by=officer, now=at("2018-10-15 09:00"))
    world.enterprise = world.add_enterprise("dg_enterprise", title="虚构五金（测试）有限公司")
    world.add_enterprise("fs_enterprise", city=FOSHAN, title="虚构陶瓷（测试）有限公司")
    world.add_enterprise("hc_enterprise", city=HUIZHOU, county=HUICHENG, title="虚构电子（测试）有限公司")
    world.supplier = world.add_supplier("supplier", title="虚构云服务（测试）有限公司")
    world.add_supplier("other_supplier", title="虚构软件（测试）有限公司")
    return world


@pytest.fixture
def world(db: None) -> World:
    """The cast, in a database that is rolled back after the test."""
    return lay(build_world)


@pytest.fixture
def lasting_world(transactional_db: None) -> World:
    """The cast, committed: for tests with threads, kills and live servers."""
    return build_world()

"""Scenes 2 and 3: enterprises register and apply; suppliers confirm; cities review; vouchers are issued and claimed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from yunquan.demo import papers
from yunquan.demo.offers import ACCEPTED, OFFERS, offer
from yunquan.demo.stage import PASSWORD, VISITOR, Stage
from yunquan.evidence import actions as evidence
from yunquan.evidence import readings
from yunquan.kernel.money import format_yuan
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties import regions
from yunquan.parties.models import Enterprise
from yunquan.policy.roles import Role
from yunquan.policy.uscc import make_uscc
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

TRADES = ("五金", "模具", "塑胶", "电子", "家具", "陶瓷", "服装", "机械", "包装", "灯饰")


def enterprise(
    stage: Stage, name: str, city: str, *, county: str = "", place: int, **facts: str
) -> Enterprise:
    """An enterprise's account with its information filled in and submitted (D47-5.7a)."""
    title = facts.pop("title", f"虚构{TRADES[place % len(TRADES)]}{place:02d}（演示）有限公司")
    row, person = parties.register_enterprise(
        uscc=make_uscc(place, region=city),
        name=title,
        username=name,
        password=PASSWORD,
        person_name="演示经办人",
        phone="13800000000",
        by=VISITOR,
        now=stage.now,
    )
    stage.give_password(person)
    by = stage.people[name] = Actor(person=person.key, role=Role.ENTERPRISE, org=row.key)
    typed = {
        "name": title,
        "city": city,
        "county": county or _first_county(city),
        "address": "演示工业区 8 号",
        "is_legal_person": "1",
        "founded_on": f"{2005 + place % 11}-05-18",
        "industry": TRADES[place % len(TRADES)],
        "size": ("small", "medium", "micro")[place % 3],
        "revenue": f"{12_000_000 + place * 370_000}.00",
        "licence": stage.paper(by, "营业执照", [("名称", title)]),
        "pledge": "1",
        "bank_name": "虚构银行演示支行",
        "bank_account": f"62000000{place:08d}",
        "contact_name": "演示经办人",
        "contact_phone": "13800000000",
        **facts,
    }
    row = parties.save_enterprise(enterprise=row, typed=typed, by=by, now=stage.now)
    row = parties.submit_enterprise(
        enterprise=row,
        by=by,
        now=stage.wait(minutes=30),
        rules=rulebook("gd-2018"),
        calendar=working_calendar(),
    )
    stage.enterprises[name] = row
    return row


def _first_county(city: str) -> str:
    found = regions.city(city)
    return found.counties[0].code if found is not None and found.counties else ""


def approve(stage: Stage, name: str) -> None:
    """The enterprise's bureau approves the registration (D47-5.20)."""
    row = stage.enterprises[name]
    stage.enterprises[name] = parties.approve_enterprise(
        enterprise=row,
        by=stage[reviewer_of(row.city, row.county)],
        now=stage.wait(hours=1),
        rules=rulebook("gd-2018"),
    )


def reviewer_of(city: str, county: str = "") -> str:
    """The demonstration's reviewer of a city, or of 惠城区, where the city lets its counties review."""
    if county == "441302":
        return "hc-review"
    found = regions.city(city)
    assert found is not None
    return f"{found.letters.lower()}-review"


class Walk:
    """One voucher, walked on step by step; each step keeps the fresh row and lets a little time pass."""

    def __init__(self, stage: Stage, clerk: str, supplier: str, *, cycle: str = "2018") -> None:
        self.stage, self.clerk, self.supplier = stage, clerk, supplier
        self.place = int(clerk.removeprefix("qy"))
        self.bill: papers.Bill | None = None
        self.number = 0
        self.enterprise = stage.enterprises[clerk]
        self.voucher: Voucher = vouchers.start(
            enterprise=self.enterprise, cycle=stage.cycles[cycle], by=stage[clerk], now=stage.wait(minutes=10)
        )

    def draft(
        self,
        *,
        fees: Sequence[int] = (),
        says: Mapping[str, Any] | None = None,
        form: str = "pdf",
        **changes: Any,
    ) -> Walk:
        """Fill the application in and save it; `says` plants what the contract's file says otherwise."""
        stage, lines = self.stage, offer(self.supplier, self.place)
        if fees:
            lines = [(row[0], fee, row[2]) for row, fee in zip(lines, fees, strict=True)]
        supplier = stage.suppliers[self.supplier]
        number = f"YS-{stage.now:%Y}-{next(stage.serial):04d}"
        fen = sum(fee for _service, fee, _devices in lines)
        rules, on = rulebook("gd-2018"), stage.now.date()
        names = {service: rules.service(service, on) for service, _fee, _devices in lines}
        devices = sum(int(count) for _service, _fee, count in lines if count)
        deal = papers.Deal(
            number=number,
            enterprise=papers.Firm(self.enterprise.name, self.enterprise.uscc),
            supplier=papers.Firm(supplier.name, supplier.uscc),
            signed_on=on,
            total_fen=fen + 2_000_000,
            lines=tuple(
                (found.name, fee) for service, fee, _d in lines if (found := names[service]) is not None
            ),
            devices=devices or None,
            devices_value_fen=300_000_000 if devices else None,
            place=self.enterprise.address,
        )
        deal = replace(deal, **says) if says else deal
        content = papers.contract_docx(deal) if form == "docx" else papers.contract_pdf(deal)
        file = stage.upload(stage[self.clerk], f"上云上平台服务合同.{form}", content, reader="contract")
        typed = {
            "contract_number": number,
            "signed_on": f"{on}",
            "total": format_yuan(fen + 2_000_000),
            "cloud_fee": format_yuan(fen),
            "contract_file": file,
            "supplier": str(supplier.pk),
            "place": self.enterprise.address,
            "implementation_city": self.enterprise.city,
            "lines": [
                {
                    "service": str(service),
                    "fee": format_yuan(fee),
                    "devices": d,
                    "device_value": "3000000.00" if d else "",
                }
                for service, fee, d in lines
            ],
        }
        typed = {**typed, **changes}
        self.voucher = vouchers.save_application(
            voucher=self.voucher, typed=typed, by=stage[self.clerk], now=stage.now
        )
        return self

    def submit(self) -> Walk:
        self.voucher = vouchers.submit(
            voucher=self.voucher, by=self.stage[self.clerk], now=self.stage.wait(minutes=7)
        )
        return self

    def confirm(self, *, pilot: bool = False, related: str = "") -> Walk:
        declares = (
            vouchers.Declares(is_related=True, note=related, fair_price_vowed=True) if related else None
        )
        self.voucher = vouchers.confirm(
            voucher=self.voucher,
            seen_hash=self.voucher.content_hash,
            tag_pilot=pilot,
            declares=declares,
            by=self.stage[self.supplier],
            now=self.stage.wait(minutes=40),
        )
        return self

    def decline(self, text: str) -> Walk:
        self.voucher = vouchers.decline(
            voucher=self.voucher,
            reasons=[{"code": "", "label": "", "text": text}],
            by=self.stage[self.supplier],
            now=self.stage.wait(minutes=40),
        )
        return self

    @property
    def reviewer(self) -> Actor:
        return self.stage[reviewer_of(self.voucher.city, self.voucher.county)]

    @property
    def city_reviewer(self) -> Actor:
        return self.stage[reviewer_of(self.voucher.city)]

    def issue(self) -> Walk:
        self.voucher = vouchers.issue(
            voucher=self.voucher,
            seen_hash=self.voucher.content_hash,
            by=self.reviewer,
            now=self.stage.wait(hours=1),
        )
        return self

    def send_back(self) -> Walk:
        reasons = _coded("application", "fee_differs", "请按合同第 3 条改为分项金额（演示）。")
        self.voucher = vouchers.send_back(
            voucher=self.voucher, reasons=reasons, by=self.reviewer, now=self.stage.wait(hours=1)
        )
        return self

    def reject(self) -> Walk:
        reasons = _coded("application", "unlawful", "合同内容为购买自动化设备，不属于上云费用（演示）。")
        self.voucher = vouchers.reject(
            voucher=self.voucher, reasons=reasons, by=self.reviewer, now=self.stage.wait(hours=1)
        )
        return self

    def claim(
        self, *, form: str = "pdf", payer: str = "", paid_fen: int = 0, report: str = "", bills: int = 1
    ) -> Walk:
        """File invoices and one payment that cover the contract, and the acceptance report.

        Planted: `payer` is a parent firm that paid and is declared, `paid_fen` what the receipt really says,
        `report` the words of another's acceptance report.
        """
        stage, by, voucher = self.stage, self.stage[self.clerk], self.voucher
        assert voucher.supplier is not None and voucher.contract is not None
        total, on = voucher.contract.total_fen, stage.now.date()
        seller = papers.Firm(voucher.supplier.name, voucher.supplier.uscc)
        buyer = papers.Firm(self.enterprise.name, self.enterprise.uscc)
        parts = [total // bills] * (bills - 1)
        invoices = [
            self._bill(fen, form=form, seller=seller, buyer=buyer) for fen in [*parts, total - sum(parts)]
        ]
        number = self.number
        serial, paying = f"DEMO{number:010d}", payer or buyer.name
        receipt = papers.receipt_pdf(
            payer=paying, payee=seller.name, amount_fen=paid_fen or total, paid_on=on, serial=serial
        )
        accepted = papers.report_pdf(
            enterprise=buyer.name,
            supplier=seller.name,
            number=f"YS-{number:06d}",
            accepted_on=on,
            fen=total,
            body=report
            or f"{'、'.join(line.service_name for line in voucher.lines.all())}\n{ACCEPTED[number % 3]}",
        )
        typed = {
            "invoices": invoices,
            "proofs": [
                {
                    "bank": papers.BANK,
                    "serial": serial,
                    "paid_on": f"{on}",
                    "payer_name": paying,
                    "payee_name": seller.name,
                    "amount": format_yuan(total),
                    "file": stage.upload(by, "银行电子回单.pdf", receipt, reader="proof"),
                }
            ],
            "report": {
                "number": f"YS-{number:06d}",
                "accepted_on": f"{on}",
                "file": stage.upload(by, "项目验收报告.pdf", accepted),
            },
        }
        if payer:
            typed["parties"] = [self._parent(payer)]
        self.voucher = vouchers.claim(voucher=voucher, typed=typed, by=by, now=stage.wait(minutes=15))
        return self

    def _bill(self, fen: int, *, form: str, seller: papers.Firm, buyer: papers.Firm) -> dict[str, str]:
        """One invoice as its file and as it is typed."""
        stage, on = self.stage, self.stage.now.date()
        self.number = next(stage.serial)
        printed = form == "pdf"
        code = "044001800111" if printed else ""
        digits = f"{self.number:08d}" if printed else f"1944{self.number:016d}"
        bill = papers.Bill(code=code, number=digits, issued_on=on, seller=seller, buyer=buyer, gross_fen=fen)
        self.bill = bill
        content = papers.invoice_pdf(bill) if printed else papers.invoice_xml(bill)
        return {
            "code": code, "number": digits, "issued_on": f"{on}", "seller_uscc": seller.code,
            "seller_name": seller.name, "buyer_uscc": buyer.code, "gross": format_yuan(fen),
            "file": stage.upload(stage[self.clerk], f"电子发票-{digits}.{form}", content, reader="invoice"),
        }  # fmt: skip

    def reverse(self) -> Walk:
        """The supplier takes its invoice back later on: the red one is read, and an alarm holds the claim."""
        assert self.bill is not None
        now = self.stage.wait(hours=2)
        red = self.bill.reversed(f"1944{next(self.stage.serial):016d}", now.date())
        by = self.stage[self.supplier]
        file = evidence.take_file(
            content=papers.invoice_xml(red), name=f"红字发票-{red.number}.xml", org=by.org, by=by, now=now
        )
        readings.read_file(file, "invoice", now=now)
        return self

    def _parent(self, name: str) -> dict[str, str]:
        """The declaration that a parent firm paid, with its proof."""
        told = [("母公司", name), ("子公司", self.enterprise.name), ("持股比例", "100%")]
        return {
            "part": "payer", "name": name, "uscc": make_uscc(8100 + self.place, region="441900"), "relation": "parent",
            "reason": "集团统一付款，付款方为本企业的母公司（演示）。",
            "file": self.stage.paper(self.stage[self.clerk], "母子公司关系证明", told),
        }  # fmt: skip

    def decline_claim(self) -> Walk:
        self.voucher = vouchers.decline_claim(
            voucher=self.voucher,
            reasons=_coded("claim", "acceptance_missing", "验收报告缺少双方盖章（演示）。"),
            by=self.stage[self.supplier],
            now=self.stage.wait(minutes=50),
        )
        return self

    def attest(self, *, shared: str = "", named_port: str = "443", operator: str = "") -> Walk:
        """Give the ends: a line of its own for each service, or the one that is named; who carries it where said."""
        ends: list[dict[str, str]] = []
        for place, line in enumerate(self.voucher.lines.all()):
            service = str(line.service)
            client = shared or f"113.108.{self.voucher.pk % 200}.{10 + place}"
            own = {"kind": "ip", "value": client, "port": "", "operator": operator}
            ends.append({"service": service, "side": "client", **own})
            address = f"203.107.{40 + sorted(OFFERS).index(self.supplier)}.{line.service}"
            ends.append({"service": service, "side": "cloud", "kind": "ip", "value": address, "port": "443"})
            ends.append(
                {
                    "service": service,
                    "side": "cloud",
                    "kind": "host",
                    "value": f"{self.supplier}-{service}.example.com",
                    "port": named_port,
                }
            )
        self.voucher = vouchers.attest(
            voucher=self.voucher,
            seen_hash=self.voucher.claim_hash,
            ends=ends,
            by=self.stage[self.supplier],
            now=self.stage.wait(minutes=50),
        )
        return self

    def verdict(self, outcome: str = "done") -> Walk:
        """The province records the verdict by hand, with a document (usage analysis comes later)."""
        by = self.stage["province"]
        text = "连接记录显示持续使用（演示）" if outcome == "done" else "判定期内未见连接记录（演示）"
        document = self.stage.stored(by, "行为数据核验说明", [("券号", self.voucher.number)])
        self.voucher = vouchers.record_verdict(
            voucher=self.voucher,
            outcome=outcome,
            reasons=[{"code": "", "label": text, "text": ""}],
            document=document,
            by=by,
            now=self.stage.wait(minutes=30),
        )
        return self

    def approve(self) -> Walk:
        self.voucher = vouchers.approve_claim(
            voucher=self.voucher,
            seen_hash=self.voucher.claim_hash,
            by=self.city_reviewer,
            now=self.stage.wait(minutes=30),
        )
        return self


def _coded(kind: str, code: str, text: str) -> list[dict[str, str]]:
    """A coded reason of the rule pack with the reviewer's own words."""
    from datetime import date

    value = rulebook("gd-2018").value(f"reasons.{kind}", date(2018, 12, 1)).value
    found = next(reason.model_dump() for reason in value if reason.code == code)
    return [{**{name: str(found[name]) for name in ("code", "label", "mend", "article")}, "text": text}]

"""Scenes 2 and 3: enterprises register and apply; suppliers confirm; cities review; vouchers are issued and claimed."""

from __future__ import annotations

from typing import Any

from yunquan.demo.stage import PASSWORD, VISITOR, Stage
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
# Which supplier offers which services, with a fee in 元 and devices where they count.
OFFERS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "yun": ((2, "80000.00", "60"), (8, "50000.00", "")),
    "zhi": ((3, "460000.00", ""),),
    "ruan": ((9, "50000.00", ""), (10, "42000.00", "")),
    "neng": ((6, "168000.00", ""),),
    "wai": ((7, "36000.00", "30"), (2, "64000.00", "32")),
}


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
        self.enterprise = stage.enterprises[clerk]
        self.voucher: Voucher = vouchers.start(
            enterprise=self.enterprise, cycle=stage.cycles[cycle], by=stage[clerk], now=stage.wait(minutes=10)
        )

    def draft(self, **changes: Any) -> Walk:
        """Fill the application in and save it."""
        stage, offer = self.stage, OFFERS[self.supplier]
        supplier = stage.suppliers[self.supplier]
        number = f"YS-{stage.now:%Y}-{next(stage.serial):04d}"
        fen = sum(int(fee.replace(".", "")) for _service, fee, _devices in offer)
        signed = f"{stage.now:%Y-%m-%d}"
        facts = [
            ("合同编号", number), ("甲方", self.enterprise.name), ("乙方", supplier.name),
            ("签订日期", signed), ("上云费用合计", f"{format_yuan(fen)} 元"), ("合同总额", f"{format_yuan(fen + 2_000_000)} 元"),
        ]  # fmt: skip
        typed = {
            "contract_number": number,
            "signed_on": signed,
            "total": format_yuan(fen + 2_000_000),
            "cloud_fee": format_yuan(fen),
            "contract_file": stage.paper(stage[self.clerk], "上云上平台服务合同", facts),
            "supplier": str(supplier.pk),
            "place": self.enterprise.address,
            "implementation_city": self.enterprise.city,
            "lines": [
                {"service": str(s), "fee": fee, "devices": d, "device_value": "3000000.00" if d else ""}
                for s, fee, d in offer
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

    def confirm(self, *, pilot: bool = False) -> Walk:
        self.voucher = vouchers.confirm(
            voucher=self.voucher,
            seen_hash=self.voucher.content_hash,
            tag_pilot=pilot,
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

    def claim(self) -> Walk:
        """File one invoice and one payment that cover the contract, and the acceptance report."""
        stage, by, voucher = self.stage, self.stage[self.clerk], self.voucher
        assert voucher.supplier is not None and voucher.contract is not None
        total = format_yuan(voucher.contract.total_fen)
        number = next(stage.serial)
        day = f"{stage.now:%Y-%m-%d}"
        parties_facts = [
            ("销售方", voucher.supplier.name),
            ("购买方", self.enterprise.name),
            ("金额", f"{total} 元"),
        ]
        typed = {
            "invoices": [
                {
                    "code": "044001800111", "number": f"{number:08d}", "issued_on": day,
                    "seller_uscc": voucher.supplier.uscc, "seller_name": voucher.supplier.name,
                    "buyer_uscc": self.enterprise.uscc, "gross": total,
                    "file": stage.paper(by, "增值税电子普通发票", parties_facts),
                }
            ],
            "proofs": [
                {
                    "bank": "虚构银行演示支行", "serial": f"DEMO{number:010d}", "paid_on": day,
                    "payer_name": self.enterprise.name, "payee_name": voucher.supplier.name, "amount": total,
                    "file": stage.paper(by, "银行电子回单", parties_facts),
                }
            ],
            "report": {
                "number": f"YS-{number:06d}", "accepted_on": day,
                "file": stage.paper(by, "项目验收报告", parties_facts),
            },
        }  # fmt: skip
        self.voucher = vouchers.claim(voucher=voucher, typed=typed, by=by, now=stage.wait(minutes=15))
        return self

    def decline_claim(self) -> Walk:
        self.voucher = vouchers.decline_claim(
            voucher=self.voucher,
            reasons=_coded("claim", "acceptance_missing", "验收报告缺少双方盖章（演示）。"),
            by=self.stage[self.supplier],
            now=self.stage.wait(minutes=50),
        )
        return self

    def attest(self, *, shared: str = "") -> Walk:
        """Give the ends: a line of its own for each service, or the one that is named."""
        ends: list[dict[str, str]] = []
        for place, line in enumerate(self.voucher.lines.all()):
            service = str(line.service)
            client = shared or f"113.108.{self.voucher.pk % 200}.{10 + place}"
            ends.append({"service": service, "side": "client", "kind": "ip", "value": client, "port": ""})
            address = f"203.107.{40 + sorted(OFFERS).index(self.supplier)}.{line.service}"
            ends.append({"service": service, "side": "cloud", "kind": "ip", "value": address, "port": "443"})
            ends.append(
                {
                    "service": service,
                    "side": "cloud",
                    "kind": "host",
                    "value": f"{self.supplier}-{service}.example.com",
                    "port": "443",
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

"""Small ways to make the people and organisations that tests of the parties and above need."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yunquan.evidence.actions import take_file
from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions
from yunquan.parties.models import Bureau, Enterprise, Person, Supplier
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import load_pack
from yunquan.policy.uscc import make_uscc

NOW = datetime(2018, 10, 9, 10, 0, tzinfo=SHANGHAI)
PUBLIC = Actor("public", Role.PUBLIC, "public")
CLOCK = Actor("platform", Role.CLOCK, "platform")
RULES = load_pack("gd-2018")
CALENDAR = WorkingCalendar()
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PASSWORD = "yun-quan-tests-2018"
DONGGUAN, FOSHAN, HUIZHOU, HUICHENG = "441900", "440600", "441300", "441302"


def officer(code: str, role: str, name: str = "officer") -> Actor:
    """Someone of a bureau, without a row in the tables: the log needs no more."""
    return Actor(f"person:90{code}{name}", role, f"bureau:{code}")


REVIEWER = officer(DONGGUAN, Role.CITY_REVIEWER)
STRANGER = officer(FOSHAN, Role.CITY_REVIEWER)
OFFICER = officer("440000", Role.PROVINCE_OFFICER)
APPROVER = officer("440000", Role.PROVINCE_APPROVER, "approver")
AUDITOR = officer("440000", Role.AUDITOR, "auditor")


def person(username: str, name: str = "测试人员") -> Person:
    """An account without appointments."""
    return actions.add_person(username=username, name=name, by=CLOCK, now=NOW, password=PASSWORD)


def appointed(username: str, role: str, code: str = "440000") -> tuple[Person, Actor]:
    """An account with one appointment in a bureau."""
    made = person(username, f"{username}号")
    bureau = Bureau.objects.get(code=code)
    actions.appoint(person=made, role=role, bureau=bureau, by=CLOCK, now=NOW, starts_on=date(2018, 9, 1))
    return made, Actor(made.key, role, bureau.key)


def enterprise_form(**changes: Any) -> dict[str, Any]:
    """A complete form of an eligible enterprise in 东莞, as typed; the licence is added by `drafted`."""
    form = {
        "name": "东莞市示例五金制品有限公司",
        "city": "东莞",
        "county": "",
        "address": "示例镇示例路 1 号",
        "is_legal_person": "是",
        "founded_on": "2010-05-06",
        "industry": "金属制品业",
        "size": "小型",
        "revenue": "23,000,000.00",
        "has_serious_breach": "",
        "pledge": "on",
        "bank_name": "示例银行东莞支行",
        "bank_account": "6222 0000 1111 2222",
        "contact_name": "张三",
        "contact_phone": "0769-00000000",
    }
    return {**form, **changes}


def drafted(serial: int = 1, **changes: Any) -> tuple[Enterprise, Actor]:
    """An enterprise with its form filled in, not yet submitted, and the actor of its clerk."""
    enterprise, clerk = actions.register_enterprise(
        uscc=make_uscc(serial),
        name="东莞市示例五金制品有限公司",
        username=f"clerk{serial}",
        password=PASSWORD,
        person_name="张三",
        by=PUBLIC,
        now=NOW,
    )
    by = Actor(clerk.key, Role.ENTERPRISE, enterprise.key)
    file = take_file(content=PDF, name="营业执照.pdf", org=by.org, by=by, now=NOW)
    form = enterprise_form(**{"licence": str(file.pk), **changes})
    return actions.save_enterprise(enterprise=enterprise, typed=form, by=by, now=NOW), by


def submitted(serial: int = 1, **changes: Any) -> tuple[Enterprise, Actor]:
    """An enterprise whose registration waits for review."""
    enterprise, by = drafted(serial, **changes)
    row = actions.submit_enterprise(enterprise=enterprise, by=by, now=NOW, rules=RULES, calendar=CALENDAR)
    return row, by


def registered(serial: int = 1, **changes: Any) -> tuple[Enterprise, Actor]:
    """An enterprise whose registration its city approved."""
    enterprise, by = submitted(serial, **changes)
    reviewer = officer(enterprise.city, Role.CITY_REVIEWER)
    return actions.approve_enterprise(enterprise=enterprise, by=reviewer, now=NOW, rules=RULES), by


def supplier_form(**changes: Any) -> dict[str, Any]:
    """A complete form of a supplier in 东莞, as typed."""
    form = {
        "name": "东莞示例云科技有限公司",
        "is_in_province": "是",
        "city": DONGGUAN,
        "address": "示例区示例路 2 号",
        "platform": "示例工业互联网平台",
        "strengths": "团队 30 人，案例 12 个。",
        "services": ["2", "9"],
        "holds_ip": "是",
        "contact_name": "李四",
        "contact_phone": "0769-11111111",
    }
    return {**form, **changes}


def drafted_supplier(serial: int = 500, **changes: Any) -> tuple[Supplier, Actor]:
    """A supplier with its form filled in, not yet submitted, and the actor of its clerk."""
    supplier, clerk = actions.register_supplier(
        uscc=make_uscc(serial),
        name="东莞示例云科技有限公司",
        username=f"supplier{serial}",
        password=PASSWORD,
        person_name="李四",
        by=PUBLIC,
        now=NOW,
    )
    by = Actor(clerk.key, Role.SUPPLIER, supplier.key)
    file = take_file(content=PDF, name="营业执照.pdf", org=by.org, by=by, now=NOW)
    form = supplier_form(**{"licence": str(file.pk), **changes})
    return actions.save_supplier(supplier=supplier, typed=form, by=by, now=NOW), by


def submitted_supplier(serial: int = 500, **changes: Any) -> tuple[Supplier, Actor]:
    """A supplier whose registration waits for its city or the province."""
    supplier, by = drafted_supplier(serial, **changes)
    row = actions.submit_supplier(supplier=supplier, by=by, now=NOW, rules=RULES, calendar=CALENDAR)
    return row, by


def registered_supplier(serial: int = 500, **changes: Any) -> tuple[Supplier, Actor]:
    """A supplier that its city passed, an expert found capable and the province registered."""
    supplier, by = submitted_supplier(serial, **changes)
    if supplier.state == "city_check":
        supplier = actions.city_pass(supplier=supplier, by=REVIEWER, now=NOW)
    expert, acting = appointed(f"expert{serial}", Role.EXPERT)
    actions.ask_experts(supplier=supplier, experts=[expert], by=OFFICER, now=NOW)
    actions.give_opinion(
        supplier=supplier,
        platform_met=True,
        supplier_met=True,
        product_met=True,
        remark="",
        by=acting,
        now=NOW,
    )
    return actions.register(supplier=supplier, by=OFFICER, now=NOW, rules=RULES), by

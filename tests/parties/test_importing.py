"""Registrations from a table: a dry run names every fault, the load is all or nothing."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import APPLYING, World
from yunquan.kernel.refusal import Refused
from yunquan.parties import actions
from yunquan.parties.models import Enterprise, Person, Supplier
from yunquan.policy.uscc import make_uscc
from yunquan.programme.rules import rulebook

HEAD = (
    "统一社会信用代码,企业名称,所在地市,所在县区,地址,成立日期,行业,企业规模,上年度主营业务收入（元）,"
    "联系人,联系电话,开户银行,银行账号,登录名\n"
)
SUPPLIER_HEAD = (
    "统一社会信用代码,供应商名称,省内供应商,所在地市,地址,所依托的平台,服务能力说明,拟提供的应用服务,"
    "拥有知识产权,入选供给资源池,试点单位,联系人,联系电话,登录名\n"
)


def line(number: int, name: str = "虚构甲（测试）有限公司", **changes: str) -> str:
    row = {
        "uscc": make_uscc(number),
        "name": name,
        "city": "东莞",
        "county": "",
        "address": "测试路 2 号",
        "founded": "2010-05-01",
        "industry": "模具",
        "size": "小型",
        "revenue": "23100000.00",
        "contact": "测试联系人",
        "phone": "0769-22000000",
        "bank": "",
        "account": "",
        "username": "",
    }
    return ",".join({**row, **changes}.values()) + "\n"


def test_a_good_table_gives_drafts_with_accounts(world: World) -> None:
    content = (HEAD + line(501) + line(502, username="yi-clerk")).encode()
    rows, faults = actions.read_enterprises(content, file_name="企业.csv")
    assert faults == []
    loaded = actions.import_enterprises(
        rows=rows, source="企业.csv", by=world["province_officer"], now=APPLYING
    )
    assert loaded == 2
    row = Enterprise.objects.get(uscc=make_uscc(501))
    assert (row.state, row.typed["city"], row.typed["revenue"]) == ("draft", "东莞", "23100000.00")
    clerk = Person.objects.get(username="yi-clerk")
    assert not clerk.has_usable_password()


def test_every_fault_is_named_by_row_and_column(world: World) -> None:
    content = HEAD + line(503, city="火星", revenue="很多") + line(503, phone="没有") + line(504, uscc="123")
    _rows, faults = actions.read_enterprises(content.encode(), file_name="企业.csv")
    said = {(fault.row, fault.column) for fault in faults}
    assert {
        (2, "所在地市"), (2, "上年度主营业务收入（元）"), (3, "联系电话"), (3, "统一社会信用代码"),
        (4, "统一社会信用代码"),
    } <= said  # fmt: skip
    assert all(fault.reason and fault.expected for fault in faults)


def test_a_table_without_its_headings_says_which_are_missing(world: World) -> None:
    rows, faults = actions.read_enterprises("名称,城市\n甲,东莞\n".encode())
    assert rows == []
    assert "统一社会信用代码" in {fault.column for fault in faults}


def test_nothing_is_half_loaded(world: World) -> None:
    rows, _faults = actions.read_enterprises((HEAD + line(505) + line(506)).encode())
    rows[1]["uscc"] = world.enterprise.uscc
    before = Enterprise.objects.count(), Person.objects.count()
    with pytest.raises(Refused) as refused:
        actions.import_enterprises(rows=rows, source="x.csv", by=world["province_officer"], now=APPLYING)
    assert "第 3 行" in str(refused.value)
    assert (Enterprise.objects.count(), Person.objects.count()) == before


def test_only_the_province_imports(world: World) -> None:
    rows, _faults = actions.read_enterprises((HEAD + line(507)).encode())
    with pytest.raises(Refused):
        actions.import_enterprises(rows=rows, source="x.csv", by=world["dg_reviewer"], now=APPLYING)


def test_suppliers_come_from_a_table_too(world: World) -> None:
    row = (
        f"{make_uscc(601)},虚构乙（测试）有限公司,是,东莞,测试路 3 号,测试平台,说明,2、8,是,否,否,"
        "测试联系人,0769-22000000,\n"
    )
    rules = rulebook("gd-2018")
    rows, faults = actions.read_suppliers(
        (SUPPLIER_HEAD + row).encode(), rules=rules, on=date(2018, 12, 3), file_name="供应商.csv"
    )
    assert faults == []
    actions.import_suppliers(rows=rows, source="供应商.csv", by=world["province_officer"], now=APPLYING)
    assert Supplier.objects.get(uscc=make_uscc(601)).typed["services"] == ["2", "8"]
    bad = row.replace("2、8", "99")
    _rows, faults = actions.read_suppliers((SUPPLIER_HEAD + bad).encode(), rules=rules, on=date(2018, 12, 3))
    assert {(fault.row, fault.column) for fault in faults} >= {(2, "拟提供的应用服务")}

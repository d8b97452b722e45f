"""Registrations taken over from a table: a dry run names every fault, the load is all or nothing.

Each row opens an account with a draft of the basic information, as a clerk's own registration does; what a
table can't carry (licence, pledge, proof) the clerk adds before submitting, and the review stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.papers.readers import Fault, Wanted, read_table
from yunquan.parties.actions.enterprises import register_enterprise
from yunquan.parties.actions.suppliers import register_supplier
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Enterprise, Person, Supplier
from yunquan.parties.reading import (
    ENTERPRISE_FIELDS,
    SUPPLIER_FIELDS,
    read_enterprise,
    read_supplier,
    read_uscc,
    tidy,
)
from yunquan.parties.terms import terms_on
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook

IMPORTS = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER, Role.SYSTEM_ADMIN)
MOST_ROWS = 5_000


_ENTERPRISE = (
    ("uscc", "统一社会信用代码", True),
    ("name", "企业名称", True),
    ("city", "所在地市", True),
    ("county", "所在县区", False),
    ("address", "地址", True),
    ("founded_on", "成立日期", True),
    ("industry", "行业", True),
    ("size", "企业规模", True),
    ("revenue", "上年度主营业务收入（元）", True),
    ("contact_name", "联系人", True),
    ("contact_phone", "联系电话", True),
    ("bank_name", "开户银行", False),
    ("bank_account", "银行账号", False),
    ("username", "登录名", False),
)
_SUPPLIER = (
    ("uscc", "统一社会信用代码", True),
    ("name", "供应商名称", True),
    ("is_in_province", "省内供应商", True),
    ("city", "所在地市", False),
    ("address", "地址", True),
    ("platform", "所依托的平台", True),
    ("strengths", "服务能力说明", True),
    ("services", "拟提供的应用服务", True),
    ("holds_ip", "拥有知识产权", True),
    ("in_resource_pool", "入选供给资源池", False),
    ("contact_name", "联系人", True),
    ("contact_phone", "联系电话", True),
    ("username", "登录名", False),
)
ENTERPRISE_COLUMNS = {name: title for name, title, _needed in _ENTERPRISE}
SUPPLIER_COLUMNS = {name: title for name, title, _needed in _SUPPLIER}
# A table can't carry a scan or a vow: the clerk adds them before submitting.
_LEFT_TO_THE_CLERK = frozenset({"licence", "proof", "pledge"})

Rows = list[dict[str, Any]]


def read_enterprises(content: bytes, *, file_name: str = "") -> tuple[Rows, list[Fault]]:
    """Read a table of enterprises (XLSX or CSV): its rows, and every fault by row and column."""
    rows, faults = _read(content, file_name, _ENTERPRISE)
    for row in rows:
        _values, refusals = read_enterprise({**_typed(row, ENTERPRISE_FIELDS), "pledge": "1"})
        faults += _row_faults(row, refusals, ENTERPRISE_COLUMNS)
    taken = set(Enterprise.objects.filter(uscc__in=_codes(rows)).values_list("uscc", flat=True))
    return rows, _in_order([*faults, *_code_faults(rows, taken), *_name_faults(rows)])


def read_suppliers(
    content: bytes, *, rules: Rulebook, on: date, file_name: str = ""
) -> tuple[Rows, list[Fault]]:
    """Read a table of suppliers (XLSX or CSV): its rows, and every fault by row and column."""
    rows, faults = _read(content, file_name, _SUPPLIER)
    services = terms_on(rules, on).services
    for row in rows:
        _values, refusals = read_supplier(
            {**_typed(row, SUPPLIER_FIELDS), "services": row["services"]}, services=services
        )
        faults += _row_faults(row, refusals, SUPPLIER_COLUMNS)
    taken = set(Supplier.objects.filter(uscc__in=_codes(rows)).values_list("uscc", flat=True))
    return rows, _in_order([*faults, *_code_faults(rows, taken), *_name_faults(rows)])


@audited("enterprise.import", about="source")
def import_enterprises(*, rows: Sequence[Mapping[str, Any]], source: str, by: Actor, now: datetime) -> int:
    """Open an account with a draft for each row, all or none; gives how many (D47-5.7a)."""
    refusal = role_allows(by.role, IMPORTS, "导入企业")
    if refusal:
        raise Refused([refusal])
    faults: list[Refusal] = []
    for row in rows:
        try:
            register_enterprise(
                uscc=row["uscc"],
                name=row["name"],
                username=_username(row),
                password="",
                person_name=row["contact_name"],
                phone=row["contact_phone"],
                typed={**_typed(row, ENTERPRISE_FIELDS), "is_legal_person": "1"},
                by=by,
                now=now,
            )
        except Refused as refused:
            faults += _numbered(row, refused)
    return _loaded("enterprise.import", rows, faults, source, by, now)


@audited("supplier.import", about="source")
def import_suppliers(*, rows: Sequence[Mapping[str, Any]], source: str, by: Actor, now: datetime) -> int:
    """Open an account with a draft for each row, all or none; gives how many (D47-5.3)."""
    refusal = role_allows(by.role, IMPORTS, "导入供应商")
    if refusal:
        raise Refused([refusal])
    faults: list[Refusal] = []
    for row in rows:
        try:
            register_supplier(
                uscc=row["uscc"],
                name=row["name"],
                username=_username(row),
                password="",
                person_name=row["contact_name"],
                phone=row["contact_phone"],
                typed={**_typed(row, SUPPLIER_FIELDS), "services": _split(row["services"])},
                by=by,
                now=now,
            )
        except Refused as refused:
            faults += _numbered(row, refused)
    return _loaded("supplier.import", rows, faults, source, by, now)


def _loaded(
    act: str,
    rows: Sequence[Mapping[str, Any]],
    faults: Sequence[Refusal],
    source: str,
    by: Actor,
    now: datetime,
) -> int:
    if faults:
        raise Refused(faults)
    payload = {"file": source[:200], "rows": len(rows)}
    record(act, by=by, obj=f"import:{source}"[:80], now=now, why="D47-5.7a", payload=payload)
    return len(rows)


def _read(
    content: bytes, file_name: str, columns: Sequence[tuple[str, str, bool]]
) -> tuple[Rows, list[Fault]]:
    """The rows as typed text; headings that must stand there are missed by name."""
    wanted = tuple(
        Wanted(name, (title, title.partition("（")[0]), "text", required=False)
        for name, title, _needed in columns
    )
    reading = read_table(content, wanted, file_name=file_name, max_rows=MOST_ROWS)
    if not reading.is_whole:
        return [], list(reading.faults)
    rows = [
        {"row": line.number, **{name: tidy(line.values[name] or "") for name, _title, _n in columns}}
        for line in reading.rows
    ]
    faults = [
        Fault(1, title, "表头里没有这一列，或整列都是空的", f"有一列名为“{title}”，每行都填写")
        for name, title, needed in columns
        if needed and not any(row[name] for row in rows)
    ]
    return ([], faults) if faults else (rows, [])


def _typed(row: Mapping[str, Any], fields: Iterable[str]) -> dict[str, str]:
    return {name: str(row[name]) for name in fields if name in row}


def _codes(rows: Rows) -> list[str]:
    return [code for code in (read_uscc(row["uscc"]) for row in rows) if isinstance(code, str)]


def _row_faults(
    row: Mapping[str, Any], refusals: Iterable[Refusal], columns: Mapping[str, str]
) -> list[Fault]:
    return [
        Fault(row["row"], columns.get(refusal.field, ""), refusal.message, refusal.mend)
        for refusal in refusals
        if refusal.field not in _LEFT_TO_THE_CLERK
    ]


def _code_faults(rows: Rows, taken: set[str]) -> list[Fault]:
    """Codes that fail their check character, are registered already, or stand twice in the table."""
    title, faults, seen = "统一社会信用代码", [], {}  # type: ignore[var-annotated]
    for row in rows:
        code = read_uscc(row["uscc"])
        if isinstance(code, Refusal):
            faults.append(Fault(row["row"], title, code.message, code.mend))
        elif code in taken:
            faults.append(Fault(row["row"], title, f"{code} 已经注册", "删去这一行"))
        elif code in seen:
            faults.append(Fault(row["row"], title, f"与第 {seen[code]} 行重复", "每个单位只占一行"))
        else:
            seen[code] = row["row"]
    return faults


def _name_faults(rows: Rows) -> list[Fault]:
    """Login names that are taken or stand twice."""
    title, faults, seen = "登录名", [], {}  # type: ignore[var-annotated]
    names = [_username(row) for row in rows]
    taken = set(Person.objects.filter(username__in=names).values_list("username", flat=True))
    for row, name in zip(rows, names, strict=True):
        if name in taken:
            faults.append(Fault(row["row"], title, f"登录名“{name}”已被使用", "换一个登录名"))
        elif name and name in seen and row["username"]:
            faults.append(Fault(row["row"], title, f"与第 {seen[name]} 行的登录名重复", "换一个登录名"))
        elif any(sign.isspace() for sign in name) or len(name) > 60:
            faults.append(Fault(row["row"], title, "登录名含有空格或过长", "1 至 60 个字符，不含空格"))
        seen.setdefault(name, row["row"])
    return faults


def _username(row: Mapping[str, Any]) -> str:
    """The login name of a row: the one given, else the unit's own code."""
    return tidy(row.get("username") or row["uscc"]).lower()


def _split(services: str) -> list[str]:
    plain = services
    for mark in "，、；;":
        plain = plain.replace(mark, ",")
    return [part.strip() for part in plain.split(",") if part.strip()]


def _numbered(row: Mapping[str, Any], refused: Refused) -> list[Refusal]:
    return [Refusal(r.code, f"第 {row['row']} 行：{r.message}", r.article, r.mend) for r in refused.refusals]


def _in_order(faults: Iterable[Fault]) -> list[Fault]:
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.row, fault.column))

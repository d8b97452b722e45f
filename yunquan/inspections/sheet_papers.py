"""The check tables of a visit as papers: filled with what was found and signed, or blank to be filled by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yunquan.inspections.models import CheckSheet, Plan, Signature, Visit
from yunquan.inspections.sheet_fields import (
    AMOUNT_FINDINGS,
    FINDINGS,
    conclusion_of,
    frozen_rows,
    grounds_of,
    outcome_of,
)
from yunquan.inspections.visit_queries import EXPERTS, current_hash, findings, live_sheets, regime_value
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.papers.check_tables import Mark, finance_table, on_site_table
from yunquan.papers.tables import Column, Sheet, xlsx_bytes
from yunquan.policy.regimes import load_regime
from yunquan.policy.regimes.forms import PARTIES

DAY = "　　　年　　月　　日"
ALL_SERVICES = range(1, 40)


def visit_pdf(visit: Visit, sheet: CheckSheet | None = None) -> bytes:
    """The table of a visit; the on-site table is one a voucher, named by its sheet (the first where none is)."""
    if visit.table == "finance":
        return _finance(visit)
    sheets = live_sheets(visit)
    return _on_site(visit, sheet if sheet is not None else sheets[0])


def blank_pdf(plan: Plan, table: str) -> bytes:
    """The official form with nothing in it, all categories of the catalogue listed."""
    title = regime_value(plan, f"table.{table}").value.title
    if table == "finance":
        return finance_table(title=title, supplier="", rows=(), conclusion="", experts=(), others=(), day=DAY)
    regime, on = load_regime(plan.regime), plan.in_force_on
    services = [(number, "") for number in ALL_SERVICES if regime.categories(number, on)]
    rows = frozen_rows(regime, table, services, on)
    return on_site_table(
        title=title, enterprise="", rows=_rows(rows, {}, blank=True), conclusion="", experts=(), others=(),
        signers=_signer_labels(plan, table), day=DAY,
    )  # fmt: skip


def visit_xlsx(visit: Visit) -> bytes:
    """Every row of every sheet of a visit as a spreadsheet."""
    columns = [
        Column("voucher", "券号"), Column("enterprise", "企业", width=28), Column("supplier", "供应商", width=28),
        Column("row", "抽查项"), Column("standard", "判定标准", width=50), Column("said", "结论"),
        Column("remark", "说明", width=50),
    ]  # fmt: skip
    rows = []
    for sheet in live_sheets(visit):
        found, voucher = findings(sheet), sheet.inspection.voucher
        head = [voucher.number, voucher.enterprise.name, voucher.supplier.name if voucher.supplier else ""]
        for row in sheet.rows:
            if row["kind"] == "conclusion":
                outcome = outcome_of(sheet.rows, found)
                said, remark = (outcome or {}).get("label", ""), found.get(f"{row['code']}.opinion", "")
            else:
                said, remark = _said(row, found), found.get(f"{row['code']}.remark", "")
            rows.append([*head, row["label"], row["standard"], said, remark])
    title = regime_value(visit.plan, f"table.{visit.table}").value.title
    digest = current_hash(visit)
    notes = [f"内容摘要（SHA-256）{digest}"] if digest else ["未定稿"]
    return xlsx_bytes([Sheet(columns=columns, rows=rows, title=title, notes=notes, name="抽查表")])


def shown_rows(sheet: CheckSheet) -> list[dict[str, str]]:
    """A sheet's rows in words, for those who sign it: what was asked, what was found, what was said."""
    found = findings(sheet)
    rows = []
    for row in sheet.rows:
        if row["kind"] == "conclusion":
            outcome = outcome_of(sheet.rows, found)
            grounds = "；".join(grounds_of(sheet.rows, found))
            said = (outcome["label"] if outcome is not None else "") + (f"：{grounds}" if grounds else "")
            remark = str(found.get(f"{row['code']}.opinion", ""))
        else:
            said, remark = _said(row, found), str(found.get(f"{row['code']}.remark", ""))
        seen = [
            name
            for service in row.get("services", ())
            for at, category in enumerate(service["categories"])
            for part in ("basic", "extended")
            for place, name in enumerate(category[part])
            if found.get(f"{row['code']}.f.{service['number']}.{at}.{part[0]}{place}") is True
        ]
        rows.append(
            {
                "label": row["label"],
                "standard": row["standard"],
                "said": said,
                "remark": remark,
                "seen": "；".join(seen),
            }
        )
    return rows


def _finance(visit: Visit) -> bytes:
    sheets = live_sheets(visit)
    rows, outcomes, opinions = [], [], []
    for sheet in sheets:
        found = findings(sheet)
        contract = sheet.prefilled.get("head", {}).get("contract", "")
        cells = [_told(row, found) for row in sheet.rows if row["kind"] != "conclusion"]
        rows.append([f"{contract}（{sheet.inspection.voucher.enterprise.name}）", *cells[:3]])
        outcome = outcome_of(sheet.rows, found)
        if outcome is not None:
            outcomes.append(outcome)
        opinions.append(str(found.get(f"{conclusion_of(sheet.rows)['code']}.opinion", "")))
    qualified = len(outcomes) == len(sheets) and all(one["qualified"] for one in outcomes)
    said = "" if len(outcomes) < len(sheets) else "合格" if qualified else "不合格"
    worse = [one["label"] for one in outcomes if not one["qualified"]]
    experts, others = _marks(visit)
    return finance_table(
        title=regime_value(visit.plan, "table.finance").value.title,
        supplier=visit.supplier.name if visit.supplier is not None else "",
        rows=rows,
        conclusion=said + (f"（{'；'.join(dict.fromkeys(worse))}）" if worse else ""),
        opinion="；".join(one for one in dict.fromkeys(opinions) if one),
        experts=experts,
        others=others,
        day=_day(visit),
        notes=_notes(visit),
        digest=current_hash(visit),
    )


def _on_site(visit: Visit, sheet: CheckSheet) -> bytes:
    found = findings(sheet)
    outcome = outcome_of(sheet.rows, found)
    experts, others = _marks(visit)
    voucher = sheet.inspection.voucher
    return on_site_table(
        title=regime_value(visit.plan, f"table.{visit.table}").value.title,
        enterprise=f"{voucher.enterprise.name}（服务券 {voucher.number}）",
        rows=_rows(sheet.rows, found),
        conclusion=outcome["label"] if outcome is not None else "",
        opinion=str(found.get(f"{conclusion_of(sheet.rows)['code']}.opinion", "")),
        experts=experts,
        others=others,
        signers=_signer_labels(visit.plan, visit.table),
        day=_day(visit),
        notes=_notes(visit),
        digest=current_hash(visit),
    )


def _signer_labels(plan: Plan, table: str) -> list[str]:
    signers = regime_value(plan, f"table.{table}").value.signers
    short = {"enterprise": "企业代表", "supplier": "供应商代表"}
    return [short.get(one, PARTIES[one]) for one in signers if one not in EXPERTS]


def _rows(
    rows: Sequence[Mapping[str, Any]], found: Mapping[str, Any], *, blank: bool = False
) -> list[dict[str, Any]]:
    told = []
    for row in rows:
        if row["kind"] == "conclusion":
            continue
        functions = [
            (
                category["name"],
                word,
                _listed(row, service, at, part, found, blank),
                _seen(row, service, at, part, found),
            )
            for service in row.get("services", ())
            for at, category in enumerate(service["categories"])
            for part, word in (("basic", "基本功能"), ("extended", "扩展功能"))
            if category[part]
        ]
        told.append(
            {
                "label": row["label"], "standard": row["standard"], "said": _told(row, found),
                "functions": functions,
            }
        )  # fmt: skip
    return told


def _listed(
    row: Mapping[str, Any],
    service: Mapping[str, Any],
    at: int,
    part: str,
    found: Mapping[str, Any],
    blank: bool,
) -> str:
    """The functions of one part with their numbers; what was seen carries a tick."""
    letter, stem = part[0], f"{row['code']}.f.{service['number']}.{at}."
    listed = service["categories"][at][part]
    texts = []
    for place, name in enumerate(listed):
        mark = "" if blank else ("√" if found.get(f"{stem}{letter}{place}") is True else "×")
        number = f"{place + 1}、" if len(listed) > 1 else ""
        texts.append(f"{mark}{number}{name}")
    return "；".join(texts)


def _seen(
    row: Mapping[str, Any], service: Mapping[str, Any], at: int, part: str, found: Mapping[str, Any]
) -> str:
    """How many of a part's functions were seen; nothing on a form to be filled by hand."""
    if not found:
        return ""
    stem, listed = f"{row['code']}.f.{service['number']}.{at}.{part[0]}", service["categories"][at][part]
    have = sum(found.get(f"{stem}{place}") is True for place in range(len(listed)))
    if part == "basic":
        return "符合" if have == len(listed) else f"缺 {len(listed) - have} 项"
    return f"实现 {have} 项"


def _said(row: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    words = AMOUNT_FINDINGS if row["kind"] == "amount" else FINDINGS
    return words.get(str(found.get(f"{row['code']}.finding", "")), "")


def _told(row: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    remark = found.get(f"{row['code']}.remark", "")
    return "\n".join(part for part in (_said(row, found), str(remark)) if part)


def _marks(visit: Visit) -> tuple[list[Mark], list[Mark]]:
    """The signatures that count, experts and others."""
    now = current_hash(visit)
    latest: dict[tuple[str, str], Signature] = {}
    for one in visit.signatures.order_by("pk"):
        if now and one.content_hash == now:
            latest[one.party, one.person if one.party in EXPERTS else ""] = one
    experts: list[Mark] = []
    others: list[Mark] = []
    for one in latest.values():
        moment = one.signed_at.astimezone(SHANGHAI)
        said = f"{moment:%Y-%m-%d %H:%M}" + (f"，异议：{one.remark}" if not one.agrees else "")
        if one.is_absent:
            others.append(Mark(PARTIES[one.party], "缺席，视为自动接受抽查结果", (), f"{moment:%Y-%m-%d}"))
            continue
        mark = Mark(f"{PARTIES[one.party]} {one.name}", one.name, one.strokes, said)
        (experts if one.party in EXPERTS else others).append(mark)
    return experts, others


def _day(visit: Visit) -> str:
    moment = visit.signed_at or visit.begun_at
    return f"{local_date(moment):%Y 年 %m 月 %d 日}" if moment is not None else DAY


def _notes(visit: Visit) -> list[str]:
    notes = []
    if visit.dispute:
        notes.append(f"现场异议：{visit.dispute}")
    if visit.obstruction:
        notes.append(f"不配合的情形：{visit.obstruction}")
    if visit.paper_id is not None:
        notes.append("另有签字的纸质表扫描件，由两名经办人核对。")
    return notes

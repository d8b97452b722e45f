"""Reads statements of accounts (CSV, XLSX): many payments in one file, one row each."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from yunquan.evidence.reading.amounts import days_in
from yunquan.evidence.reading.cells import cell_text
from yunquan.evidence.reading.facts import Place, ProofFacts
from yunquan.evidence.reading.invoices.values import fen
from yunquan.evidence.reading.proofs import layouts
from yunquan.evidence.reading.proofs.layouts import Statement
from yunquan.evidence.reading.proofs.masking import discreet, masked
from yunquan.evidence.reading.unreadable import UnreadableError
from yunquan.papers.zipguard import UnsafeFileError, guard

MOST_ROWS, MOST_COLUMNS = 5_000, 100
MOST_TEXT = 8 * 1024 * 1024
_HEADING_WITHIN = 30
_LONGEST_CELL = 400
_OWN = re.compile(r"^(?:本方)?(?:户名|账户名称|客户名称|单位名称|账户名)[:]?(.*)$")
_OWN_ACCOUNT = re.compile(r"^(?:本方)?(?:账号|帐号|账户|卡号)[:]?(.*)$")
_DONE = re.compile(r"成功|完成|已入账|已记账|已付|正常")
NOT_FOUND = "表格里没有认出账户明细：表头应有日期、金额（或借方、贷方发生额）、对方户名和流水号等列"
Line = tuple[int, ProofFacts | None, str | None]


def looks_like_text(content: bytes) -> bool:
    """Whether bytes may be a CSV: text in a known encoding, without the zero bytes that programs have."""
    return (
        bool(content.strip())
        and not content.startswith((b"PK", b"%PDF", b"\xd0\xcf", b"<"))
        and (content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in content[:4096])
    )


def read_statement(content: bytes) -> list[Line]:
    """The payments of a statement: row number, facts or None, reason or None; raises UnreadableError."""
    sheets = _workbook(content) if content.startswith(b"PK") else [_text(content)]
    for cells in sheets:
        for layout in layouts.statements():
            found = _Sheet(layout).read(cells)
            if found:
                return found
    raise UnreadableError(NOT_FOUND)


def _workbook(content: bytes) -> list[list[list[str]]]:
    try:
        guard(content, max_rows=MOST_ROWS + 1_000, max_columns=MOST_COLUMNS)
    except UnsafeFileError as unsafe:
        raise UnreadableError(f"{unsafe.reason}（应为：{unsafe.expected}）") from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            [
                [_said(cell) for cell in row]
                for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            ]
            for name in book.sheet_names[:10]
        ]
    except (CalamineError, IndexError, ValueError, OSError):
        raise UnreadableError("不是完好的 XLSX 文件，请用 Excel 或 WPS 另存为 .xlsx 后再上传") from None


def _text(content: bytes) -> list[list[str]]:
    if len(content) > MOST_TEXT:
        raise UnreadableError(f"CSV 超过 {MOST_TEXT // 1048576} MB，请按月分开上传")
    for encoding in (
        ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    ):
        try:
            text = content.decode(encoding)
            break
        except UnicodeError:
            continue
    else:
        raise UnreadableError("文字编码认不出来；CSV 应为 UTF-8 或 GB18030")
    head = text[:4096]
    separator = max(",\t;|", key=head.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if len(rows) > MOST_ROWS + 1_000:
                raise UnreadableError(f"超过 {MOST_ROWS} 行，请按月分开上传")
            # Some banks put a tab or an apostrophe before numbers, so that no program shortens them.
            rows.append([_said(cell.lstrip("'\t`").removeprefix("=")) for cell in row[:MOST_COLUMNS]])
    except csv.Error:
        raise UnreadableError("CSV 的引号或分隔不完整，请重新导出") from None
    return rows


def _said(cell: Any) -> str:
    """A cell as text, without the quotes that some banks write around it."""
    return cell_text(cell, longest=_LONGEST_CELL).strip('"')


def _head(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


class _Sheet:
    """One sheet while it is read with one layout."""

    def __init__(self, layout: Statement) -> None:
        self.layout = layout
        self.known = {_head(title): column for column, titles in layout.columns.items() for title in titles}
        self.columns: dict[str, int] = {}
        self.own: str | None = None
        self.own_account: str | None = None

    def read(self, cells: Sequence[Sequence[str]]) -> list[Line]:
        """The payments in the order of their rows; nothing where no heading is found."""
        found: list[Line] = []
        for number, row in enumerate(cells, start=1):
            if not self.columns:
                if number > _HEADING_WITHIN:
                    return []
                self.columns = self._headings(row)
                if not self.columns:
                    self._owner(row)
                continue
            if not any(row) or _is_foot(row):
                continue
            if len(found) >= MOST_ROWS:
                raise UnreadableError(f"超过 {MOST_ROWS} 笔，请按月分开上传")
            one = self._row(number, row)
            if one is not None:
                found.append(one)
        return found

    def _headings(self, row: Sequence[str]) -> dict[str, int]:
        places: dict[str, int] = {}
        ranks: dict[str, int] = {}
        for place, text in enumerate(row):
            column = self.known.get(_head(text))
            if column is None:
                continue
            rank = [_head(title) for title in self.layout.columns[column]].index(_head(text))  # type: ignore[index]
            if column not in places or rank < ranks[column]:
                places[column], ranks[column] = place, rank
        summed = places.keys() & {"debit", "credit", "amount"}
        return places if "paid_on" in places and summed and len(places) >= 3 else {}

    def _owner(self, row: Sequence[str]) -> None:
        """Above the heading stand the account's holder and its number."""
        for place, text in enumerate(row):
            for pattern, field in ((_OWN, "own"), (_OWN_ACCOUNT, "own_account")):
                found = pattern.match(_head(text))
                if found and getattr(self, field) is None:
                    said = (
                        text.split("：")[-1].split(":")[-1]
                        if found[1]
                        else next(filter(None, row[place + 1 :]), "")
                    )
                    setattr(self, field, said.strip() or None)

    def _row(self, number: int, row: Sequence[str]) -> Line | None:
        told = {name: row[place] if place < len(row) else "" for name, place in self.columns.items()}
        day = next(
            (day for *_at, day in days_in(unicodedata.normalize("NFKC", told["paid_on"]), compact=True)), None
        )
        amount, out, reason = self._amount(told)
        if reason:
            return number, None, reason
        if amount is None or amount == 0:
            return None
        if day is None:
            return number, None, f"第 {number} 行的日期“{told['paid_on'][:30]}”不是日期"
        own, other = told.get("own") or self.own, told.get("counterparty")
        own_account, other_account = (
            told.get("own_account") or self.own_account,
            told.get("counterparty_account"),
        )
        payer, payee = (own, other) if out else (other, own)
        payer_account, payee_account = (own_account, other_account) if out else (other_account, own_account)
        values: dict[str, Any] = {
            "payer": discreet(told.get("payer") or payer or None),
            "payer_account": masked(told.get("payer_account") or payer_account or ""),
            "payee": discreet(told.get("payee") or payee or None),
            "payee_account": masked(told.get("payee_account") or payee_account or ""),
            "amount_fen": abs(amount),
            "paid_on": day,
            "serial": _serial(told.get("serial", "")),
        }
        place = Place(row=number)
        return (
            number,
            ProofFacts(
                layout=self.layout.id,
                no_proof=_state(told.get("state", ""))
                or ("红字或冲正的一笔" if amount < 0 and out is not None and "debit" in told else None),
                sources={name: ("text",) for name, value in values.items() if value is not None},
                places={name: place for name, value in values.items() if value is not None},
                **values,
            ),
            None,
        )

    def _amount(self, told: dict[str, str]) -> tuple[int | None, bool, str | None]:
        """The sum, whether it went out, and why it can't be read."""
        for field, out in (("debit", True), ("credit", False)):
            text = told.get(field, "")
            if text and text not in ("-", "0", "0.00"):
                amount = fen(text)
                if amount is None:
                    return None, out, f"金额“{text[:30]}”不是金额"
                if amount:
                    return amount, out, None
        text = told.get("amount", "")
        if not text or text == "-":
            return None, True, None
        amount = fen(text.removeprefix("+"))
        if amount is None:
            return None, True, f"金额“{text[:30]}”不是金额"
        way = _head(told.get("way", "")).upper()
        if way in self.layout.into:
            return amount, False, None
        if way in self.layout.out or not way:
            signed = "way" not in told and "payer" not in told and "payee" not in told
            # Without a column for it the sign tells the way: minus is money that went out.
            return (abs(amount), amount < 0, None) if signed else (amount, True, None)
        return None, True, f"借贷标志“{way[:10]}”不认识"


def _is_foot(row: Sequence[str]) -> bool:
    lead = _head("".join(row[:3]))
    return sum(map(bool, row)) < 3 or lead.startswith(
        ("合计", "总计", "小计", "本页", "期初", "期末", "承前页")
    )


def _serial(text: str) -> str | None:
    plain = _head(text)
    return plain[:64] if re.fullmatch(r"[A-Za-z0-9-]{3,64}", plain) else None


def _state(text: str) -> str | None:
    """What the column of states says against a payment."""
    plain = _head(text)
    if not plain or (_DONE.search(plain) and "未" not in plain):
        return None
    common = layouts.generic()
    for words, why in ((common.failures, "付款没有成功或已退回"), (common.requests, "付款还没有完成")):
        if any(word in plain for word in words):
            return f"状态为“{plain[:20]}”：{why}，不能作为付款凭证"
    return None

"""What was typed into the form of a plan and into a report, read into values with every fault beside its field.

Pure: knows no tables. Money is fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yunquan.demonstrations.outline import ARTICLE, FUNDED, FUNDS, HOLDERS, SECTIONS
from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.kernel.refusal import Refusal

DAY_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")
MOST_LETTERS = 4000
# A plan of more than ten thousand million yuan is a slip of the hand, and a sum stays within the database's numbers.
MOST_FEN = 10_000_000_000_00
YEARS = range(2015, 2101)


def day_of(text: str) -> date | None:
    """A day as it was typed, or None.

    >>> day_of("2018年12月31日")
    datetime.date(2018, 12, 31)
    """
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(text.strip(), form).date()
        except ValueError:
            continue
    return None


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A line of the plan of spending."""

    purpose: str
    public_fen: int
    own_fen: int


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step of the plan of building."""

    title: str
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A project as it is registered."""

    name: str
    holder_kind: str
    holder_code: str
    funded_by: str
    year: int
    city: str
    content: str
    starts_on: date
    ends_on: date
    public_fen: int
    own_fen: int
    budget: tuple[PlannedLine, ...]
    milestones: tuple[PlannedStep, ...]


@dataclass(frozen=True, slots=True)
class Spent:
    """A payment: on which line of the plan, from which fund."""

    line: int
    fund: str
    amount_fen: int
    paid_on: date
    document: str
    payee: str


@dataclass(frozen=True, slots=True)
class Told:
    """A report as it was read; where `faults` is not empty the rest is only what could be read."""

    texts: Mapping[str, str]
    reached: Mapping[int, date]
    spending: tuple[Spent, ...]
    files: tuple[int, ...]
    overrun: str
    faults: tuple[Refusal, ...] = ()

    def sums(self) -> dict[tuple[int, str], int]:
        """What was spent, in fen, by line of the plan and fund."""
        found: dict[tuple[int, str], int] = {}
        for one in self.spending:
            found[one.line, one.fund] = found.get((one.line, one.fund), 0) + one.amount_fen
        return found


@dataclass(slots=True)
class _Reader:
    """Reads one typed form and gathers what is wrong."""

    faults: list[Refusal] = field(default_factory=list)

    def fault(self, name: str, said: str, code: str = "missing") -> None:
        self.faults.append(Refusal(code, said, ARTICLE, field=name))

    def text(self, typed: Mapping[str, Any], key: str, label: str, *, name: str = "", most: int) -> str:
        value = str(typed.get(key) or "").strip()
        if not value:
            self.fault(name or key, f"请填写{label}。")
        elif len(value) > most:
            self.fault(name or key, f"{label}有 {len(value)} 个字，不能超过 {most} 个。", "too_long")
        return value

    def choice(self, typed: Mapping[str, Any], key: str, label: str, known: Any, *, name: str = "") -> str:
        value = str(typed.get(key) or "").strip()
        if value not in known:
            self.fault(name or key, f"请选择{label}。")
        return value

    def money(
        self, typed: Mapping[str, Any], key: str, label: str, *, name: str = "", least: int = 0
    ) -> int | None:
        text = str(typed.get(key) or "").strip()
        if not text:
            self.fault(
                name or key, f"请填写{label}（元）；没有的填 0。" if not least else f"请填写{label}（元）。"
            )
            return None
        try:
            fen = parse_yuan(text)
        except MoneyError as wrong:
            self.fault(name or key, f"{label}：{wrong}", "money")
            return None
        if not least <= fen <= MOST_FEN:
            said = "须大于 0" if least else "不能小于 0"
            self.fault(name or key, f"{label}{said}，且不超过 {format_yuan(MOST_FEN)} 元。", "money")
            return None
        return fen

    def day(self, typed: Mapping[str, Any], key: str, label: str, *, name: str = "") -> date | None:
        text = str(typed.get(key) or "").strip()
        found = day_of(text)
        if found is not None:
            return found
        wrong = "日期请写成 2018-12-31 的样子。"
        self.fault(
            name or key, f"{label}：{wrong}" if text else f"请填写{label}。", "day" if text else "missing"
        )
        return None


def _rows(typed: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    rows = typed.get(name) or ()
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list | tuple) else []


def read_plan(typed: Mapping[str, Any], *, cities: Sequence[str]) -> tuple[Plan | None, list[Refusal]]:
    """A registration as it was typed; None with everything that is wrong. The lines have to add up to the sums."""
    read = _Reader()
    name = read.text(typed, "name", "项目名称", most=120)
    kind = read.choice(typed, "holder_kind", "牵头单位类别", HOLDERS)
    code = read.text(typed, "holder_code", "牵头单位统一社会信用代码", most=18).upper()
    funded_by = read.choice(typed, "funded_by", "资金来源", FUNDED)
    year_text = str(typed.get("year") or "").strip()
    year = int(year_text) if year_text.isascii() and year_text.isdigit() and len(year_text) == 4 else 0
    if year not in YEARS:
        read.fault("year", "请填写四位立项年度，如 2019。")
    city = read.choice(typed, "city", "地市", cities)
    content = read.text(typed, "content", "建设内容", most=MOST_LETTERS)
    starts_on = read.day(typed, "starts_on", "开始日期")
    ends_on = read.day(typed, "ends_on", "计划完成日期")
    if starts_on and ends_on and ends_on <= starts_on:
        read.fault("ends_on", "计划完成日期须晚于开始日期。", "days_turned")
        starts_on = ends_on = None  # Nothing lies between days that are turned round.
    public_fen = read.money(typed, "public", "财政资金")
    own_fen = read.money(typed, "own", "自筹资金")
    budget = _budget(read, typed, public_fen, own_fen)
    steps = _steps(read, typed, starts_on, ends_on)
    if read.faults or starts_on is None or ends_on is None or public_fen is None or own_fen is None:
        return None, read.faults
    plan = Plan(
        name=name, holder_kind=kind, holder_code=code, funded_by=funded_by, year=year, city=city,
        content=content, starts_on=starts_on, ends_on=ends_on, public_fen=public_fen, own_fen=own_fen,
        budget=budget, milestones=steps,
    )  # fmt: skip
    return plan, []


def _budget(
    read: _Reader, typed: Mapping[str, Any], public_fen: int | None, own_fen: int | None
) -> tuple[PlannedLine, ...]:
    lines, whole = [], True
    for place, row in enumerate(_rows(typed, "budget")):
        head = f"budget-{place}"
        purpose = read.text(row, "purpose", "用途", name=f"{head}-purpose", most=80)
        public = read.money(row, "public", "财政资金", name=f"{head}-public")
        own = read.money(row, "own", "自筹资金", name=f"{head}-own")
        if public is None or own is None:
            whole = False
            continue
        lines.append(PlannedLine(purpose, public, own))
    if not lines and whole:
        read.fault("budget-0-purpose", "请至少填写一行资金计划。")
        return ()
    for label, name, total, parts in (
        ("财政资金", "public", public_fen, sum(one.public_fen for one in lines)),
        ("自筹资金", "own", own_fen, sum(one.own_fen for one in lines)),
    ):
        if whole and total is not None and total != parts:
            said = (
                f"资金计划各行的{label}合计 {format_yuan(parts)} 元，与总额 {format_yuan(total)} 元不一致。"
            )
            read.fault(name, said, "sums_differ")
    return tuple(lines)


def _steps(
    read: _Reader, typed: Mapping[str, Any], starts_on: date | None, ends_on: date | None
) -> tuple[PlannedStep, ...]:
    steps = []
    rows = _rows(typed, "milestones")
    if not rows:
        read.fault("milestones-0-title", "请至少填写一个建设节点。")
    for place, row in enumerate(rows):
        title = read.text(row, "title", "建设节点", name=f"milestones-{place}-title", most=80)
        due_on = read.day(row, "due_on", "计划完成日期", name=f"milestones-{place}-due_on")
        if due_on is None:
            continue
        if starts_on and ends_on and not starts_on <= due_on <= ends_on:
            said = f"建设节点的日期须在 {starts_on} 至 {ends_on} 之间。"
            read.fault(f"milestones-{place}-due_on", said, "day_outside")
        steps.append(PlannedStep(title, due_on))
    return tuple(steps)


def read_report(
    typed: Mapping[str, Any],
    *,
    lines: Sequence[int],
    steps: Mapping[int, str],
    until: date,
    files: Sequence[int],
) -> Told:
    """A report as it was typed, with every fault beside its field.

    `lines` and `steps` are the positions of the plan's lines and of its milestones not reached yet; nothing is paid or
    reached after `until`; `files` are the uploads among the typed ones that are the holder's own.
    """
    read = _Reader()
    texts = {one.name: read.text(typed, one.name, f"“{one.label}”", most=MOST_LETTERS) for one in SECTIONS}
    reached = _reached(read, typed, steps, until)
    spending = _spending(read, typed, lines, until)
    asked = [str(row.get("file") or "") for row in _rows(typed, "files")]
    named = [int(one) for one in asked if one.isascii() and one.isdigit() and len(one) < 16]
    for place, one in enumerate(asked):
        if one and (one not in map(str, named) or int(one) not in files):
            said = "这个附件不是本单位上传的，或已不存在，请重新上传。"
            read.fault(f"files-{place}-file", said, "file_unknown")
    if not any(asked):
        read.fault("files-0-file", "请上传附件：盖章的报告，以及检查、评价、审计材料。")
    overrun = str(typed.get("overrun") or "").strip()
    if len(overrun) > 1000:
        read.fault("overrun", "超支原因不能超过 1000 个字。", "too_long")
    kept = tuple(dict.fromkeys(one for one in named if one in files))
    return Told(texts, reached, spending, kept, overrun, tuple(read.faults))


def _reached(
    read: _Reader, typed: Mapping[str, Any], steps: Mapping[int, str], until: date
) -> dict[int, date]:
    found: dict[int, date] = {}
    known = {str(position) for position in steps}
    for place, row in enumerate(_rows(typed, "reached")):
        head = f"reached-{place}"
        before = len(read.faults)
        step = read.choice(row, "step", "建设节点", known, name=f"{head}-step")
        on = read.day(row, "on", "实际完成日期", name=f"{head}-on")
        if on is not None and on > until:
            read.fault(f"{head}-on", f"实际完成日期不能晚于 {until}。", "day_outside")
        if step in known and int(step) in found:
            read.fault(f"{head}-step", f"建设节点“{steps[int(step)]}”填了两次。", "twice")
        if len(read.faults) == before and on is not None:
            found[int(step)] = on
    return found


def _spending(
    read: _Reader, typed: Mapping[str, Any], lines: Sequence[int], until: date
) -> tuple[Spent, ...]:
    found = []
    known = {str(position) for position in lines}
    for place, row in enumerate(_rows(typed, "spending")):
        head = f"spending-{place}"
        before = len(read.faults)
        line = read.choice(row, "line", "资金计划中的用途", known, name=f"{head}-line")
        fund = read.choice(row, "fund", "资金", FUNDS, name=f"{head}-fund")
        amount = read.money(row, "amount", "金额", name=f"{head}-amount", least=1)
        paid_on = read.day(row, "paid_on", "支付日期", name=f"{head}-paid_on")
        if paid_on is not None and paid_on > until:
            read.fault(f"{head}-paid_on", f"支付日期不能晚于 {until}。", "day_outside")
        document = read.text(row, "document", "凭证号", name=f"{head}-document", most=60)
        payee = read.text(row, "payee", "收款单位", name=f"{head}-payee", most=120)
        if len(read.faults) == before and amount is not None and paid_on is not None:
            found.append(Spent(int(line), fund, amount, paid_on, document, payee))
    return tuple(found)

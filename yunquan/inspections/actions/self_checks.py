"""The verbs of the self-check 自查: a round is opened, tables are filled, filed, sent back, and asked for (D858-2.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from yunquan.inspections import selfcheck_queries as queries
from yunquan.inspections.models import Plan, SelfCheck, SelfCheckLine
from yunquan.inspections.selfcheck_checks import ARTICLE, CONCLUSIONS, INSPECTED, MOST_LETTERS
from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.papers.readers import Fault, Wanted, read_table
from yunquan.policy.regimes import forms
from yunquan.policy.roles import Role
from yunquan.vouchers.models import Voucher

OPENERS = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)
FILLERS = (Role.SUPPLIER, Role.CITY_REVIEWER)
REMIND_DAYS = (3, 1)


@audited("self_check.open_round", about="plan")
def open_round(*, plan: Plan, by: Actor, now: datetime) -> list[SelfCheck]:
    """Open the self-check of a published plan: a table for each supplier and each city with paid vouchers in scope.

    The days of the regime run from today (D858-2.1). Raises Refused where the regime has no self-check, where it
    was opened before, and where nothing in scope was paid.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    form = queries.form_of(plan)
    vouchers = list(queries.in_scope(plan).order_by("pk")) if form is not None else []
    refusals = _against_opening(plan, form, vouchers, by)
    if refusals or form is None:
        raise Refused(refusals)
    today = local_date(now)
    rows = []
    for supplier, city, mine in _split(vouchers):
        days = form.supplier_days if supplier is not None else form.city_days
        row = SelfCheck.objects.create(
            plan=plan, supplier_id=supplier, city=city, opened_by=by.person, opened_at=now,
            due_on=today + timedelta(days=days),
        )  # fmt: skip
        SelfCheckLine.objects.bulk_create(
            [SelfCheckLine(self_check=row, voucher=voucher) for voucher in mine], batch_size=500
        )
        rows.append(row)
    record(
        "self_check.open_round",
        by=by,
        obj=plan.journal_key,
        now=now,
        why=ARTICLE,
        payload={"tables": str(len(rows)), "vouchers": str(len(vouchers))},
    )
    notify_all([_asked(row, plan, now) for row in rows])
    return rows


def _against_opening(
    plan: Plan, form: forms.SelfCheckForm | None, vouchers: Sequence[Voucher], by: Actor
) -> list[Refusal]:
    found = []
    if by.role not in OPENERS or by.org != "bureau:440000":
        found.append(Refusal("not_your_role", "自查由省厅开启。", ARTICLE, "请由省厅人员办理。"))
    if form is None:
        found.append(Refusal("no_self_check", "该计划的抽查规程没有自查阶段。", ARTICLE))
    elif not vouchers:
        found.append(Refusal("nothing_paid", "计划范围内没有已兑付的服务券。", ARTICLE, "请核对计划范围。"))
    if plan.state not in ("published", "frozen"):
        label = plan.lifecycle.states[plan.state]
        found.append(
            Refusal("not_from_this_state", f"计划现在是“{label}”，自查在公布之后、抽取之前开启。", ARTICLE)
        )
    if SelfCheck.objects.filter(plan=plan).exists():
        found.append(Refusal("opened_before", "该计划的自查已经开启。", ARTICLE, "请刷新页面查看。"))
    return found


def _split(vouchers: Iterable[Voucher]) -> list[tuple[int | None, str, list[Voucher]]]:
    """The vouchers by supplier, then by city: who tells of which."""
    suppliers: dict[int, list[Voucher]] = {}
    cities: dict[str, list[Voucher]] = {}
    for row in vouchers:
        if row.supplier_id is not None:
            suppliers.setdefault(row.supplier_id, []).append(row)
        cities.setdefault(row.city, []).append(row)
    by_supplier = [(pk, "", mine) for pk, mine in sorted(suppliers.items())]
    return [*by_supplier, *((None, city, mine) for city, mine in sorted(cities.items()))]


def _org(row: SelfCheck) -> str:
    return f"supplier:{row.supplier_id}" if row.supplier_id else f"bureau:{row.city}"


def _link(row: SelfCheck) -> str:
    return f"/{'supplier' if row.supplier_id else 'city'}/inspections/self-checks/{row.pk}/"


def _asked(row: SelfCheck, plan: Plan, now: datetime) -> Notice:
    what = "实施项目情况汇总表" if row.supplier_id else "项目情况检查表"
    return Notice(
        org=_org(row), obj=row.journal_key, kind="self_check", link=_link(row), at=now,
        title=f"请于 {row.due_on} 前填报{what}（{plan.title}）",
        text="请据实逐券填写，停用、闲置、使用率较低的写明说明。可随时保存草稿，也可下载表格填好后导入。",
        key=f"{row.journal_key}:open",
    )  # fmt: skip


def _locked(self_check: SelfCheck) -> SelfCheck:
    rows = SelfCheck.objects.select_for_update(of=("self",)).select_related("plan", "supplier")
    return rows.get(pk=self_check.pk)


@audited("self_check.save", about="self_check")
def save(
    *, self_check: SelfCheck, typed: Mapping[str, Mapping[str, str]], by: Actor, now: datetime
) -> SelfCheck:
    """Keep what was typed for some vouchers, as it was typed; nothing is judged before the filing.

    Raises Refused for a filed table, for a stranger, and for a voucher that is not in the table.
    """
    row = _locked(self_check)
    refusals = []
    if by.org != _org(row):
        refusals.append(Refusal("not_your_case", "这份自查表不归本单位填报。", ARTICLE))
    elif by.role not in FILLERS:
        refusals.append(Refusal("not_your_role", "您的岗位不能填报自查表。", ARTICLE, "请由经办人办理。"))
    if row.state not in queries.OPEN:
        said = "自查表已填报，不能再修改；需要更正的，请联系省厅退回。"
        refusals.append(Refusal("not_from_this_state", said, ARTICLE))
    lines = SelfCheckLine.objects.filter(self_check=row, voucher__number__in=list(typed))
    known = set(lines.values_list("voucher__number", flat=True))
    refusals += [
        Refusal("voucher_unknown", f"{number} 不在这份自查表里。", ARTICLE)
        for number in sorted(set(typed) - known)[:20]
    ]
    if refusals:
        raise Refused(refusals)
    kept = dict(row.typed)
    for number, told in typed.items():
        kept[number] = {name: str(told.get(name, ""))[: MOST_LETTERS * 4] for name in queries.TYPED}
    row.typed = kept
    row.save(update_fields=["typed"])
    record("self_check.save", by=by, obj=row.journal_key, now=now, why=ARTICLE)
    return row


@audited("self_check.file", about="self_check")
def file(*, self_check: SelfCheck, by: Actor, now: datetime) -> SelfCheck:
    """File a table: every line is written with the records of the day beside it and frozen under one hash (D858-2.1).

    Raises Refused with everything that is missing on any line.
    """
    row = _locked(self_check)
    lines = queries.with_figures(row, queries.lines_of(row), local_date(now))
    content = table_content(row, lines)
    digest = content_hash(content)
    move(
        row,
        "file",
        by=by,
        facts=queries.facts_of(row, lines),
        now=now,
        changes={"content_hash": digest, "filed_by": by.person, "filed_at": now, "return_reason": ""},
        payload={"hash": digest, "lines": str(len(lines))},
        pol=row.plan.regime_version,
    )
    _write(row, lines)
    if any(line.difference == "above" for line in lines):
        _tell_province(row, sum(line.difference == "above" for line in lines), now)
    return row


def _write(row: SelfCheck, lines: Sequence[queries.Line]) -> None:
    stored = {one.voucher_id: one for one in SelfCheckLine.objects.filter(self_check=row)}
    for line in lines:
        kept = stored[line.voucher.pk]
        for name in queries.TYPED:
            setattr(kept, name, line.typed[name].strip())
        # How the claim differs stands beside the figures, so that the database can count and find it.
        seen = line.figures.content if line.figures is not None else {}
        kept.figures = {**seen, "difference": line.difference} if line.difference else seen
    names = [*queries.TYPED, "figures"]
    SelfCheckLine.objects.bulk_update(stored.values(), names, batch_size=200)


def table_content(row: SelfCheck, lines: Iterable[queries.Line]) -> dict[str, Any]:
    """What the hash of a filed table is taken over."""
    return {
        "plan": row.plan.number,
        "who": _org(row),
        "lines": [
            {
                "voucher": line.number,
                **{name: line.typed[name].strip() for name in queries.TYPED},
                "figures": line.figures.content if line.figures is not None else {},
            }
            for line in lines
        ],
    }


def is_unchanged(row: SelfCheck) -> bool:
    """Whether a filed table still has the hash under which it was frozen."""
    return (
        row.state == "filed" and content_hash(table_content(row, queries.lines_of(row))) == row.content_hash
    )


def _tell_province(row: SelfCheck, count: int, now: datetime) -> None:
    title = f"自查表所填与行为数据不符 {count} 张：{queries.whose(row)}"
    notice = Notice(
        org="bureau:440000", obj=row.journal_key, kind="self_check", title=title, at=now,
        text="填报为在用或使用率较低，而平台记录显示没有使用或使用更少。请核对后决定是否列为抽查重点或退回。",
        link=f"/province/inspections/self-checks/{row.pk}/", key=f"{row.journal_key}:{row.version}:differs",
    )  # fmt: skip
    notify_all([notice])


@audited("self_check.send_back", about="self_check")
def send_back(
    *, self_check: SelfCheck, reason: str, due_on: date | None, by: Actor, now: datetime
) -> SelfCheck:
    """Send a filed table back with the reason and a new day; what was filed stands there again as a draft."""
    row = _locked(self_check)
    filed = {line.number: dict(line.typed) for line in queries.lines_of(row)}
    facts = {"reason": reason, "due_on": due_on, "today": local_date(now)}
    changes = {"return_reason": reason.strip(), "typed": filed}
    if due_on is not None:
        changes["due_on"] = due_on  # type: ignore[assignment]
    move(row, "send_back", by=by, facts=facts, now=now, changes=changes, payload={"reason": reason.strip()})
    notice = Notice(
        org=_org(row), obj=row.journal_key, kind="self_check", at=now, link=_link(row),
        title=f"自查表被退回补充，请于 {row.due_on} 前重新填报（{row.plan.title}）", text=reason.strip(),
        key=f"{row.journal_key}:{row.version}:returned",
    )  # fmt: skip
    notify_all([notice])
    return row


def reminders(now: datetime) -> list[Notice]:
    """What the clock has to say: a table nearly due, one overdue, and to the province who is late, once a day and plan.

    The same key is sent once, so a second run says nothing.
    """
    today, told = local_date(now), []
    late: dict[int, list[SelfCheck]] = {}
    soon = today + timedelta(days=max(REMIND_DAYS))
    rows = SelfCheck.objects.filter(state__in=queries.OPEN, due_on__lte=soon).exclude(plan__state="aborted")
    for row in rows.select_related("plan", "supplier").order_by("pk"):
        left = (row.due_on - today).days
        if left < 0:
            late.setdefault(row.plan_id, []).append(row)
            title, kind = f"自查表已逾期（应于 {row.due_on} 前填报），请立即填报：{row.plan.title}", "overdue"
        else:
            step = next(days for days in sorted(REMIND_DAYS) if left <= days)
            title, kind = f"自查表将于 {row.due_on} 到期，请尽快填报：{row.plan.title}", f"soon:{step}"
        key = f"{row.journal_key}:{kind}:{row.due_on}"
        told.append(
            Notice(
                org=_org(row),
                obj=row.journal_key,
                kind="reminder",
                title=title,
                link=_link(row),
                key=key,
                at=now,
            )
        )
    told += [_late_list(rows, today, now) for rows in late.values()]
    return told


def _late_list(rows: Sequence[SelfCheck], today: date, now: datetime) -> Notice:
    plan = rows[0].plan
    names = "、".join(queries.whose(row) for row in rows[:10]) + ("等" if len(rows) > 10 else "")
    return Notice(
        org="bureau:440000", obj=plan.journal_key, kind="reminder", at=now,
        title=f"自查逾期未报 {len(rows)} 家：{plan.title}", text=f"逾期的有：{names}。",
        link=f"/province/inspections/self-checks/plans/{plan.number}/?late=1",
        # A new name on the list is told anew; the same list is not repeated every day.
        key=f"{plan.journal_key}:late:{content_hash([row.journal_key for row in rows])[:24]}",
    )  # fmt: skip


# A table filled in a spreadsheet


def wanted(row: SelfCheck) -> list[Wanted]:
    """The columns of a table that comes back from a spreadsheet."""
    form = queries.form_of(row.plan)
    number = Wanted("number", ("服务券号", "券号"))
    note = Wanted("note", ("说明", "问题及整改情况"), required=False)
    if row.supplier_id:
        labels = dict(form.states) if form is not None else {}
        return [number, _choice("use_state", "使用状态", labels), note]
    return [
        number,
        _choice("inspected", "是否开展过实地检查或抽查", INSPECTED),
        _choice("conclusion", "检查结论", CONCLUSIONS),
        note,
    ]


def _choice(name: str, title: str, labels: Mapping[str, str]) -> Wanted:
    expected = "、".join(labels.values())

    def check(value: str) -> str | None:
        return None if value in labels.values() or value in labels else f"“{value[:30]}”不是可填的内容"

    return Wanted(name, (title,), required=False, expected=f"{expected} 之一，或留空以后再填", check=check)


def read_filled(
    row: SelfCheck, content: bytes, *, file_name: str = ""
) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The rows of a filled spreadsheet, or everything that is wrong in it by row and column; nothing is written."""
    columns = wanted(row)
    reading = read_table(content, columns, file_name=file_name, max_rows=20_000)
    numbers = SelfCheckLine.objects.filter(self_check=row).values_list("voucher__number", flat=True)
    known, seen = set(numbers), set[str]()
    form = queries.form_of(row.plan)
    labels = {
        "use_state": dict(form.states) if form else {},
        "inspected": INSPECTED,
        "conclusion": CONCLUSIONS,
    }
    rows, faults = [], list(reading.faults)
    for line in reading.rows:
        number = str(line.values["number"])
        if number not in known:
            faults.append(Fault(line.number, "服务券号", f"{number[:40]} 不在这份自查表里", "表内的服务券号"))
        elif number in seen:
            faults.append(Fault(line.number, "服务券号", f"{number} 出现了两次", "每张券只占一行"))
        seen.add(number)
        note = str(line.values.get("note") or "")
        if len(note) > MOST_LETTERS:
            faults.append(
                Fault(
                    line.number, columns[-1].titles[0], f"有 {len(note)} 个字", f"不超过 {MOST_LETTERS} 个字"
                )
            )
        said = {name: _code(labels[name], line.values.get(name)) for name in labels}
        rows.append({"row": line.number, "number": number, **said, "note": note})
    return ([] if faults else rows), sorted(faults, key=lambda fault: fault.row)


def _code(labels: Mapping[str, str], value: Any) -> str:
    text = str(value or "")
    return next((code for code, label in labels.items() if text in (code, label)), "")

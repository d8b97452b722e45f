"""The verbs of a cycle and of its windows (D47-5.1, D47-5.18)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import open_account
from yunquan.ledger.books import Book
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.policy.packfile import PackError
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.windows import change_refusals, implementation_refusals, window_refusals
from yunquan.programme import accounts
from yunquan.programme.models import CityTarget, Cycle, Window
from yunquan.programme.rules import rulebook

PROVINCE_ROLES = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)
# The decree asks for notice of the closing dates of application and claim; registration windows have none.
_WITH_NOTICE = (Window.Kind.APPLY, Window.Kind.CLAIM)


def refuse(found: Iterable[Refusal | None]) -> None:
    """Raise Refused when anything stands against an act, with all of it."""
    refusals = [refusal for refusal in found if refusal is not None]
    if refusals:
        raise Refused(refusals)


@audited("cycle.create", about="cycle")
def create_cycle(*, code: str, name: str, pack: str, year: int, by: Actor, now: datetime) -> Cycle:
    """Set up a year's programme under one rule pack (D47-5.1); its code goes into every voucher number."""
    faults: list[Refusal | None] = [role_allows(by.role, PROVINCE_ROLES, "新建发放周期")]
    if not re.fullmatch(r"[0-9A-Z][0-9A-Z-]{1,15}", code):
        faults.append(
            _fault(
                "bad_code",
                "周期代码应为 2 至 16 位数字、大写字母或连字符。",
                "请写成 2018 或 2018-2 的形式。",
                "code",
            )
        )
    elif Cycle.objects.filter(code=code).exists():
        faults.append(_code_taken(code))
    if not name.strip():
        faults.append(_fault("missing", "没有填写周期名称。", "请填写名称。", "name"))
    if not 2000 <= year <= 2100:
        faults.append(_fault("bad_year", "年度不对。", "请填写四位年份。", "year"))
    faults += _pack_faults(pack)
    refuse(faults)
    last = Cycle.objects.aggregate(last=Max("order"))["last"] or 0
    cycle = Cycle(code=code, name=name.strip()[:80], pack=pack, year=year, order=last + 1)
    try:
        with transaction.atomic():
            cycle.save()
    except IntegrityError:
        raise Refused([_code_taken(code)]) from None
    open_account(book=Book.PROMISES, key=accounts.province(code), may_go_negative=True)
    open_account(book=Book.CASH, key=accounts.treasury(code), may_go_negative=True)
    payload = {"pack": pack, "year": year}
    record(
        "cycle.create", by=by, obj=cycle.journal_key, now=now, why="D47-5.1", post="draft", payload=payload
    )
    return cycle


@audited("cycle.open", about="cycle")
def open_cycle(*, cycle: Cycle, by: Actor, now: datetime) -> Cycle:
    """Start the cycle once its windows are public and its quota is split (D47-5.1, D47-5.18)."""
    row = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    public = set(Window.objects.filter(cycle=row, published_at__isnull=False).values_list("kind", flat=True))
    facts = {
        "windows_missing": [kind.label for kind in _WITH_NOTICE if kind.value not in public],
        "targets": CityTarget.objects.filter(cycle=row).count(),
    }
    move(row, "open", by=by, facts=facts, now=now, pol=rulebook(row.pack).version)
    for city in CityTarget.objects.filter(cycle=row).values_list("city", flat=True):
        notify(
            org=f"bureau:{city}",
            obj=row.journal_key,
            kind="cycle.open",
            title=f"{row.name}已启动",
            key=f"{row.journal_key}:open:{city}",
            now=now,
        )
    return row


@audited("cycle.close", about="cycle")
def close_cycle(*, cycle: Cycle, by: Actor, now: datetime) -> Cycle:
    """End the cycle; what is left unpaid is settled first in the next one (D47-8.2b)."""
    row = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    move(row, "close", by=by, facts={}, now=now)
    return row


@audited("window.publish", about="cycle")
def publish_windows(
    *, cycle: Cycle, windows: Mapping[str, tuple[datetime, datetime]], by: Actor, now: datetime
) -> list[Window]:
    """Publish opening and closing times by kind (`register`, `apply`, `claim`), with their time of day.

    A closing of application or claim must lie the rules' days ahead (30, D47-5.18). Once public, a closing
    never moves earlier and an opening never later; it may be extended, again in time. Raises Refused
    with every fault of every window, in the fields `<kind>_opens_at` and `<kind>_closes_at`.
    """
    refuse([role_allows(by.role, PROVINCE_ROLES, "公布申领和结算时间")])
    locked = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    rules = rulebook(locked.pack)
    present = {row.kind: row for row in Window.objects.filter(cycle=locked)}
    faults: list[Refusal] = []
    if locked.state == "closed":
        faults.append(_fault("cycle_closed", "这个周期已经结束，不能再改时间。", "请在新的周期中公布。", ""))
    for kind, (opens_at, closes_at) in windows.items():
        if kind not in Window.Kind.values:
            faults.append(
                _fault("unknown_window", f"没有“{kind}”这种窗口。", "可用 register、apply、claim。", "")
            )
            continue
        faults += _window_faults(kind, opens_at, closes_at, present.get(kind), rules, now)
    faults += _between_windows(windows, present, rules)
    refuse(faults)
    published = []
    for kind in sorted(windows):
        opens_at, closes_at = windows[kind]
        row = present.get(kind) or Window(cycle=locked, kind=kind)
        # The notice of a closing runs from its own publication; one that stays keeps its day (T1).
        if row.published_at is None or row.closes_at != closes_at:
            row.published_at = now
        row.opens_at, row.closes_at = opens_at, closes_at
        row.save()
        published.append(row)
    payload = {
        row.kind: {"opens": row.opens_at.isoformat(), "closes": row.closes_at.isoformat()}
        for row in published
    }
    record(
        "window.publish",
        by=by,
        obj=locked.journal_key,
        now=now,
        why="D47-5.18",
        pol=rules.version,
        payload=payload,
    )
    return published


def publish_window(
    *, cycle: Cycle, kind: str, opens_at: datetime, closes_at: datetime, by: Actor, now: datetime
) -> Window:
    """Publish or extend one window; see `publish_windows`."""
    return publish_windows(cycle=cycle, windows={kind: (opens_at, closes_at)}, by=by, now=now)[0]


def _window_faults(
    kind: str,
    opens_at: datetime,
    closes_at: datetime,
    present: Window | None,
    rules: Rulebook,
    now: datetime,
) -> list[Refusal]:
    found = window_refusals(opens_at, closes_at, now, rules)
    if present is not None and present.published_at is not None:
        # An announced closing that stays as it is needs no new notice.
        found = [r for r in found if r.code != "notice_too_short"]
        found += change_refusals(present.closes_at, closes_at, now, rules)
        if opens_at > present.opens_at:
            shown = f"{present.opens_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
            found.append(
                _fault(
                    "opening_moved_later",
                    f"已公布的开放时间 {shown} 不能推迟。",
                    f"不晚于 {shown}。",
                    "opens_at",
                )
            )
    if kind not in _WITH_NOTICE:
        found = [r for r in found if r.code != "notice_too_short"]
    label = Window.Kind(kind).label
    return [
        replace(r, message=f"{label}：{r.message}", field=f"{kind}_{r.field}" if r.field else kind)
        for r in found
    ]


def _between_windows(
    windows: Mapping[str, tuple[datetime, datetime]], present: Mapping[str, Window], rules: Rulebook
) -> list[Refusal]:
    """The claim closes after the application, with the days that the rules leave for the work (D0-5.17)."""
    closings = {kind: row.closes_at for kind, row in present.items()}
    closings |= {kind: closes_at for kind, (_opens_at, closes_at) in windows.items()}
    if Window.Kind.APPLY not in closings or Window.Kind.CLAIM not in closings:
        return []
    return implementation_refusals(closings[Window.Kind.APPLY], closings[Window.Kind.CLAIM], rules)


def _pack_faults(pack: str) -> list[Refusal]:
    try:
        rulebook(pack)
    except PackError as error:
        return [
            _fault("bad_pack", f"规则包“{pack}”不能用：{fault}", "请选择随附的规则包，或改正后再试。", "pack")
            for fault in error.faults
        ]
    return []


def open_city_accounts(cycle: str, city: str) -> None:
    """Open a city's accounts in both books; again does nothing."""
    for key in (accounts.quota(cycle, city), accounts.reserved(cycle, city), accounts.redeemed(cycle, city)):
        open_account(book=Book.PROMISES, key=key)
    for key in (accounts.fund(cycle, city), accounts.committed(cycle, city), accounts.recovered(cycle, city)):
        open_account(book=Book.CASH, key=key)


def city_faults(city: str, field: str = "city") -> list[Refusal]:
    """A quota or a fund belongs to one of the 21 cities."""
    if regions.city(city) is not None:
        return []
    return [_fault("unknown_city", f"“{city}”不是广东省的地市。", "请从 21 个地市中选择。", field)]


def _fault(code: str, message: str, mend: str, field: str) -> Refusal:
    return Refusal(code, message, "D47-5.1", mend, field)


def _code_taken(code: str) -> Refusal:
    return _fault("code_taken", f"周期代码“{code}”已被使用。", "请换一个代码。", "code")

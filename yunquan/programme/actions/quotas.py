"""Targets and quotas of the cities: split, changed and moved under the ledger's guard (D47-5.1, D47-8.2a)."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import format_wan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balances_fen
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.policy.quota import quota_refusals, usual_quota
from yunquan.policy.rulebook import Rulebook
from yunquan.programme import accounts
from yunquan.programme.actions.cycles import PROVINCE_ROLES, city_faults, open_city_accounts, refuse
from yunquan.programme.models import CityTarget, Cycle
from yunquan.programme.rules import rulebook

ARTICLE = "D47-8.2a"


@audited("quota.set_target", about="cycle")
def set_target(
    *,
    cycle: Cycle,
    city: str,
    target_fen: int,
    by: Actor,
    now: datetime,
    factor_percent: int | None = None,
    quota_fen: int | None = None,
) -> CityTarget:
    """Give a city its target and its quota = target × factor (D47-8.2a, Q2).

    The factor is in percent and defaults to the rules' usual one; a quota given outright must lie between
    the target and the factor times the target. Lowering never goes below what is issued: the ledger refuses.
    """
    locked = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    rules, today = rulebook(locked.pack), local_date(now)
    faults = [role_allows(by.role, PROVINCE_ROLES, "下达目标额度"), _not_closed(locked), *city_faults(city)]
    refuse(faults)
    open_city_accounts(locked.code, city)
    CityTarget.objects.bulk_create(
        [CityTarget(cycle=locked, city=city, target_fen=0, factor_percent=100, quota_fen=0)],
        ignore_conflicts=True,
    )
    row = CityTarget.objects.select_for_update().get(cycle=locked, city=city)
    if quota_fen is None:
        factor = Fraction(factor_percent, 100) if factor_percent is not None else None
        quota_fen = usual_quota(target_fen, rules, today, factor)
    refuse(_factor_faults(factor_percent, rules, today))
    least_percent = _percent_reached(target_fen, quota_fen)
    if factor_percent is None:
        usual = rules.value("programme.quota_factor", today).value.usual
        factor_percent = max(least_percent, int(usual * 100))
    elif quota_fen > target_fen * factor_percent // 100:
        message = f"发放额度 {format_wan(quota_fen)} 超过目标额度的 {factor_percent}%。"
        mend = f"不超过 {format_wan(target_fen * factor_percent // 100)}。"
        raise Refused([Refusal("quota_above_factor", message, ARTICLE, mend, "quota")])
    used_fen = issued_fen(locked.code, city)
    refuse(quota_refusals(target_fen, quota_fen, used_fen, rules, today))
    before_fen = row.quota_fen
    row.target_fen, row.factor_percent, row.quota_fen = target_fen, factor_percent, quota_fen
    row.save()
    _post(locked.code, city, quota_fen - before_fen, subject=row.journal_key, now=now)
    payload = {"target_fen": target_fen, "factor_percent": factor_percent, "quota_fen": quota_fen}
    record(
        "quota.set_target",
        by=by,
        obj=row.journal_key,
        now=now,
        why="D47-5.1 D47-8.2a",
        pol=rules.version,
        payload={**payload, "before_fen": before_fen},
    )
    _tell(locked, row, before_fen, now)
    return row


@audited("quota.reallocate", about="cycle")
def reallocate(
    *, cycle: Cycle, from_city: str, to_city: str, amount_fen: int, by: Actor, now: datetime
) -> tuple[CityTarget, CityTarget]:
    """Move quota from one city to another, in one transaction (D47-8.2a, D47-5.17).

    Both stay within the rules' factor (least to most times the target, Q2) and the giving city keeps what
    is issued; the targets stay. A city whose quota comes to exceed its factor gets the factor it reached.
    """
    locked = Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)
    rules, today = rulebook(locked.pack), local_date(now)
    faults: list[Refusal | None] = [
        role_allows(by.role, PROVINCE_ROLES, "调整地市额度"),
        _not_closed(locked),
        *city_faults(from_city, "from_city"),
        *city_faults(to_city, "to_city"),
    ]
    if from_city == to_city:
        faults.append(_fault("same_city", "调出和调入是同一个地市。", "请选择两个不同的地市。", "to_city"))
    if amount_fen <= 0:
        faults.append(_fault("amount_not_positive", "调整金额必须大于零。", "请填写金额。", "amount"))
    rows = {
        row.city: row
        for row in CityTarget.objects.select_for_update()
        .filter(cycle=locked, city__in=[from_city, to_city])
        .order_by("city")
    }
    for city, field in ((from_city, "from_city"), (to_city, "to_city")):
        if city not in rows and regions.city(city):
            name = regions.place_name(city)
            faults.append(_fault("no_target", f"{name}在本周期没有目标额度。", "请先下达目标额度。", field))
    refuse(faults)
    giver, taker = rows[from_city], rows[to_city]
    for row, change_fen in ((giver, -amount_fen), (taker, amount_fen)):
        used_fen = issued_fen(locked.code, row.city)
        name = regions.place_name(row.city)
        for refusal in quota_refusals(row.target_fen, row.quota_fen + change_fen, used_fen, rules, today):
            message = f"{name}：{refusal.message}"
            faults.append(Refusal(refusal.code, message, refusal.article, refusal.mend, "amount"))
    refuse(faults)
    for row, change_fen in ((giver, -amount_fen), (taker, amount_fen)):
        row.quota_fen += change_fen
        row.factor_percent = max(row.factor_percent, _percent_reached(row.target_fen, row.quota_fen))
        row.save()
    try:
        transfer(
            [
                Posting(
                    accounts.quota(locked.code, from_city), accounts.quota(locked.code, to_city), amount_fen
                )
            ],
            book=Book.PROMISES,
            kind="reallocate",
            subject=giver.journal_key,
            article=ARTICLE,
            now=now,
        )
    except Refused:
        raise Refused([_below_issued(locked.code, from_city, giver.quota_fen)]) from None
    payload = {"from": from_city, "to": to_city, "amount_fen": amount_fen}
    for row in (giver, taker):
        record(
            "quota.reallocate",
            by=by,
            obj=row.journal_key,
            now=now,
            why=ARTICLE,
            pol=rules.version,
            payload={**payload, "quota_fen": row.quota_fen},
        )
        _tell(locked, row, row.quota_fen + (amount_fen if row is giver else -amount_fen), now)
    return giver, taker


def issued_fen(cycle: str, city: str) -> int:
    """What living and paid vouchers of a city hold of its quota, in fen (Q1)."""
    return sum(balances_fen([accounts.reserved(cycle, city), accounts.redeemed(cycle, city)]).values())


def _post(cycle: str, city: str, change_fen: int, *, subject: str, now: datetime) -> None:
    if not change_fen:
        return
    province, quota = accounts.province(cycle), accounts.quota(cycle, city)
    posting = (
        Posting(province, quota, change_fen) if change_fen > 0 else Posting(quota, province, -change_fen)
    )
    kind = "allot" if change_fen > 0 else "take_back"
    try:
        transfer([posting], book=Book.PROMISES, kind=kind, subject=subject, article=ARTICLE, now=now)
    except Refused:
        # Vouchers were issued since the check; the ledger has the last word.
        raise Refused([_below_issued(cycle, city)]) from None


def _below_issued(cycle: str, city: str, wanted_fen: int | None = None) -> Refusal:
    used_fen = issued_fen(cycle, city)
    name = regions.place_name(city)
    wanted = "" if wanted_fen is None else f" {format_wan(wanted_fen)}"
    return _fault(
        "quota_below_issued",
        f"{name}的发放额度{wanted}低于已发放的 {format_wan(used_fen)}。",
        f"不低于 {format_wan(used_fen)}。",
        "quota",
    )


def _factor_faults(percent: int | None, rules: Rulebook, on: date) -> list[Refusal]:
    factor = rules.value("programme.quota_factor", on)
    if percent is None or factor.value.least * 100 <= percent <= factor.value.most * 100:
        return []
    least, most = int(factor.value.least * 100), int(factor.value.most * 100)
    message = f"发放系数 {percent}% 不在 {least}% 至 {most}% 之间。"
    return [
        Refusal("factor_outside", message, factor.article, f"请填写 {least} 至 {most}。", "factor_percent")
    ]


def _percent_reached(target_fen: int, quota_fen: int) -> int:
    """The smallest whole percentage of the target that covers the quota."""
    return -(-quota_fen * 100 // target_fen) if target_fen > 0 else 100


def _not_closed(cycle: Cycle) -> Refusal | None:
    if cycle.state != "closed":
        return None
    return _fault("cycle_closed", "这个周期已经结束，额度不能再改。", "请在新的周期中下达。", "")


def _fault(code: str, message: str, mend: str, field: str) -> Refusal:
    return Refusal(code, message, ARTICLE, mend, field)


def _tell(cycle: Cycle, row: CityTarget, before_fen: int, now: datetime) -> None:
    notify(
        org=f"bureau:{row.city}",
        obj=row.journal_key,
        kind="quota.changed",
        title=f"{cycle.name}发放额度由 {format_wan(before_fen)} 调整为 {format_wan(row.quota_fen)}",
        key=f"{row.journal_key}:{now.isoformat()}:{row.quota_fen}",
        now=now,
    )

"""The invariants of the programme, as `yunquan doctor` checks them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from yunquan.journal.invariants import Breach, unlogged
from yunquan.kernel.calendar import local_date
from yunquan.ledger.queries import balances_fen
from yunquan.policy.packfile import PackError
from yunquan.policy.quota import quota_bounds
from yunquan.policy.rulebook import Rulebook
from yunquan.programme import accounts
from yunquan.programme.models import CityTarget, Cycle, PublicNotice, RuleChange, Window
from yunquan.programme.rules import rulebook


def breaches() -> Iterator[Breach]:
    """Check quotas against factor and ledger (Q1, Q2), windows (T1), second persons (S3), states (L1)."""
    rows = [(row.journal_key, row.state, row.version) for row in Cycle.objects.all()]
    yield from unlogged(iter(rows), "cycle:", "draft")
    rows = [(row.journal_key, row.state, row.version) for row in RuleChange.objects.all()]
    yield from unlogged(iter(rows), "rule_change:", "draft")
    # What was published before notices had a second person stands without a step in the log.
    notices = PublicNotice.objects.exclude(drafted_by="")
    rows = [(row.journal_key, row.state, row.version) for row in notices]
    yield from unlogged(iter(rows), "public_notice:", "draft")
    for notice in notices.exclude(published_by=""):
        if notice.published_by == notice.drafted_by:
            yield Breach("S3", notice.journal_key, "起草和发布是同一个人")
    for cycle in Cycle.objects.order_by("order"):
        try:
            rules = rulebook(cycle.pack)
        except PackError as error:
            yield Breach("S1", cycle.journal_key, f"规则包 {cycle.pack} 不能用：{error}")
            continue
        yield from _quotas(cycle, rules)
        yield from _windows(cycle, rules)
    for change in RuleChange.objects.filter(state="published"):
        if not change.published_by or change.published_by == change.drafted_by:
            yield Breach("S3", change.journal_key, "起草和发布是同一个人")


def _quotas(cycle: Cycle, rules: Rulebook) -> Iterator[Breach]:
    """Q2 by the table; Q1 by the ledger: left + reserved + redeemed is the quota, none below zero."""
    targets = list(CityTarget.objects.filter(cycle=cycle).order_by("city"))
    kinds = (accounts.quota, accounts.reserved, accounts.redeemed)
    balances = balances_fen([kind(cycle.code, row.city) for row in targets for kind in kinds])
    given = 0
    for row in targets:
        bounds = [
            quota_bounds(row.target_fen, rules, on) for on in rules.change_days("programme.quota_factor")
        ]
        if not any(least <= row.quota_fen <= most for least, most in bounds):
            yield Breach(
                "Q2", row.journal_key, f"额度 {row.quota_fen} 分不在目标 {row.target_fen} 分的系数之内"
            )
        held = {kind: balances[kind(cycle.code, row.city)] for kind in kinds}
        given += row.quota_fen
        if sum(held.values()) != row.quota_fen:
            yield Breach("Q1", row.journal_key, f"额度 {row.quota_fen} 分，账上合计 {sum(held.values())} 分")
        for kind, balance in held.items():
            if balance < 0:
                yield Breach("M2", kind(cycle.code, row.city), f"余额 {balance} 分")
    out = balances_fen([accounts.province(cycle.code)])[accounts.province(cycle.code)]
    if -out != given:
        yield Breach("Q1", cycle.journal_key, f"省账下达 {-out} 分，地市额度合计 {given} 分")


def _windows(cycle: Cycle, rules: Rulebook) -> Iterator[Breach]:
    """T1: a closing of application or claim was published the rules' days before."""
    kinds = (Window.Kind.APPLY, Window.Kind.CLAIM)
    for row in Window.objects.filter(cycle=cycle, kind__in=kinds, published_at__isnull=False):
        assert row.published_at is not None
        days = rules.value("programme.window_notice_days", local_date(row.published_at)).value
        if row.closes_at - row.published_at < timedelta(days=days):
            yield Breach("T1", f"window:{row.pk}", f"截止前不足 {days} 天公布")

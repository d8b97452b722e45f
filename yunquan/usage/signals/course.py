"""Signals on the course of the use over the period: about the claim only, ended by payment, seen by one side only."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.usage.signals.facts import Facts
from yunquan.usage.signals.signal import SOURCE_LABELS, Found, Row, limit, percent, told


def only_around_claim(facts: Facts) -> Found:
    """Use that shows around the claim alone, though data of other days is there."""
    rule = facts.thresholds("only_around_claim")
    if rule is None:
        return iter(())
    return told(
        "only_around_claim",
        "只在申请兑现前后使用",
        facts.ask(
            "only_around_claim",
            days_before=rule.days_before,
            days_after=rule.days_after,
            outside_days=rule.outside_days,
            share=rule.share,
        ),
        lambda rows: (
            f"申请兑现（{rows[0]['claimed_on']}）前 {rule.days_before} 天到后 {rule.days_after} 天的使用占全部的 "
            f"{percent(rows[0]['near_sessions'], rows[0]['sessions'])}，而其余有数据的 {rows[0]['outside_days']} 天"
            f"里只有 {rows[0]['other_days']} 天有使用，门槛 {limit(rule.share)}"
        ),
        lambda row: {
            "source": row["source"],
            "claimed_on": row["claimed_on"],
            "sessions_near": row["near_sessions"],
            "days_near": row["near_days"],
            "sessions": row["sessions"],
            "days_outside": row["other_days"],
            "days_with_data_outside": row["outside_days"],
        },
    )


def stops_after_payment(facts: Facts) -> Found:
    """Use that ends, or nearly does, once the money was paid."""
    rule = facts.thresholds("stops_after_payment")
    if rule is None:
        return iter(())

    def rates(row: Row) -> tuple[float, float]:
        return row["before_payment"] / row["days_before"], row["after_payment"] / row["days_after"]

    def tell(rows: Sequence[Row]) -> str:
        before, after = rates(rows[0])
        return (
            f"兑付（{rows[0]['paid_on']}）前每个有数据的工作日平均使用 {before:.1f} 次，"
            f"{rule.grace_days} 天后平均 {after:.1f} 次，不到 {limit(rule.left)}；"
            f"最后一次使用在 {rows[0]['last_on']}"
        )

    return told(
        "stops_after_payment",
        "兑付后不再使用",
        facts.ask(
            "stops_after_payment",
            grace_days=rule.grace_days,
            working_days=rule.working_days,
            left=rule.left,
        ),
        tell,
        lambda row: {
            "source": row["source"],
            "paid_on": row["paid_on"],
            "a_day_before": round(rates(row)[0], 2),
            "a_day_after": round(rates(row)[1], 2),
            "days_before": row["days_before"],
            "days_after": row["days_after"],
            "last_on": row["last_on"],
        },
    )


def sources_disagree(facts: Facts) -> Found:
    """Days that the application's log shows and the operator doesn't, or many the other way about."""
    rule = facts.thresholds("sources_disagree")
    if rule is None:
        return iter(())

    def tell(rows: Sequence[Row]) -> str:
        first = rows[0]
        if first["application_only"] >= max(rule.days, rule.application_only * first["application_days"]):
            return (
                f"应用系统登录日志有使用的 {first['application_days']} 天里，{first['application_only']} 天运营商没有"
                f"任何连接，占 {percent(first['application_only'], first['application_days'])}，"
                f"门槛 {limit(rule.application_only)}；请先核对该用户端所属运营商是否已提供数据"
            )
        return (
            f"运营商有连接的 {first['operator_days']} 天里，{first['operator_only']} 天应用系统登录日志没有记录，"
            f"占 {percent(first['operator_only'], first['operator_days'])}，门槛 {limit(rule.operator_only)}"
        )

    return told(
        "sources_disagree",
        "运营商与应用系统不一致",
        facts.ask(
            "sources_disagree",
            days=rule.days,
            application_only=rule.application_only,
            operator_only=rule.operator_only,
            **facts.period,
        ),
        tell,
        lambda row: {
            "day": row["day"],
            **{SOURCE_LABELS["application"]: row["by_application"] or 0},
            **{SOURCE_LABELS["operator"]: row["by_operator"] or 0},
        },
    )

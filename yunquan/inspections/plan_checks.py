"""Why a plan can't be drafted, filed, published, frozen or drawn; pure functions on facts (D108-1, D108-2, D858-2.2).

Facts are gathered by the actions; every fault is said at once and before anything is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.drawing.beacons import appears_at

# The states of vouchers that a regime of a stage may look at (D108-5, D858-1).
STATES: Mapping[str, tuple[str, ...]] = {
    "before_payment": ("claimed", "attested", "verified", "approved", "listed"),
    "after_payment": ("paid",),
}
SCOPE_KEYS = (
    "cities", "cycles", "earlier", "least_fen", "numbers", "pilots", "services", "signals", "states", "suppliers",
)  # fmt: skip
EARLIER = {"": "不限", "never": "从未抽查过", "failed": "供应商此前有不合格"}
SIGNALS = {"": "不限", "any": "行为数据有异常信号"}
# Fewer custodians than three say less; the plan's page tells so (draw-and-log.md, section 1).
ENOUGH_CUSTODIANS = 3


def plan_faults(facts: Facts) -> list[Refusal]:
    """Everything that is wrong in a plan as it was written down."""
    found = [
        *_texts(facts), *_days(facts), *_share(facts), *_scope(facts), *_strata(facts), *_sources(facts),
        *_custodians(facts), *pick_faults(facts),
    ]  # fmt: skip
    if facts.get("regime_missing"):
        found.append(
            Refusal(
                "no_regime", "这个抽查规程在计划的起始日期还没有施行。", "D108-1", "请另选规程。", "regime"
            )
        )
    if facts.get("same_scope"):
        message = f"同一范围、期间和目的已有计划 {facts['same_scope']}，不能再抽一次。"
        found.append(
            Refusal("same_scope", message, "D858-2.2", "请修改那份计划；已中止的才能重做。", "scope")
        )
    if facts.get("not_yours"):
        found.append(
            Refusal(
                "run_by_city", "这个规程由地市组织，省厅不拟定计划。", "D26-1", "请由地市拟定。", "regime"
            )
        )
    return found


def _texts(facts: Facts) -> Iterable[Refusal]:
    for name, label in (("title", "名称"), ("purpose", "目的")):
        if not str(facts[name]).strip():
            yield Refusal("missing", f"请填写计划的{label}。", "D108-1", field=name)


def _days(facts: Facts) -> Iterable[Refusal]:
    starts, ends = facts["starts_on"], facts["ends_on"]
    if not isinstance(starts, date) or not isinstance(ends, date):
        yield Refusal("missing", "请填写抽查的起止日期。", "D108-1", field="starts_on")
    elif ends < starts:
        yield Refusal("wrong_days", "结束日期早于开始日期。", "D108-1", "请更正日期。", "ends_on")


def _share(facts: Facts) -> Iterable[Refusal]:
    num, den = facts["share"]
    if num < 1 or den < 1 or num > den:
        yield Refusal("wrong_share", "抽取比例应大于 0、不超过 100 %。", "D108-1", "例如 20 %。", "share")
        return
    least = facts.get("least_share")
    if least is not None and Fraction(num, den) < least:
        message = f"抽取比例 {percent(Fraction(num, den))} 低于规程要求的 {percent(least)}。"
        yield Refusal("share_too_small", message, facts["draw_article"], "请提高比例。", "share")


def percent(share: Fraction) -> str:
    """A share as people write it.

    >>> percent(Fraction(1, 5)), percent(Fraction(1, 3))
    ('20 %', '1/3')
    """
    parts = share * 100
    return f"{parts.numerator} %" if parts.denominator == 1 else f"{share.numerator}/{share.denominator}"


def _scope(facts: Facts) -> Iterable[Refusal]:
    scope: Mapping[str, Any] = facts["scope"]
    unknown = sorted(set(scope) - set(SCOPE_KEYS))
    if unknown:
        yield Refusal("wrong_scope", f"范围中不认识“{'、'.join(unknown)}”。", "D108-1", field="scope")
    allowed = STATES[facts["stage"]]
    wrong = [state for state in scope.get("states", ()) if state not in allowed]
    if wrong:
        yield Refusal(
            "wrong_states", "所选规程的开展时段不包括这些状态的服务券。", facts["stage_article"],
            "兑付前的规程查已申请兑现、尚未兑付的券；兑付后的规程查已兑付的券。", "states",
        )  # fmt: skip
    outside = [code for code in scope.get("cities", ()) if facts["city"] and code != facts["city"]]
    if outside:
        yield Refusal("wrong_city", "地市的计划只抽查本市的服务券。", "D108-2.2", field="cities")


def _strata(facts: Facts) -> Iterable[Refusal]:
    wrong = [one for one in facts["strata"] if one not in ("city", "service", "supplier")]
    if wrong:
        yield Refusal("wrong_strata", "分层只能按地市、服务类别或供应商。", "D108-1", field="strata")


def _sources(facts: Facts) -> Iterable[Refusal]:
    sources: Sequence[str] = facts["sources"]
    if not sources:
        yield Refusal(
            "no_source", "请写明至少一个公开随机源。", "D858-2.2",
            "例如 ssq:2019040（双色球第 2019040 期）或 drand-quicknet:1000。", "sources",
        )  # fmt: skip
    if len(set(sources)) < len(sources):
        yield Refusal("source_twice", "同一个公开随机源写了两次。", "D858-2.2", field="sources")
    fallback: Mapping[str, str] = facts["fallback"]
    for source, spare in fallback.items():
        if source not in sources:
            yield Refusal("wrong_fallback", f"“{source}”不在随机源中。", "D858-2.2", field="fallback")
        if spare in sources or list(fallback.values()).count(spare) > 1:
            yield Refusal("wrong_fallback", f"备用源“{spare}”已另有用处。", "D858-2.2", field="fallback")
    yield from due_faults(facts)
    for reason, name in facts.get("source_faults", ()):
        yield Refusal("wrong_source", f"随机源“{name}”{reason}。", "D858-2.2", field="sources")


def due_faults(facts: Facts) -> Iterable[Refusal]:
    """Every source, a spare one too, says when its value appears: after the secrets are revealed (D1).

    A value that is known while a secret can still be withheld lets its custodian choose between two results. It lies
    ahead of whoever writes it down, and where it can be computed from the source's own parameters it is that moment.
    """
    due: Mapping[str, datetime] = facts.get("due") or {}
    until, now = facts.get("reveals_end_at"), facts.get("now")
    for name in (*facts["sources"], *facts["fallback"].values()):
        computed = appears_at(name)
        if computed is not None and name in due and abs(due[name] - computed) > timedelta(minutes=1):
            yield Refusal(
                "due_differs",
                f"随机源“{name}”按其公布的参数应在 {computed.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 产生，与填写的时间不符。",
                "D858-2.2", "请更正时间，或改写编号；时间可以不写，由系统算出。", "sources",
            )  # fmt: skip
        elif name in due and now is not None and due[name] <= now:
            yield Refusal(
                "due_past", f"随机源“{name}”的产生时间已经过去，结果可能已经公开。", "D858-2.2",
                "请改用还没有产生的一期。", "sources",
            )  # fmt: skip
        if name not in due:
            yield Refusal(
                "no_due_time", f"请写明随机源“{name}”的公开随机数何时产生。", "D858-2.2",
                "例如 ssq:2019040 2019-04-07 21:15。", "sources",
            )  # fmt: skip
        elif until is not None and due[name] <= until:
            yield Refusal(
                "due_too_early", f"随机源“{name}”在揭示截止之前就已产生，事先可能已知。", "D858-2.2",
                "请改用揭示截止之后才产生的一期，或提前揭示截止时间。", "reveals_end_at",
            )  # fmt: skip


def _custodians(facts: Facts) -> Iterable[Refusal]:
    people: Sequence[Mapping[str, str]] = facts["custodians"]
    article = "D858-2.2"
    if not people:
        mend = "至少一人；三个以上不同单位的人更可信。"
        yield Refusal("no_custodian", "请指定随机数的保管人。", article, mend, "custodians")
    for one in people:
        name = one["shown"]
        if not one["body"]:
            yield Refusal(
                "wrong_custodian", f"“{name}”不能作保管人。", article,
                "请选在任的其他主管部门人员或审计人员；企业和供应商不能保管。", "custodians",
            )  # fmt: skip
        elif one["is_drawer"] == "yes":
            message = f"“{name}”与抽取人同在一个单位，保管人应当来自其他单位。"
            yield Refusal("custodian_is_drawer", message, article, field="custodians")
    bodies = [one["body"] for one in people if one["body"]]
    twice = sorted({one for one in bodies if bodies.count(one) > 1})
    if twice:
        message = f"{'、'.join(twice)}有两名保管人；各保管人应当来自不同单位。"
        yield Refusal("same_body", message, article, field="custodians")


def pick_faults(facts: Facts) -> Iterable[Refusal]:
    """What is wrong with picks and exclusions as they were written down."""
    for field, label in (("mandatory", "指定"), ("left_out", "排除")):
        bare = [number for number, reason in facts[field].items() if not str(reason).strip()]
        if bare:
            yield Refusal("no_reason", f"{'、'.join(bare[:5])} 没有写{label}的理由。", "D108-1", field=field)
    both = sorted(set(facts["mandatory"]) & set(facts["left_out"]))
    if both:
        yield Refusal("in_and_out", f"{'、'.join(both[:5])} 既指定又排除。", "D108-1", field="left_out")
    if facts["mandatory"] and not facts["may_pick"]:
        yield Refusal(
            "no_mandatory", "这个规程只随机抽取，不指定。", facts["draw_article"], field="mandatory"
        )


# —— checks of the steps ——


def nothing_wrong(facts: Facts) -> list[Refusal]:
    """Nothing is filed, published or frozen while the population has a fault (D2)."""
    return list(facts.get("faults") or ())


def own_bureau(facts: Facts) -> Refusal | None:
    """The bureau whose plan it is takes its steps; the province accepts or sends back, no more (D108-2.2)."""
    if facts.get("org") == facts.get("plan_org"):
        return None
    return Refusal(
        "not_your_plan", "这份计划由另一个单位组织，由它的人员办理。", "D108-2.2", "省厅只予以备案或退回。"
    )


def own_bureau_or_overdue(facts: Facts) -> Refusal | None:
    """The plan's bureau aborts it; the province too, once a city's plan is over without a draw (D108-2.2)."""
    if facts.get("org") == "bureau:440000" and facts.get("overdue"):
        return None
    refused = own_bureau(facts)
    if refused is None or facts.get("org") != "bureau:440000":
        return refused
    return Refusal(
        "not_your_plan",
        "地市的计划到结束日期还没有抽取的，省厅才能中止。",
        "D108-2.2",
        "请退回修改，或等到期后中止。",
    )


def no_custodian_acts(facts: Facts) -> Refusal | None:
    """Who keeps a secret of a draw doesn't prepare, approve or run it, in whatever post (D1)."""
    if facts.get("org") != facts.get("plan_org") or facts.get("person") not in facts["custodian_keys"]:
        return None
    return Refusal(
        "custodian_is_drawer",
        "您是这次抽取的随机数保管人，不能办理计划和抽取。",
        "D858-2.2",
        "请由同事办理。",
    )


def not_looked_at(facts: Facts) -> Refusal | None:
    """What a visit has begun to look at stays; the reserve is for what can't be inspected at all (D2)."""
    if not facts.get("begun"):
        return None
    return Refusal(
        "already_looked_at", "这一项的抽查已经开始、签字或登记为不配合，不能再替换。", "D858-2.2",
        "请按抽查的结果办理。",
    )  # fmt: skip


def filed_where_asked(facts: Facts) -> Refusal | None:
    """A city's plan is filed with the province before it is published (D108-2.2, D26-1)."""
    if not facts.get("must_file") or facts.get("state") == "accepted":
        return None
    return Refusal(
        "not_filed", "地市的抽查计划须先报省厅备案，再公布。", facts["filed_article"], "请先“报省厅备案”。"
    )


def all_committed(facts: Facts) -> Refusal | None:
    """Every custodian published a commitment before the freeze (D1)."""
    silent = facts.get("uncommitted") or ()
    if not silent:
        return None
    return Refusal(
        "not_committed", f"{'、'.join(silent)} 还没有公布承诺。", "D858-2.2",
        "请保管人在“随机数保管”中公布承诺；不能履职的，先在计划中撤换。",
    )  # fmt: skip


def reveal_time_ahead(facts: Facts) -> Refusal | None:
    """The time until which secrets are revealed lies ahead at the freeze (D1)."""
    until = facts.get("reveals_end_at")
    if until is not None and until > facts["now"]:
        return None
    return Refusal(
        "wrong_reveal_time", "请填写揭示截止时间，它应当晚于现在、早于公开随机数产生的时间。", "D858-2.2",
        field="reveals_end_at",
    )  # fmt: skip


def values_still_to_come(facts: Facts) -> list[Refusal]:
    """At the freeze, too, no public value may exist before the secrets are revealed (D1)."""
    return list(due_faults(facts))


def values_in_time(facts: Facts) -> Iterable[Refusal]:
    """No value before its time; a spare source only where the first stayed silent, and that is shown (D1)."""
    due: Mapping[str, datetime] = facts.get("due") or {}
    values: Mapping[str, str] = facts.get("values") or {}
    for name in sorted(values):
        if name in due and facts["now"] < due[name]:
            yield Refusal(
                "not_due", f"随机源“{name}”的公开随机数还没有到产生的时间。", "D858-2.2", "请到时再录入。",
                "values",
            )  # fmt: skip
    for source, spare in (facts.get("fallback") or {}).items():
        if spare not in values:
            continue
        if source in due and facts["now"] < due[source]:
            yield Refusal(
                "not_due", f"“{source}”还没有到产生的时间，不能使用备用源。", "D858-2.2", field="values"
            )
        if not str((facts.get("silent") or {}).get(source, "")).strip():
            yield Refusal(
                "no_silence_shown", f"使用备用源，须写明“{source}”没有产生的依据。", "D858-2.2",
                "例如停开公告的名称、日期和网址；公告一并放进凭证。", "silent",
            )  # fmt: skip


def reveals_over(facts: Facts) -> Refusal | None:
    """The public value is entered after the reveals ended, or after all came (D1)."""
    if facts.get("all_revealed") or facts["now"] > facts["reveals_end_at"]:
        return None
    return Refusal(
        "reveals_open", "揭示还没有截止，也还有保管人没有揭示。", "D858-2.2", "请等到揭示截止，或全部揭示。"
    )


def proof_given(facts: Facts) -> Refusal | None:
    """A public value is entered with its evidence: the page or announcement on which it was published."""
    if facts.get("proof"):
        return None
    return Refusal("no_proof", "请上传公开随机数的凭证（公布页面的截图或公告）。", "D858-2.2", field="proof")


def all_finished(facts: Facts) -> Refusal | None:
    """A round is closed once everything that was drawn has its result."""
    open_count = facts.get("open_count") or 0
    if not open_count:
        return None
    return Refusal("still_open", f"还有 {open_count} 项抽查没有公布结果，不能结束。", "D108-3.4")

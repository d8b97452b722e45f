"""Why a step of a visit is refused: notice, clashes, who is there, what is closed, who signed; pure.

D108-3.2, D108-3.3, D26-5.2, D858-3.
"""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.regimes.forms import MODES, PARTIES


def named(parties: object) -> str:
    """Parties by their Chinese names, one after the other."""
    return "、".join(PARTIES.get(str(one), str(one)) for one in parties)  # type: ignore[attr-defined]


def noticed_in_time(facts: Facts) -> Refusal | None:
    """A visit is announced so many calendar days before it (D108-3.2, D108-3.3)."""
    days, starts_on, today = facts["notice_days"], facts["starts_on"], facts["today"]
    if (starts_on - today).days >= days:
        return None
    message = f"应至少提前 {days} 天通知；今天通知的，最早排在 {days} 天之后。"
    return Refusal("too_late", message, facts["notice_article"], "请把开始时间往后排。", "starts_at")


def mode_allowed(facts: Facts) -> Refusal | None:
    """On site or remote, as the regime says (D26-5.2)."""
    if facts["mode"] in facts["modes"]:
        return None
    said = "、".join(MODES[one] for one in facts["modes"])
    return Refusal(
        "mode_not_allowed", f"本规程只能{said}进行。", facts["mode_article"], "请改选方式。", "mode"
    )


def free_of_clashes(facts: Facts) -> Iterator[Refusal]:
    """Nobody is in two places at once: the enterprise, an expert, a supplier over cities (D26-5.2)."""
    for who, kind, where in facts["clashes"]:
        field = "experts" if kind == "expert" else "starts_at"
        message = f"{who}在这段时间已有另一次抽查（{where}）。"
        yield Refusal(f"{kind}_busy", message, "D26-5.2", "请换一个时间或人员。", field)


def panel_complete(facts: Facts) -> Refusal | None:
    """The panel has an expert of each speciality that must be there (D108-3.1)."""
    short = [one for one in facts["specialities"] if one not in facts["panel"]]
    if not short:
        return None
    message = f"专家组中没有{named(short)}。"
    return Refusal("panel_incomplete", message, "D108-3.1", "请补充专家后再通知。", "experts")


def day_has_come(facts: Facts) -> Refusal | None:
    """A visit begins on its day or later, never before what was announced (D108-3.3)."""
    if facts["today"] >= facts["starts_on"]:
        return None
    message = f"这次抽查通知的日期是 {facts['starts_on']:%Y-%m-%d}，还没有到。"
    return Refusal("not_yet", message, "D108-3.3", "需要提前的，请主管部门改期并重新通知。")


def day_has_come_for_experts(facts: Facts) -> Refusal | None:
    """Nobody obstructs a visit before its day but in the eyes of the bureau that runs it, with its reason (D108-6)."""
    if facts["by_bureau"] or day_has_come(facts) is None:
        return None
    message = f"这次抽查通知的日期是 {facts['starts_on']:%Y-%m-%d}，还没有到，不能登记不配合。"
    return Refusal("not_yet", message, "D108-6", "事前已明确拒绝的，请组织单位写明情形登记。")


def right_people_there(facts: Facts) -> Iterator[Refusal]:
    """All who must be there are, and nobody who must not; each is named (D108-3.3, D858-2.2)."""
    there, article = set(facts["present"]), facts["present_article"]
    missing = [
        one
        for one in facts["must"]
        if one not in there and not (one == "supplier" and facts["supplier_may_be_absent"])
    ]
    if missing:
        message = f"应到场的{named(missing)}还没有登记到场。"
        yield Refusal("party_missing", message, article, "请登记到场人员；没有到场的不能开始。", "party")
    forbidden = [one for one in facts["never"] if one in there]
    if forbidden:
        message = f"{named(forbidden)}不得到场，现登记在场。"
        yield Refusal("party_forbidden", message, article, "请其离场并登记离场后再进行。", "party")
    strange = sorted(there - {*facts["must"], *facts["may"], *facts["never"]})
    if strange:
        message = f"{named(strange)}不在本规程的到场人员之列。"
        yield Refusal("party_unforeseen", message, article, "请其离场并登记离场后再进行。", "party")


def conduct_confirmed(facts: Facts) -> Refusal | None:
    """Who inspects has confirmed every line of the conduct rules, where the regime has them (D858-3)."""
    if not facts["conduct_lines"] or facts["conduct_confirmed"]:
        return None
    message = f"行为规范共 {facts['conduct_lines']} 条，您还没有逐条确认并签名。"
    return Refusal("conduct_open", message, facts["conduct_article"], "请先完成“行为规范”。", "conduct")


def sheets_closed(facts: Facts) -> Refusal | None:
    """What is signed is closed first."""
    if not facts["open_sheets"]:
        return None
    message = f"抽查表还没有定稿：{'、'.join(facts['open_sheets'])}。"
    return Refusal("sheet_open", message, "D108-3.3", "请先填完并定稿。")


def all_signed(facts: Facts) -> Refusal | None:
    """Every signer of the table has signed this very content, or a paper copy was accepted (D108-3.3)."""
    if not facts["unsigned"]:
        return None
    message = f"还缺{'、'.join(facts['unsigned'])}的签字（以现在的抽查表内容为准）。"
    return Refusal("unsigned", message, "D108-3.3", "请相关各方签字；缺席的供应商请登记缺席。")

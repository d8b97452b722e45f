"""What decision pages show of an application and a claim: facts as rows, checks as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from yunquan.desks.shared import journey
from yunquan.desks.shared.templatetags.gov import at, on
from yunquan.evidence import queries as evidence
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.parties.eligible import enterprise_faults
from yunquan.policy.rulebook import Rulebook
from yunquan.vouchers import queries as vouchers


def application_more(voucher: Any, lines: Sequence[Any]) -> list[tuple[str, str]]:
    """What the enterprise entered beside its contract: devices, supplier, place, relation."""
    found = []
    for line in lines:
        if line.devices is not None:
            value = f"，设备原值 {format_yuan(line.device_value_fen)} 元" if line.device_value_fen else ""
            found.append((f"{line.service}. {line.service_name}", f"联网设备 {line.devices} 台套{value}"))
    found.append(("供应商", voucher.supplier.name if voucher.supplier else "—"))
    implementation = regions.place_name(voucher.implementation_city)
    found.append(("实施地点", f"{implementation} {voucher.place}".strip() or "—"))
    return found


def sorted_checks(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What doesn't pass first, then what wants a look, then what passed; each in its order."""
    order = {False: 0, None: 1, True: 2}
    return sorted(rows, key=lambda row: order[row["passed"]])


def price_checks(prices: Any) -> list[dict[str, Any]]:
    """One line on prices: what stands out, or that nothing does where there are cases enough; never a verdict."""
    rows = []
    for line in prices.lines:
        high = [view for view in line.views if view.standing == "high"]
        usual = [view for view in line.views if view.standing == "usual" and view.ground != "listed"]
        if high:
            view = high[-1]
            rows.append(check(None, f"{line.name}价格：{view.message}", view.article) | _TO_PRICES)
        elif usual:
            view = usual[-1]
            rows.append(
                check(True, f"{line.name}价格：与 {view.count} 例相比没有明显偏高", view.article) | _TO_PRICES
            )
    if prices.share is not None and prices.share.stands_out:
        told = f"供应商的费用多恰好等于上限：{prices.share.message}"
        rows.append(check(None, told, prices.share.article) | _TO_PRICES)
    return rows


def beside_checks(beside: Mapping[str, Any], refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    """A line for each panel in which something waits to be looked at: prices, alike documents, related parties.

    Where related parties stop the decision by themselves, that is said once.
    """
    rows = price_checks(beside["prices"])
    alike, related = beside["alike"], beside["related"]
    if alike["rows"]:
        count = len(alike["rows"]) + alike["more"]
        told = f"材料与其他服务券的材料相似 {count} 处，请对照"
        rows.append(check(None, told, "D47-5.17") | {"url": "#alike", "url_label": "看相似"})
    if related["is_open"] and _said(refusals, LOOK_MISSING) is None:
        to = {"url": "#related", "url_label": "看关联"}
        rows.append(check(None, related["message"], related["article"]) | to)
    return rows


LOOK_MISSING = "second_look_missing"
_TO_PRICES = {"url": "#prices", "url_label": "看比较"}


def _said(refusals: Iterable[Refusal], *codes: str) -> Refusal | None:
    return next((refusal for refusal in refusals if refusal.code in codes), None)


def check(
    passed: bool | None, text: str, article: str = "", *, mend: str = "", detail: str = ""
) -> dict[str, Any]:
    """One computed check for {% checks %}."""
    return {"passed": passed, "text": text, "article": article, "mend": mend, "detail": detail}


def _either(found: Refusal | None, good: str, article: str) -> dict[str, Any]:
    if found is None:
        return check(True, good, article)
    return check(False, found.message, found.article, mend=found.mend)


def application_checks(voucher: Any, refusals: Sequence[Refusal], rules: Rulebook) -> list[dict[str, Any]]:
    """Eligibility, unique contract, quota, confirmed hash, same person and place, passed ones too."""
    on_day = voucher.applied_on
    faults = enterprise_faults(voucher.enterprise, rules, on=on_day)
    rows = [check(False, fault.message, fault.article, mend=fault.mend) for fault in faults]
    if not faults:
        rows.append(check(True, f"企业资格：按 {on(on_day)} 的规定逐条核算，符合申领条件", "D47-4.1"))
    rows.append(_either(_said(refusals, "enterprise_not_approved"), "单位资料已审核通过", "D47-5.10"))
    rows += _contract_checks(voucher)
    left_fen = vouchers.quota_left_fen(voucher)
    place = regions.place_name(voucher.city)
    quota = f"额度：{place}剩余 {format_yuan(left_fen)} 元，本券核定 {format_yuan(voucher.face_fen)} 元"
    rows.append(_either(_said(refusals, "no_quota"), quota, "D47-8.2a"))
    when = f" {at(voucher.waiting_since)}" if voucher.waiting_since else ""
    confirmed = f"供应商已确认{when}，内容摘要与提交一致（{voucher.content_hash[:12]}…）"
    rows.append(_either(_said(refusals, "content_changed"), confirmed, "D47-5.9"))
    rows.append(_either(_said(refusals, "same_person"), "您没有办理过本券的前一环节", "D47-5.10"))
    rows.append(_either(_said(refusals, "reviewed_elsewhere"), "由本单位审核", "D47-5.10"))
    return rows


def _contract_checks(voucher: Any) -> list[dict[str, Any]]:
    """One contract, one living voucher (U1); the same file elsewhere is worth a look."""
    contract = voucher.contract
    if contract is None:
        return [check(False, "没有合同", "D47-5.8")]
    rows = [check(contract.is_live, "合同唯一：全省没有其他服务券使用本合同", "D47-5.8")]
    others = [file for file in evidence.same_content(contract.file) if file.org != contract.file.org]
    if others:
        rows.append(check(None, f"同一份合同文件另有 {len(others)} 家单位上传过，请核对", "D47-5.8"))
    if voucher.returns:
        rows.append(
            check(
                None, f"此前已退回 {voucher.returns} 次；再次退回不得提出首次审核即可发现的理由", "D47-5.21"
            )
        )
    return rows


def claim_checks(voucher: Any, refusals: Sequence[Refusal]) -> list[dict[str, Any]]:
    """What the supplier attested is what stands here, and who decides took none of the earlier steps."""
    rows = []
    attested = f"供应商已确认兑现，内容摘要与提交一致（{voucher.claim_hash[:12]}…）"
    rows.append(_either(_said(refusals, "content_changed"), attested, "D47-5.12"))
    rows.append(_either(_said(refusals, "same_person"), "您没有办理过本券的前一环节", "D47-5.10"))
    return rows


def award_shown(explanation: Mapping[str, Any]) -> dict[str, Any]:
    """The kept explanation of an award in the form that {% award %} draws, with every step of the sum."""
    return journey.award_shown(explanation) | {"notes": explanation.get("steps", [])}


def reasons_kept(voucher: Any) -> list[dict[str, str]]:
    """The reasons of the latest return, so that a second look sees them; a late one with its flag (S6)."""
    wanted = ("label", "text", "article", "flagged", "why_late")
    return [{name: reason.get(name, "") for name in wanted} for reason in voucher.return_reasons]

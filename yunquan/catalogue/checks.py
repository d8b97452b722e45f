"""Pure refusals of the catalogue: what a product must carry before it is listed."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def nothing_missing(facts: Facts) -> Iterable[Refusal]:
    """Every fault of the form at once (D26-2, D47-A1.2-5)."""
    return tuple(facts.get("faults", ()))


def supplier_registered(facts: Facts) -> Refusal | None:
    """A product is listed when its supplier is registered (D47-5.3)."""
    if facts.get("supplier_state") == "registered":
        return None
    return Refusal(
        "supplier_not_registered", "供应商尚未完成注册，产品不能上架。", "D47-5.3", "请先完成供应商注册审核。"
    )


def supplier_in_registration(facts: Facts) -> Refusal | None:
    """Listing is asked for together with the registration, not before it (D47-A1.2-5)."""
    if facts.get("supplier_state") in ("city_check", "province_review", "expert_review", "registered"):
        return None
    return Refusal(
        "supplier_not_submitted",
        "供应商注册申请尚未提交，产品暂不能提交上架。",
        "D47-A1.2-5",
        "请先提交供应商注册申请，再提交产品上架申请。",
    )


def nothing_stands_against(facts: Facts) -> Iterable[Refusal]:
    """A supplier that is cancelled, barred or suspended lists no products (D47-8.4, D108-4, D26-4)."""
    return tuple(facts.get("sanctions", ()))


def says_why(facts: Facts) -> Refusal | None:
    """A return or a delisting states at least one reason (S6)."""
    if facts.get("reasons"):
        return None
    return Refusal(
        "reason_missing",
        "没有填写理由。",
        "D47-5.20",
        "请至少选择或填写一条理由，并一次性列全。",
        field="reasons",
    )


def not_own_submission(facts: Facts) -> Refusal | None:
    """Who submitted doesn't review (S3)."""
    if facts.get("submitted_by") and facts["submitted_by"] == facts.get("person"):
        return Refusal("own_submission", "提交人不能审核自己提交的产品。", "D47-5.4", "请由其他经办人办理。")
    return None

"""关联关系申报 on the supplier's pages: whether it is related to the enterprise, how, and the vow (D47-5.23)."""

from __future__ import annotations

from typing import Any

from yunquan.desks.shared.typed import Ask, Typed
from yunquan.kernel.refusal import Refusal
from yunquan.vouchers.actions import Declares
from yunquan.vouchers.relating import declared_by_supplier

RELATION = (
    Ask(
        "relation",
        "贵单位与该企业",
        kind="radio",
        choices=(("no", "不存在关联关系"), ("yes", "存在关联关系")),
        hint="母子公司、同一控制人、共同股东、主要人员相同等；参照《企业会计准则第 36 号》",
    ),
    Ask("related_party_note", "关联关系说明", kind="area", must=False, hint="存在关联关系时必填"),
    Ask(
        "fair_price_vowed",
        "本单位承诺合同金额为市场公平合理价格",
        kind="tick",
        must=False,
        hint="关联交易须承诺",
    ),
)


def begun(voucher: Any) -> Typed:
    """What the supplier declared last, as the form shows it; nothing where it has not been asked."""
    last = declared_by_supplier(voucher)
    if last is None:
        return {}
    return {
        "relation": "yes" if last.is_related else "no",
        "related_party_note": last.note,
        "fair_price_vowed": "1" if last.fair_price_vowed else "",
    }


def heard(typed: Typed) -> Declares | None:
    """What is declared; None where nothing was chosen."""
    if typed.get("relation") not in ("yes", "no"):
        return None
    return Declares(
        is_related=typed["relation"] == "yes",
        note=str(typed.get("related_party_note") or ""),
        fair_price_vowed=bool(typed.get("fair_price_vowed")),
    )


def not_chosen(typed: Typed) -> list[Refusal]:
    """On the page the supplier says one or the other."""
    if heard(typed) is not None:
        return []
    message = "请选择贵单位与该企业是否存在关联关系。"
    mend = "应披露未披露且有违公平交易的，会取消当期及下一期资格。"
    return [Refusal("missing", message, "D47-5.23", mend, "relation")]

"""代付说明: the step of a claim that names other firms in its papers and says how they are related (D47-5.14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from yunquan.desks.shared.typed import Ask, Blank, Typed
from yunquan.policy.settlement import CODES
from yunquan.policy.substitutes import PARTS, RELATIONS
from yunquan.vouchers.claiming import understand_claim
from yunquan.vouchers.findings import Stranger, strangers

HALF = "col-12 col-md-6"
# What is said beside a paper of another firm doesn't keep the clerk on that page: it is explained on this one.
EXPLAINED_HERE = frozenset(CODES.values())
_STANDS = {
    "accepted": ("已说明，审核人已认可", "good"),
    "proven": ("已说明并附证明，由审核人核对", "good"),
    "unproven": ("已说明，缺少证明", "bad"),
    "another": ("还没有说明", "bad"),
}


def parties_blank() -> Blank:
    """Another firm in the papers: where it stands, who it is, how it is related, and what proves that."""
    kinds = {"issuer": "发票", "buyer": "发票", "payee": "付款", "payer": "付款"}
    parts = [(part, f"{kinds[part]}的{word}") for part, (word, _whose, _article) in PARTS.items()]
    return Blank(
        rows={
            "parties": (
                Ask("part", "出现在哪里", kind="choice", choices=parts, width=HALF),
                Ask(
                    "relation",
                    "与本券当事方的关系",
                    kind="choice",
                    choices=tuple(RELATIONS.items()),
                    width=HALF,
                    hint="开具方、收款方说明与供应商的关系，购买方、付款方说明与本单位的关系",
                ),
                Ask("name", "单位名称", width=HALF, hint="与发票或回单上的一致"),
                Ask("uscc", "统一社会信用代码", must=False, width=HALF, hint="发票上有税号的请填写"),
                Ask("reason", "说明", kind="area", hint="例如“由集团财务统一付款”"),
                Ask(
                    "file",
                    "证明材料",
                    kind="file",
                    hint="工商登记的股权信息、分公司营业执照、准予变更登记通知书等，由审核人核对",
                ),
            )
        }
    )


def found(voucher: Any, typed: Typed) -> list[Stranger]:
    """The other firms in what is typed so far."""
    return strangers(voucher, understand_claim(typed))


def codes(voucher: Any, typed: Typed) -> set[str]:
    """The codes of the checks that another firm in the papers fails, or waits in."""
    return {CODES[one.part] for one in found(voucher, typed)}


def is_needed(voucher: Any, typed: Typed) -> bool:
    """Whether there is anything to explain, or somebody began to."""
    return bool(found(voucher, typed)) or any(_is_filled(row) for row in typed.get("parties") or [])


def begun(voucher: Any, typed: Typed) -> Typed:
    """The typed claim with a row begun for each firm that nobody has explained yet."""
    rows = [row for row in typed.get("parties") or [] if _is_filled(row)]
    if rows:
        return typed
    return typed | {
        "parties": [
            {"part": one.part, "name": one.name, "uscc": one.code if len(one.code) == 18 else ""}
            for one in found(voucher, typed)
        ]
    }


def shown(voucher: Any, typed: Typed) -> list[dict[str, str]]:
    """Each of these firms in a sentence, and whether it was explained."""
    rows = []
    for one in found(voucher, typed):
        stands, tone = _STANDS[one.standing]
        rows.append({"message": one.message, "stands": stands, "tone": tone, "article": PARTS[one.part][2]})
    return rows


def _is_filled(row: Mapping[str, Any]) -> bool:
    return any(str(value or "").strip() for value in row.values())

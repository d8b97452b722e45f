"""Which rules a replay works with, and which it leaves out, said openly."""

from __future__ import annotations

from collections.abc import Iterable

REPLAYED = (
    "award.cap.",
    "award.line_rule",
    "award.cumulative_ceiling",
    "award.certification_bonus",
    "catalogue.edition",
    "eligibility.region",
    "eligibility.age_years",
    "eligibility.least_revenue",
    "eligibility.place_of_implementation",
    "eligibility.contract_signed_after",
    "settlement.invoice_rule",
    "settlement.paid_contract_ratio",
    "settlement.priority_classes",
)
OF_ELIGIBILITY = "eligibility."
BONUS, EDITION = "award.certification_bonus", "catalogue.edition"
_WORDS = {
    "award.size_when_not_stated": "每张券都记有申领时的企业规模，这项只影响没有说明规模的申请",
    "catalogue.service.": "应用服务的名称和说明不影响金额和资格",
    "programme.quota_factor": "发放额度由省厅逐市下达，倍数改变后要另行下达才有影响",
    "eligibility.clean_years": "平台只记企业近年有无违法违规，不记日期，年数改变后无法重新判断",
    "eligibility.one_fund_only": "是否另获其他专项资金只在申请时声明，没有单独保存",
    "strikes.": "暂停、取消申领资格取决于当时的未兑现次数，没有重演",
    "usage.": "行为数据的判定要重算记录，请用“行为数据”的试算",
    "settlement.": "这项只改变办理的步骤或时间，不改变金额",
    "review.": "这项只改变办理期限",
    "inspection.": "抽查由另外的抽取和检查决定",
    "suppliers.": "供应商注册不在本试算内",
    "pilots.": "试点示范不在本试算内",
    "goals.": "这项只用于统计目标",
    "reasons.": "退回理由不影响金额和资格",
}
# What no replay can show, whatever is changed.
ALWAYS = (
    "企业的反应：没有申领的企业会不会来、已申领的会不会改合同或改选服务，都没有假设。",
    "窗口和办理期限：申领、兑现是否在规定时间内到达，按实际到达的时间，不因规则值改变。",
    "资格条件按企业现在登记的资料判断；申领后资料变更过、原规则下也不符合的，另列不计入。",
    "草稿、退回待改、已驳回、已撤销、已作废和不予兑付的不占额度，不在试算内，只列张数。",
)


def is_replayed(key: str) -> bool:
    """Whether a replay shows what a change of this rule does."""
    return any(key == one or (one.endswith(".") and key.startswith(one)) for one in REPLAYED)


def left_out(keys: Iterable[str]) -> dict[str, str]:
    """The rules among these that a replay does not work with, each with the reason."""
    told = {}
    for key in keys:
        if not is_replayed(key):
            words = (said for head, said in _WORDS.items() if key.startswith(head))
            told[key] = next(words, "这项规则不影响奖补、资格和结算检查")
    return told

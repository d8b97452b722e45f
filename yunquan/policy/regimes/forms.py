"""How the values of an inspection regime are written: who runs it, its tables, its outcomes and their effects."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from yunquan.policy.values import Count, Form, Ratio, Switch, Words, fault

Party = Literal[
    "province", "city", "county", "enterprise", "supplier", "technical_expert", "finance_expert", "third_party",
]  # fmt: skip
PARTIES: dict[str, str] = {
    "province": "省级主管部门",
    "city": "地市主管部门",
    "county": "县区主管部门",
    "enterprise": "工业企业",
    "supplier": "供应商",
    "technical_expert": "技术专家",
    "finance_expert": "财务专家",
    "third_party": "第三方机构",
}
Table = Literal["finance", "on_site"]
TABLES: dict[str, str] = {"finance": "供应商财务抽查", "on_site": "工业企业现场抽查"}
Mode = Literal["on_site", "remote"]
MODES: dict[str, str] = {"on_site": "现场", "remote": "在线（远程）"}
# What an outcome does; each is an action of its own, and all of one outcome take effect in one transaction.
Effect = Literal[
    "voucher_revoked",
    "supplier_vouchers_revoked",
    "supplier_vouchers_checked_first",
    "supplier_standing_cancelled",
    "supplier_barred",
    "enterprise_barred",
    "recovery",
    "advice",
    "rectification",
    "benchmark_candidate",
    "excellent_supplier_candidate",
]
EFFECTS: dict[str, str] = {
    "voucher_revoked": "取消该服务券的奖补资格",
    "supplier_vouchers_revoked": "取消该供应商全部服务券的奖补资格",
    "supplier_vouchers_checked_first": "重点核查该供应商的其他服务券",
    "supplier_standing_cancelled": "取消供应商资格",
    "supplier_barred": "供应商限期不得申请财政扶持项目",
    "enterprise_barred": "企业限期不得申请财政扶持项目",
    "recovery": "追回已兑付的奖补资金",
    "advice": "反馈专家意见",
    "rectification": "限期整改并复查",
    "benchmark_candidate": "列为标杆培育企业",
    "excellent_supplier_candidate": "供应商列为优秀服务商培育对象",
}


class Presence(Form):
    """Who has to be there, who may, and who must not; a party stands in one list at most."""

    must: list[Party]
    may: list[Party] = []
    never: list[Party] = []

    @model_validator(mode="after")
    def _one_list_each(self) -> Self:
        named = [*self.must, *self.may, *self.never]
        twice = sorted({one for one in named if named.count(one) > 1})
        if twice:
            raise fault(f"{'、'.join(twice)} 只能列在 must、may、never 之一")
        return self


class Criterion(Form):
    """One row of a check table: what is looked at and when it is met."""

    code: Words
    label: Words
    standard: Words
    # Rows of kind `functions` are asked for each service, by `inspection.functions.<n>`.
    kind: Literal["finding", "functions", "amount", "conclusion"] = "finding"


class CheckTable(Form):
    """One official table: its title, its rows, and who signs it."""

    title: Words
    per: Literal["voucher", "contract"]
    rows: list[Criterion] = Field(min_length=1)
    signers: list[Party] = Field(min_length=1)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        codes = [row.code for row in self.rows]
        if len(set(codes)) < len(codes):
            raise fault("同一张表内各项的 code 不能重复")
        if [row.kind for row in self.rows].count("conclusion") != 1:
            raise fault("每张表须有且只有一项 conclusion（整体结论）")
        return self


class Category(Form):
    """The functions of one category: all basic ones, and at least so many of the extended ones."""

    name: Words
    basic: list[Words] = []
    extended: list[Words] = []
    least_extended: Count = 1

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.least_extended > len(self.extended):
            raise fault(f"扩展功能只列了 {len(self.extended)} 项，不能要求 {self.least_extended} 项")
        return self


class Categories(Form):
    """The categories of one service of the catalogue; any one of them is enough where there are several."""

    categories: list[Category] = Field(min_length=1)


class Outcome(Form):
    """What a conclusion leads to: its grounds, its effects, for how many years bars hold (0 = for good)."""

    code: Words
    label: Words
    qualified: Switch
    grounds: list[Words] = []
    effects: list[Effect] = []
    years: Count | None = None

    @model_validator(mode="after")
    def _bars_have_a_time(self) -> Self:
        bars = {"supplier_barred", "enterprise_barred"} & set(self.effects)
        if bool(bars) != (self.years is not None):
            raise fault("有限期的处置须写 years（0 为不设期限），没有限期的不写")
        if not self.qualified and not self.grounds:
            raise fault("不合格的结论须写明 grounds（情形）")
        return self


class Outcomes(Form):
    outcomes: list[Outcome] = Field(min_length=1)

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        codes = [one.code for one in self.outcomes]
        if len(set(codes)) < len(codes):
            raise fault("各结论的 code 不能重复")
        if not any(one.qualified for one in self.outcomes) or all(one.qualified for one in self.outcomes):
            raise fault("须既有合格的结论，也有不合格的结论")
        return self


class Weight(Form):
    """How much more likely a voucher is drawn for a reason that the platform computes."""

    reason: Literal[
        "never_inspected", "supplier_failed_before", "large_award", "open_complaint", "strong_anomaly",
        "price_out_of_line", "related_party", "alike_documents", "checked_first",
    ]  # fmt: skip
    label: Words
    add: Count
    share: Ratio | None = None


class Weights(Form):
    """Weight 1 for each voucher, and more for each reason, at most 64 together."""

    reasons: list[Weight] = []


class Draw(Form):
    """How vouchers are picked: by chance, by hand with a reason, or both; by what the strata are told apart."""

    random: Switch
    mandatory: Switch
    strata: list[Literal["city", "service", "supplier"]] = []
    least_share: Ratio | None = None


class Listing(Form):
    """A list of short lines, such as a checklist that is signed at each visit."""

    lines: list[Words] = Field(min_length=1)


class SelfCheckForm(Form):
    """Who files which table until when in the self-check; days after the round is opened.

    Beside what is claimed stand the platform's own records of the last `window_days`: with fewer than
    `least_covered_days` of them covered they say nothing, with no active day idle, below the share low use.
    """

    supplier_days: Count
    city_days: Count
    window_days: Count
    least_covered_days: Count
    low_use_share: Ratio
    states: dict[str, Words]
    supplier_columns: list[Words]
    city_columns: list[Words]


class ReportOutline(Form):
    """The chapters of a report by outline."""

    chapters: list[Words] = Field(min_length=1)

"""Who may apply: every reason against it at once, each with its article (D47-4.1, D47-4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from yunquan.kernel.money import format_wan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.values import SignedAfter


@dataclass(frozen=True, slots=True)
class EnterpriseFacts:
    """What an enterprise states about itself; None where it has stated nothing yet. Money in fen."""

    region_code: str | None
    is_legal_person: bool | None
    established_on: date | None
    last_year_revenue_fen: int | None
    last_breach_on: date | None = None


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """What an application states about its contract; None where it has stated nothing yet."""

    contract_signed_on: date | None
    implementation_region_code: str | None
    draws_on_other_fund: bool | None


def enterprise_refusals(facts: EnterpriseFacts, rulebook: Rulebook, on: date) -> list[Refusal]:
    """Say every reason why the enterprise isn't eligible on a day, by what the pack asks."""
    refusals: list[Refusal] = []
    region = rulebook.find("eligibility.region", on)
    if region is not None:
        name = region.value.name
        if not facts.region_code or not facts.region_code.startswith(region.value.code):
            refusals.append(
                Refusal(
                    "not_registered_here",
                    f"企业不是在{name}登记注册的",
                    region.article,
                    f"选择营业执照上的登记地；登记地不在{name}的企业不能申领",
                    "region",
                )
            )
        if not facts.is_legal_person:
            refusals.append(
                Refusal(
                    "not_legal_person",
                    "企业没有独立法人资格",
                    region.article,
                    "请由具有独立法人资格的企业申领，分公司由总公司申领",
                    "is_legal_person",
                )
            )
    refusals += _age_refusals(facts, rulebook, on)
    revenue = rulebook.find("eligibility.least_revenue", on)
    if revenue is not None:
        least = format_wan(revenue.value)
        if facts.last_year_revenue_fen is None:
            refusals.append(
                Refusal(
                    "revenue_missing",
                    "没有填写上年度主营业务收入",
                    revenue.article,
                    "按审计报告填写",
                    "revenue",
                )
            )
        elif facts.last_year_revenue_fen < revenue.value:
            refusals.append(
                Refusal(
                    "revenue_too_low",
                    f"上年度主营业务收入 {format_wan(facts.last_year_revenue_fen)}，低于 {least}",
                    revenue.article,
                    f"达到 {least}后再申领；如果填错，请按审计报告改正",
                    "revenue",
                )
            )
    clean = rulebook.find("eligibility.clean_years", on)
    breach_on = facts.last_breach_on
    if clean is not None and breach_on is not None and years_after(breach_on, clean.value) > on:
        refusals.append(
            Refusal(
                "breach_with_public_funds",
                f"企业在 {breach_on} 有财政资金方面的严重违法违规记录，不满 {clean.value} 年",
                clean.article,
                f"{years_after(breach_on, clean.value)} 起可以申领",
                "last_breach_on",
            )
        )
    return refusals


def project_refusals(facts: ProjectFacts, rulebook: Rulebook, on: date) -> list[Refusal]:
    """Say every reason why the contract's project isn't eligible for an application on a day."""
    refusals: list[Refusal] = []
    place = rulebook.find("eligibility.place_of_implementation", on)
    if place is not None:
        code = facts.implementation_region_code
        if not code or not code.startswith(place.value.code):
            refusals.append(
                Refusal(
                    "implemented_elsewhere",
                    f"实施地点不在{place.value.name}内",
                    place.article,
                    f"填写{place.value.name}内的实施地点；在省外实施的项目不能申领",
                    "implementation_region",
                )
            )
    signed = rulebook.find("eligibility.contract_signed_after", on)
    if signed is not None:
        refusals += _signing_refusals(facts.contract_signed_on, signed.value, signed.article, on)
    one_fund = rulebook.find("eligibility.one_fund_only", on)
    if one_fund is not None and one_fund.value and facts.draws_on_other_fund is not False:
        refusals.append(
            Refusal(
                "other_fund",
                "没有确认本项目未获其他专项资金支持"
                if facts.draws_on_other_fund is None
                else "同一项目已申报其他专项资金，不能重复申报",
                one_fund.article,
                "确认没有重复申报；已获其他专项资金的内容请从合同费用中剔除",
                "draws_on_other_fund",
            )
        )
    return refusals


def years_after(day: date, years: int) -> date:
    """Give the same day so many years later; 29 February becomes 1 March in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def _age_refusals(facts: EnterpriseFacts, rulebook: Rulebook, on: date) -> list[Refusal]:
    age = rulebook.find("eligibility.age_years", on)
    if age is None:
        return []
    if facts.established_on is None:
        return [
            Refusal(
                "established_missing", "没有填写成立日期", age.article, "按营业执照填写", "established_on"
            )
        ]
    full_on = years_after(facts.established_on, age.value)
    if full_on <= on:
        return []
    return [
        Refusal(
            "too_young",
            f"企业成立于 {facts.established_on}，到申请日 {on} 不满 {age.value} 年",
            age.article,
            f"{full_on} 起可以申领",
            "established_on",
        )
    ]


def _signing_refusals(signed_on: date | None, rule: SignedAfter, article: str, on: date) -> list[Refusal]:
    field = "contract_signed_on"
    if signed_on is None:
        return [Refusal("signing_missing", "没有填写合同签订日期", article, "按合同填写签订日期", field)]
    if signed_on > on:
        return [
            Refusal(
                "signed_in_future", f"合同签订日期 {signed_on} 晚于申请日 {on}", article, "检查日期", field
            )
        ]
    if signed_on < rule.day or (signed_on == rule.day and not rule.day_counts):
        limit = f"{rule.day} 起" if rule.day_counts else f"{rule.day} 之后"
        return [
            Refusal(
                "signed_too_early",
                f"合同签订于 {signed_on}，应在 {limit}签订",
                article,
                f"只有{limit}签订的合同可以申领",
                field,
            )
        ]
    return []

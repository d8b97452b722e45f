"""How much a voucher is worth: every ceiling kept, and the one that binds named."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from yunquan.kernel.money import format_wan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.policy.rulebook import Dated, NotInForce, Rulebook, Service
from yunquan.policy.values import SIZE_LABELS, Cap

FEE, CAP, EXCLUDED, CUMULATIVE, CONTRACT = "fee", "cap", "excluded", "cumulative", "contract"


@dataclass(frozen=True, slots=True)
class AwardLine:
    """One service line of a contract; money in fen.

    `service` is the number in the catalogue or its Chinese name; `devices` only where it counts them;
    `contract_fen` is the contract's amount, used where the decree limits the award by it.
    """

    service: int | str
    fee_fen: int
    devices: int | None = None
    contract_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One limit that an award had to keep, in fen, in words, with its article."""

    kind: str
    amount_fen: int
    label: str
    article: str


@dataclass(frozen=True, slots=True)
class LineAward:
    """What one line is awarded, with every ceiling and the one that binds."""

    number: int
    name: str
    fee_fen: int
    devices: int | None
    award_fen: int
    binding: str
    ceilings: tuple[Ceiling, ...]
    exclusion_group: str | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Award:
    """What a voucher is worth (`award_fen`), and why: steps in Chinese, articles, rule version."""

    lines: tuple[LineAward, ...]
    sum_fen: int
    award_fen: int
    ceiling_fen: int
    room_fen: int
    is_cut: bool
    binding: str
    steps: tuple[str, ...]
    articles: tuple[str, ...]
    edition: str
    rule_version: str

    @property
    def explanation(self) -> str:
        """The one sentence to show beside the amount."""
        return self.steps[-1]


def line_refusals(lines: Sequence[AwardLine], rulebook: Rulebook, applied_on: date) -> list[Refusal]:
    """Say everything that is wrong with the lines of one contract (D47-A1.3), field by field."""
    try:
        line_rule = rulebook.value("award.line_rule", applied_on)
        services = {service.number: service for service in rulebook.services(applied_on)}
    except NotInForce as absent:
        return [Refusal("not_in_force", str(absent), "D47-4.4.1", "请检查申请日期", "applied_on")]
    article = line_rule.article
    if not lines:
        return [
            Refusal("no_lines", "没有填写应用服务", article, "至少填写一项应用服务和它的上云费用", "lines")
        ]
    refusals: list[Refusal] = []
    seen: set[int] = set()
    for place, line in enumerate(lines):
        where = f"lines.{place}."
        service = _service(line.service, services)
        if line.fee_fen <= 0:
            refusals.append(
                Refusal(
                    "fee_not_positive",
                    "上云费用必须大于零",
                    article,
                    "填写合同中这一项的上云费用",
                    where + "fee",
                )
            )
        if service is None:
            refusals.append(
                Refusal(
                    "unknown_service",
                    f"目录中没有“{line.service}”这项应用服务",
                    article,
                    f"从目录的 {len(services)} 项中选择，填序号或名称",
                    where + "service",
                )
            )
            continue
        if service.number in seen:
            refusals.append(
                Refusal(
                    "service_twice",
                    f"“{service.name}”在同一份合同中出现了两次",
                    article,
                    "把同一项服务的费用合并成一行",
                    where + "service",
                )
            )
        seen.add(service.number)
        if service.counts_devices and (line.devices is None or line.devices <= 0):
            refusals.append(
                Refusal(
                    "devices_missing",
                    f"“{service.name}”按联网设备台套数计算，需要填写台套数",
                    service.cap_article,
                    "填写合同中的联网设备台套数（正整数）",
                    where + "devices",
                )
            )
        if not service.counts_devices and line.devices is not None:
            refusals.append(
                Refusal(
                    "devices_not_counted",
                    f"“{service.name}”不按联网设备计算，不需要填写台套数",
                    service.cap_article,
                    "把台套数留空",
                    where + "devices",
                )
            )
    return refusals


def award(
    lines: Sequence[AwardLine],
    rulebook: Rulebook,
    applied_on: date,
    already_awarded_fen: int = 0,
    enterprise_size: str | None = None,
    *,
    taken_groups: Collection[str] = (),
) -> Award:
    """Compute a voucher's award by the rules of its application day (D47-4.4.2, D47-4.4.3).

    `already_awarded_fen` is what the enterprise's earlier vouchers of the cycle were awarded, in fen;
    `taken_groups` are exclusion groups that it has used up. Raises Refused with every reason.
    """
    refusals = line_refusals(lines, rulebook, applied_on)
    if refusals:
        raise Refused(refusals)
    services = {service.number: service for service in rulebook.services(applied_on)}
    line_rule = rulebook.value("award.line_rule", applied_on)
    size = size_in_force(enterprise_size, rulebook, applied_on)
    taken = set(taken_groups)
    awarded: list[LineAward] = []
    for line in lines:
        service = _service(line.service, services)
        assert service is not None
        awarded.append(_line_award(line, service, line_rule, rulebook, size, taken))
        if service.cap.exclusion_group is not None:
            taken.add(service.cap.exclusion_group)
    ceiling = rulebook.value("award.cumulative_ceiling", applied_on)
    ceiling_fen = ceiling.value.for_size(size)
    room_fen = max(0, ceiling_fen - already_awarded_fen)
    sum_fen = sum(line.award_fen for line in awarded)
    is_cut = sum_fen > room_fen
    # Where the decree limits a line by the contract's amount, its lines together keep it too (as the draft does).
    contracts = [line.contract_fen for line in lines if line.contract_fen is not None]
    by_contract = line_rule.value.limit == "contract_amount" and bool(contracts)
    contract_fen = max(contracts) if by_contract else None
    over_contract = contract_fen is not None and contract_fen < min(sum_fen, room_fen)
    award_fen = contract_fen if over_contract and contract_fen is not None else min(sum_fen, room_fen)
    cap_articles = {
        article: None for article in sorted({services[line.number].cap_article for line in awarded})
    }
    articles = [line_rule.article, *cap_articles, *([ceiling.article] if is_cut else [])]
    return Award(
        lines=tuple(awarded),
        sum_fen=sum_fen,
        award_fen=award_fen,
        ceiling_fen=ceiling_fen,
        room_fen=room_fen,
        is_cut=is_cut,
        binding=";".join(
            [line.binding for line in awarded]
            + ([CUMULATIVE] if is_cut else [])
            + ([CONTRACT] if over_contract else [])
        ),
        steps=(
            *_steps(awarded, sum_fen, min(sum_fen, room_fen), already_awarded_fen, ceiling, ceiling_fen),
            *([f"{format_wan(award_fen)}，受限于合同金额（{line_rule.cited}）"] if over_contract else []),
        ),
        articles=tuple(dict.fromkeys(articles)),
        edition=rulebook.edition(applied_on),
        rule_version=rulebook.version,
    )


def size_in_force(stated: str | None, rulebook: Rulebook, on: date) -> str | None:
    """Give the enterprise's size, or the one that the pack lays down where none is stated."""
    if stated is not None:
        return stated
    default = rulebook.find("award.size_when_not_stated", on)
    return default.value if default is not None else None


def bonus_refusals(
    rulebook: Rulebook, on: date, *, is_certified: bool, had_provincial_award: bool, had_bonus: bool
) -> list[Refusal]:
    """Say why an enterprise gets no certification bonus (D47-4.4.5); empty when it does."""
    bonus = rulebook.find("award.certification_bonus", on)
    if bonus is None:
        return [Refusal("no_bonus", "现行规则没有贯标奖补", "D47-4.4.5")]
    refusals = []
    if not is_certified:
        refusals.append(Refusal("not_certified", "企业没有通过两化融合管理体系贯标评定", bonus.article))
    if had_provincial_award:
        refusals.append(Refusal("awarded_elsewhere", "企业已获得省财政贯标评定奖补", bonus.article))
    if had_bonus:
        refusals.append(
            Refusal("bonus_given", "贯标奖补只随首次审核通过的兑现给一次，首次兑现已经办过", bonus.article)
        )
    return refusals


def bonus_fen(rulebook: Rulebook, on: date) -> int:
    """Give the certification bonus in force on a day, in fen; 0 where the decree has none."""
    bonus = rulebook.find("award.certification_bonus", on)
    return bonus.value if bonus is not None else 0


def cap_fen(cap: Cap, size: str | None, devices: int | None) -> int:
    """Give a cap in fen for an enterprise's size and number of networked devices."""
    amount = cap.for_size(size)
    return amount * (devices or 0) if cap.per == "device" else amount


def _service(wanted: int | str, services: dict[int, Service]) -> Service | None:
    text = str(wanted).strip()
    return next((one for one in services.values() if text in (str(one.number), one.name)), None)


def _line_award(
    line: AwardLine,
    service: Service,
    line_rule: Dated,
    rulebook: Rulebook,
    size: str | None,
    taken: Collection[str],
) -> LineAward:
    cap = service.cap
    limit_fen, limit_label = line.fee_fen, "合同约定的上云费用"
    if line_rule.value.limit == "contract_amount" and line.contract_fen is not None:
        limit_fen, limit_label = line.contract_fen, "合同金额"
    if cap.ratio != 1:
        limit_fen = limit_fen * cap.ratio.numerator // cap.ratio.denominator
        limit_label += f"的 {_percent(cap.ratio)}"
    fee = Ceiling(FEE, limit_fen, limit_label, line_rule.article)
    capped = Ceiling(
        CAP, cap_fen(cap, size, line.devices), _cap_label(cap, size, line.devices), service.cap_article
    )
    ceilings: tuple[Ceiling, ...] = (fee, capped)
    binding = fee if fee.amount_fen <= capped.amount_fen else capped
    if cap.exclusion_group is not None and cap.exclusion_group in taken:
        binding = Ceiling(EXCLUDED, 0, f"同组应用（{cap.exclusion_group}）已享受过奖补", service.cap_article)
        ceilings = (*ceilings, binding)
    return LineAward(
        number=service.number,
        name=service.name,
        fee_fen=line.fee_fen,
        devices=line.devices,
        award_fen=binding.amount_fen,
        binding=binding.kind,
        ceilings=ceilings,
        exclusion_group=cap.exclusion_group,
        explanation=f"{format_wan(binding.amount_fen)}，受限于{binding.label}（{rulebook.cite(binding.article)}）",
    )


def _percent(ratio: object) -> str:
    return f"{float(ratio) * 100:g} %"  # type: ignore[arg-type]


def _cap_label(cap: Cap, size: str | None, devices: int | None) -> str:
    graded = f"{SIZE_LABELS[size]}的" if cap.by_size is not None and size is not None else ""
    if cap.per == "device":
        return f"{graded}奖补上限（每台套 {format_wan(cap.for_size(size))} × {devices} 台套）"
    return f"{graded}奖补上限 {format_wan(cap.for_size(size))}"


def _steps(
    awarded: Sequence[LineAward],
    sum_fen: int,
    award_fen: int,
    already_fen: int,
    ceiling: Dated,
    ceiling_fen: int,
) -> list[str]:
    steps = [f"{line.name}：{line.explanation}" for line in awarded]
    if len(awarded) > 1:
        steps.append(f"各项合计 {format_wan(sum_fen)}")
    if award_fen < sum_fen:
        room = f"本周期累计上限 {format_wan(ceiling_fen)}"
        if already_fen:
            room += f"减去此前已核定的 {format_wan(already_fen)}"
        steps.append(f"{format_wan(award_fen)}，受限于{room}（{ceiling.cited}）")
    elif len(awarded) == 1:
        steps.append(awarded[0].explanation)
    else:
        steps.append(
            f"{format_wan(award_fen)}，为各项之和，未超过上限 {format_wan(ceiling_fen)}（{ceiling.cited}）"
        )
    return steps

"""Twin contracts: one deal between the same two firms cut into several, each below the cap (D47-4.4.2, D47-5.8)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.policy.contracts import normalise_contract_number, normalise_name

ARTICLE = "D47-4.4.2"
# Two deals within a quarter may be one deal; the nearer, the likelier.
MOST_DAYS = 92
NEAR = 0.8
# Every contract of a pair is held against the ones before it; a pair with more than these has other trouble.
_MOST_OF_A_PAIR = 64

_PARTY = re.compile(r"([甲乙])\s*方\s*(?:\([^)\n]{0,12}\))?\s*:\s*([^\n\s,;。、:]{2,60})")
_NUMBER = re.compile(r"合同编?号\s*:?\s*([A-Za-z0-9\u4e00-\u9fff][\w\-/()]{2,40})")
_CLOUD = re.compile(
    r"上云上平台.{0,2}费用\s*(?:合计|总计|共计)?\s*:?\s*(?:人民币)?\s*¥?\s*([\d,]+(?:\.\d{1,2})?)\s*元"
)
_DAY = re.compile(
    r"(?:日期|签订于|签订日期|签署日期)\s*:?\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})"
)
_SUM = re.compile(r"([\d,]{3,}(?:\.\d{1,2})?)")
_DEVICES = re.compile(r"联网设备\s*(?:共|合计)?\s*(\d{1,6})\s*(?:台|套)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What of a contract matters here; fees by service in fen, devices where it counts them."""

    name: str
    enterprise: str
    supplier: str
    number: str = ""
    signed_on: date | None = None
    fees: Mapping[str, int]
    devices: int | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """The cap of a service in fen, for the whole service or for each networked device."""

    fen: int
    per_device: bool = False

    def for_devices(self, devices: int | None) -> int | None:
        """The cap in fen, or None where it depends on devices that nobody counted."""
        if not self.per_device:
            return self.fen
        return self.fen * devices if devices else None


@dataclass(frozen=True, slots=True)
class Twins:
    """Two contracts of a pair that together pass a cap that each alone keeps."""

    one: str
    other: str
    service: str
    fees_fen: tuple[int, int]
    cap_fen: int
    days_apart: int | None
    score: float
    why: str
    article: str = ARTICLE


def twins(contracts: Sequence[Outline], caps: Mapping[str, Cap]) -> tuple[Twins, ...]:
    """Every two contracts of the same two firms that look like one deal split near a cap; a hint, no verdict."""
    pairs: defaultdict[tuple[str, str], list[Outline]] = defaultdict(list)
    found: list[Twins] = []
    for contract in contracts:
        pair = (normalise_name(contract.enterprise), normalise_name(contract.supplier))
        if not all(pair):
            continue
        for earlier in pairs[pair][-_MOST_OF_A_PAIR:]:
            found += _split(earlier, contract, caps)
        pairs[pair].append(contract)
    return tuple(found)


def _split(one: Outline, other: Outline, caps: Mapping[str, Cap]) -> Iterable[Twins]:
    if one.number and normalise_contract_number(one.number) == normalise_contract_number(other.number):
        return
    apart = abs((one.signed_on - other.signed_on).days) if one.signed_on and other.signed_on else None
    if apart is not None and apart > MOST_DAYS:
        return
    for service in sorted(set(one.fees) & set(other.fees) & set(caps)):
        fees = (one.fees[service], other.fees[service])
        cap = caps[service].for_devices(max(one.devices or 0, other.devices or 0))
        if cap is None or max(fees) > cap or sum(fees) <= cap:
            continue
        near = max(fees) / cap
        score = 0.4 + 0.3 * (near >= NEAR) + 0.3 * (1 - apart / MOST_DAYS if apart is not None else 0.5)
        when = "" if apart is None else f"，签订相隔 {apart} 天"
        why = (
            f"同一企业与同一供应商的两份合同都含“{service}”{when}：费用 {format_yuan(fees[0])} 元和"
            f" {format_yuan(fees[1])} 元，各不超过上限 {format_yuan(cap)} 元，合计超过"
        )
        yield Twins(one.name, other.name, service, fees, cap, apart, round(score, 4), why)


def outline_of(name: str, text: str, services: Iterable[str]) -> Outline | None:
    """The outline of a contract as the annex's form writes it (D47-A1.3); None where parties or fees aren't found."""
    # Runs of blanks are made one, so that no pattern can be led astray in them.
    blanks_once = re.sub(r"[^\S\n]+", " ", unicodedata.normalize("NFKC", text[:60_000]))
    shown = re.sub(r" ?\n[ \n]*", "\n", blanks_once)
    parties: dict[str, str] = {}
    for side, party in _PARTY.findall(shown):
        parties.setdefault(side, re.sub(r"统一社会信用代码.*$", "", party))
    if len(parties) < 2:
        return None
    wanted = list(services)
    fees = _fees(shown, wanted)
    if not fees:
        named = [service for service in wanted if _said(service) in shown]
        cloud = _CLOUD.search(shown)
        total = _fen(cloud[1]) if cloud else None
        if len(named) != 1 or not total:
            return None
        fees = {named[0]: total}
    number, devices = _NUMBER.search(shown), _DEVICES.search(shown)
    return Outline(
        name=name,
        enterprise=parties["甲"],
        supplier=parties["乙"],
        number=number[1] if number else "",
        signed_on=_day(shown),
        fees=fees,
        devices=int(devices[1]) if devices else None,
    )


def _said(service: str) -> str:
    return unicodedata.normalize("NFKC", service)


def _fees(shown: str, services: Iterable[str]) -> dict[str, int]:
    """The sum that stands soon after a service's name, before the next name or the end of the sentence."""
    names = [_said(service) for service in services]
    fees: dict[str, int] = {}
    for service, name in zip(services, names, strict=True):
        place = -1
        while service not in fees and (place := shown.find(name, place + 1)) >= 0:
            after = re.split(r"[。;]", shown[place + len(name) : place + len(name) + 60])[0]
            for other in names:
                after = after.split(other)[0]
            sums = [fen for written in _SUM.findall(after) if (fen := _fen(written)) is not None]
            if sums and ("元" in after or "." in after or "," in after):
                fees[service] = sums[0]
    return fees


def _fen(written: str) -> int | None:
    try:
        return parse_yuan(written)
    except MoneyError:
        return None


def _day(shown: str) -> date | None:
    for year, month, day in reversed(_DAY.findall(shown)):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None

"""The platform's own records beside what a supplier claims: the verdict, and the use of the last days (D858-2.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from yunquan.inspections.selfcheck_checks import said_by_records
from yunquan.policy.regimes import forms
from yunquan.usage.queries import holding, signals_among
from yunquan.usage.recent import recent
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.verification import cases_of

VERDICTS = {"done": "完成", "not_done": "未完成", "not_enough_data": "数据不足", "": "无判定"}
SAID = {"in_use": "有使用", "low_use": "使用较少", "idle": "没有使用", "": "数据不足"}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the records say of one voucher on a day; texts and counts only, as they are hashed."""

    on: str = ""
    verdict: str = ""
    window: int = 0
    covered: int = 0
    active: int = 0
    last_on: str = ""
    says: str = ""
    signals: tuple[str, ...] = ()

    @property
    def verdict_said(self) -> str:
        return VERDICTS.get(self.verdict, self.verdict)

    @property
    def says_said(self) -> str:
        return SAID.get(self.says, self.says)

    @property
    def content(self) -> dict[str, Any]:
        """As it is kept and hashed."""
        return asdict(self) | {"signals": list(self.signals)}


def frozen(kept: Mapping[str, Any]) -> Figures | None:
    """Figures as they were kept with a line (with how the claim differs beside them); None where a table has none."""
    if not kept:
        return None
    told = {name: value for name, value in kept.items() if name != "difference"}
    return Figures(**{**told, "signals": tuple(kept.get("signals", ()))})


def figures_of(vouchers: Sequence[Voucher], form: forms.SelfCheckForm, *, today: date) -> dict[str, Figures]:
    """The records of many vouchers (with their parties, cycle, contract and lines) in a constant number of readings."""
    numbers = [row.number for row in vouchers]
    verdicts, signals = holding(numbers), signals_among(numbers)
    seen = recent(cases_of(vouchers), to_on=today, days=form.window_days)
    found = {}
    for number in numbers:
        verdict, last = verdicts.get(number), seen.get(number)
        covered, active = (last.covered, last.active) if last is not None else (0, 0)
        titles = sorted({str(one.get("label", "")) for one in signals.get(number, ())} - {""})
        found[number] = Figures(
            on=today.isoformat(),
            verdict=str(verdict.outcome) if verdict is not None else "",
            window=form.window_days,
            covered=covered,
            active=active,
            last_on=last.last_on.isoformat() if last is not None and last.last_on is not None else "",
            says=said_by_records(
                active, covered, least_covered=form.least_covered_days, low_share=form.low_use_share
            ),
            signals=tuple(titles),
        )
    return found

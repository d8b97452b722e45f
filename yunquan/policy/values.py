"""The kinds of value a rule may have: how each is written in a pack, and what it becomes."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from yunquan.kernel.citation import Citation, CitationError
from yunquan.kernel.money import FEN_PER_WAN, MoneyError, parse_yuan

SIZES = ("large", "medium", "small", "micro")
SIZE_LABELS = {"large": "大型企业", "medium": "中型企业", "small": "小型企业", "micro": "微型企业"}

_MONEY = re.compile(r"([0-9][0-9,.]*) ?(万元|元)", re.ASCII)
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%", re.ASCII)


def fault(reason: str) -> PydanticCustomError:
    """What is wrong with a value, in words that the reader of a pack is shown."""
    return PydanticCustomError("rule_value", "{reason}", {"reason": reason})


def read_money(written: object) -> int:
    """Read “50 万元” or “500000 元” as fen."""
    if not isinstance(written, str):
        raise fault(f"金额 {written!r} 没有带单位；应写成“50 万元”或“500000 元”")
    found = _MONEY.fullmatch(written.strip())
    if found is None:
        raise fault(f"“{written}”不是带单位的金额；应写成“50 万元”或“500000 元”")
    number, unit = found.groups()
    if unit == "元":
        try:
            return parse_yuan(number)
        except MoneyError as error:
            raise fault(str(error)) from None
    try:
        fen = Decimal(number.replace(",", "")) * FEN_PER_WAN
    except InvalidOperation:
        raise fault(f"“{written}”不是金额；应写成“50 万元”或“500000 元”") from None
    if fen != int(fen) or fen > 10**14:
        raise fault(f"“{written}”不能精确到分或过大；应写成“50 万元”或“500000 元”")
    return int(fen)


def read_ratio(written: object) -> Fraction:
    """Read “90 %” or 1.5 as an exact ratio."""
    if isinstance(written, Fraction):
        return written
    if isinstance(written, str) and (found := _PERCENT.fullmatch(written.strip())):
        return Fraction(found[1]) / 100
    if isinstance(written, int | float | str) and not isinstance(written, bool):
        try:
            ratio = Fraction(str(written).strip())
        except (ValueError, ZeroDivisionError):
            raise fault(f"“{written}”不是比例；应写成“90 %”或 1.5") from None
        if ratio >= 0:
            return ratio
    raise fault(f"“{written}”不是比例；应写成“90 %”或 1.5")


def read_day(written: object) -> date:
    """Read 2018-12-31 as a day."""
    if type(written) is date:
        return written
    if isinstance(written, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII):
        try:
            return date.fromisoformat(written)
        except ValueError:
            pass
    raise fault(f"“{written}”不是日期；应写成 2018-12-31 的样子")


def read_count(written: object) -> int:
    if isinstance(written, bool) or not isinstance(written, int) or written < 0:
        raise fault(f"“{written}”不是数目；应写不带单位的非负整数，例如 30")
    return int(written)


def read_switch(written: object) -> bool:
    if not isinstance(written, bool):
        raise fault(f"“{written}”不是是或否；应写 true 或 false")
    return written


def _article(written: object) -> str:
    try:
        return str(Citation.parse(written if isinstance(written, str) else repr(written)))
    except CitationError as error:
        raise fault(str(error)) from None


Money = Annotated[int, BeforeValidator(read_money)]
Ratio = Annotated[Fraction, BeforeValidator(read_ratio)]
Day = Annotated[date, BeforeValidator(read_day)]
Count = Annotated[int, BeforeValidator(read_count)]
Switch = Annotated[bool, BeforeValidator(read_switch)]
Article = Annotated[str, BeforeValidator(_article)]
Words = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Size = Literal["large", "medium", "small", "micro"]


class Form(BaseModel):
    """A value of several parts: what it doesn't know is a fault, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Tiered(Form):
    """An amount that is one for all or graded by the enterprise's size."""

    amount: Money | None = None
    by_size: dict[Size, Money] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.amount is None) == (self.by_size is None):
            raise fault("应当在 amount（统一的金额）和 by_size（按规模分档）中写且只写一个")
        if self.by_size is not None and set(self.by_size) != set(SIZES):
            raise fault("by_size 应当写全 large、medium、small、micro 四档")
        return self

    def for_size(self, size: str | None) -> int:
        """Give the amount in fen; a graded one needs the size (KeyError without)."""
        if self.amount is not None:
            return self.amount
        assert self.by_size is not None
        return self.by_size[size]  # type: ignore[index]


class Cap(Tiered):
    """The most that one service line may be awarded: an amount, for each device or for all."""

    per: Literal["service", "device"]
    ratio: Ratio = Fraction(1)
    exclusion_group: Words | None = None


class LineRule(Form):
    """What a line's award may not exceed besides the cap: its cloud fee or the contract's amount."""

    limit: Literal["cloud_fee", "contract_amount"]


class QuotaFactor(Form):
    """The quota of a city is its target times a factor between these."""

    least: Ratio
    most: Ratio
    usual: Ratio

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 < self.least <= self.usual <= self.most:
            raise fault("应当满足 0 < least ≤ usual ≤ most")
        return self


class Edition(Form):
    """One edition of the catalogue: which services it lists."""

    id: Words
    title: Words
    services: list[Annotated[int, Field(strict=True, gt=0)]]

    @model_validator(mode="after")
    def _listed_once(self) -> Self:
        if not self.services or len(set(self.services)) != len(self.services):
            raise fault("services 应当列出至少一项服务的序号，且不重复")
        return self


class ServiceText(Form):
    """One service of the catalogue in words."""

    name: Words
    stage: Words
    pains: list[Words]
    scenes: list[Words]
    pains_summary: str = ""
    scenes_summary: str = ""


class Region(Form):
    """A region by name and by the first digits of its division code."""

    name: Words
    code: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2,6}$")]


class SignedAfter(Form):
    """The day after which contracts count, and whether that day itself does."""

    day: Day
    day_counts: Switch


class Reason(Form):
    """One coded reason for sending something back."""

    code: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z_]+$")]
    label: Words
    mend: Words
    article: Article


class Criterion(Form):
    """One criterion of a standard."""

    code: Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z_.]+$")]
    group: Words
    criterion: Words
    article: Article


Step = Literal["city", "experts", "province"]


class ReviewSteps(Form):
    """Who reviews a supplier, in order, and whether the resource pool's are exempt."""

    in_province: list[Step]
    out_of_province: list[Step]
    pool_exempt: Switch


class Ban(Form):
    """How long fraud bars (0 years: for good) and what becomes of the other vouchers."""

    years: Count
    all_vouchers: Literal["lose_award", "recheck_first"]

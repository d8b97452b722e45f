"""What an invented invoice says; the builders beside this file write it in every form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from stdnum.cn import uscc

from yunquan.kernel.money import capitals

SPECIAL, ORDINARY = "电子发票（增值税专用发票）", "电子发票（普通发票）"
OLDER_ORDINARY, OLDER_SPECIAL = "增值税电子普通发票", "增值税电子专用发票"


def tax_number(place: int, *, region: str = "441900") -> str:
    """A number that nobody has, with a valid check digit (GB 32100)."""
    begun = f"91{region}MA{place:07d}"
    return begun + uscc.calc_check_digit(begun)


@dataclass(frozen=True)
class Line:
    """One line; sums in fen."""

    name: str
    net_fen: int
    tax_fen: int
    rate: str = "6%"


@dataclass(frozen=True)
class Paper:
    """An invented invoice; sums in fen, negative where red."""

    kind: str = SPECIAL
    number: str = "26440000000000000018"
    code: str = ""
    day: date = date(2026, 9, 1)
    seller: str = "虚构云服务（测试）有限公司"
    seller_no: str = tax_number(1)
    buyer: str = "虚构五金制品（测试）有限公司"
    buyer_no: str = tax_number(2)
    lines: tuple[Line, ...] = (
        Line("*信息技术服务*云平台服务费", 100_000_00, 6_000_00),
        Line("*信息技术服务*设备上云服务费", 20_000_00, 1_200_00),
    )
    check_code: str = ""
    remark: str = "测试用，非真实发票"
    province: str = "广东"

    @property
    def net_fen(self) -> int:
        return sum(line.net_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        return sum(line.tax_fen for line in self.lines)

    @property
    def gross_fen(self) -> int:
        return self.net_fen + self.tax_fen

    @property
    def digital(self) -> bool:
        return len(self.number) == 20

    @property
    def title(self) -> str:
        return self.kind if self.digital else self.province + self.kind

    def red(self, *, remark: str = "") -> Paper:
        """The red invoice that takes this one back."""
        if self.digital:
            said = f"被红冲蓝字数电票号码：{self.number} 红字发票信息确认单编号：44000026091000000001"
        else:
            said = f"对应正数发票代码:{self.code}号码:{self.number}"
        lines = tuple(replace(line, net_fen=-line.net_fen, tax_fen=-line.tax_fen) for line in self.lines)
        number = f"{int(self.number) + 7:0{len(self.number)}d}"
        return replace(self, number=number, lines=lines, remark=remark or said)


def digital(place: int = 18, **changes: object) -> Paper:
    """A 数电票 with a number of its own."""
    return replace(Paper(number=f"2644{place:016d}"), **changes)  # type: ignore[arg-type]


def older(place: int = 18, **changes: object) -> Paper:
    """An electronic VAT invoice of before 2024, with code and check code."""
    paper = Paper(
        kind=OLDER_ORDINARY,
        code="044001900111",
        number=f"{place:08d}",
        day=date(2019, 5, 6),
        check_code=f"{place:08d}123456789012",
    )
    return replace(paper, **changes)  # type: ignore[arg-type]


def yuan(amount_fen: int) -> str:
    """A sum as invoices write it."""
    return f"{'-' if amount_fen < 0 else ''}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def in_words(amount_fen: int) -> str:
    """The sum in capitals, as invoices print it."""
    return ("（负数）" if amount_fen < 0 else "") + capitals(abs(amount_fen))


def qr_text(paper: Paper) -> str:
    """The text of the QR code, in the layout that belongs to the invoice."""
    stamp = paper.day.strftime("%Y%m%d")
    if paper.digital:
        kind = "31" if paper.kind == SPECIAL else "32"
        return f"01,{kind},,{paper.number},{yuan(paper.gross_fen)},{stamp},,7C1A"
    kind = {"增值税电子普通发票": "10", "增值税电子专用发票": "08", "增值税普通发票": "04"}.get(
        paper.kind, "01"
    )
    return f"01,{kind},{paper.code},{paper.number},{yuan(paper.net_fen)},{stamp},{paper.check_code},5B2D,"

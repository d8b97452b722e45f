"""Contracts of plainly invented firms in the ways in which firms write them, as Word and as PDF."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pylopdf_fonts_zh_cn
import typst

from yunquan.kernel.money import capitals, format_yuan
from yunquan.policy.uscc import make_uscc

_FONTS = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
_PAGE = """#let blocks = json(bytes(sys.inputs.blocks))
#set text(font: ("Noto Sans SC", "Noto Sans CJK SC"), size: 11pt, lang: "zh")
#set page(width: 210mm, height: 297mm, margin: 25mm, header: sys.inputs.head)
#set page(footer: context [第 #counter(page).display() 页 共 #counter(page).final().at(0) 页])
#for block in blocks {
  if type(block) == str {
    if block == "---" { pagebreak() } else { par(justify: true, text(block)) }
  } else {
    table(columns: block.at(0).map(cell => 1fr), ..block.flatten().map(cell => text(cell)))
  }
}
"""
Block = str | list[list[str]]


@dataclass(frozen=True)
class Contract:
    """An invented contract; sums in fen."""

    number: str = "YQ-2018-0017"
    a: str = "虚构五金制品（东莞）有限公司"
    a_no: str = make_uscc(11)
    b: str = "示例云科技（东莞）有限公司"
    b_no: str = make_uscc(12)
    day: date = date(2018, 12, 3)
    total_fen: int = 150_000_00
    fees: tuple[tuple[str, int], ...] = (("生产设备状态监控", 80_000_00), ("生产品质管控", 30_000_00))
    devices: int | None = None
    devices_value_fen: int | None = None

    def but(self, **changes: Any) -> Contract:
        return replace(self, **changes)

    @property
    def cloud_fen(self) -> int:
        return sum(fee for _service, fee in self.fees)

    @property
    def total(self) -> str:
        return format_yuan(self.total_fen)

    @property
    def cloud(self) -> str:
        return format_yuan(self.cloud_fen)

    @property
    def day_words(self) -> str:
        """二〇一八年十二月三日."""
        signs = "〇一二三四五六七八九"

        def said(number: int) -> str:
            tens, ones = divmod(number, 10)
            return ("十" if tens == 1 else signs[tens] + "十" if tens else "") + (signs[ones] if ones else "")

        return f"{''.join(signs[int(sign)] for sign in str(self.day.year))}年{said(self.day.month)}月{said(self.day.day)}日"


def _wan(fen: int) -> str:
    return f"{fen / 1_000_000:g}"


_CLAUSE = (
    "乙方按照附件所列的范围向甲方提供云端软件服务，包括部署、培训和日常维护；甲方应提供必要的场地、网络和人员配合。"
    "任何一方违约的，应按照本合同约定承担责任；因不可抗力不能履行的，双方协商解决。"
)


def annex(c: Contract) -> list[Block]:
    """As the annex's form has it, in sentences."""
    return [
        "广东省工业企业“上云上平台”服务合同", f"合同编号：{c.number}",
        f"甲方：{c.a}", f"统一社会信用代码：{c.a_no}", f"乙方：{c.b}", f"统一社会信用代码：{c.b_no}", _CLAUSE,
        "本合同符合上云上平台应用服务目录：" + "、".join(f"{n}. {name}" for n, (name, _fee) in enumerate(c.fees, 1)) + "。",
        f"本合同金额总计{c.total}元。",
        f"经计算“上云上平台”费用合计{c.cloud}元，其中" + "，".join(
            f"应用服务{n}费用{format_yuan(fee)}元" for n, (_name, fee) in enumerate(c.fees, 1)
        ) + "。",
        "双方签章", f"日期：{c.day:%Y年}{c.day.month}月{c.day.day}日",
    ]  # fmt: skip


def two_columns(c: Contract) -> list[Block]:
    """A table of the parties side by side, fees in a table with a total."""
    return [
        "工业互联网应用服务合同", f"合同号：{c.number}　　签订日期：{c.day}",
        [["", "甲方", "乙方"], ["名称", c.a, c.b], ["统一社会信用代码", c.a_no, c.b_no],
         ["联系地址", "东莞市测试路1号", "东莞市虚构路2号"]],
        _CLAUSE, f"合同总金额：人民币{capitals(c.total_fen)}（¥{c.total}），其中上云费用明细如下：",
        [
            ["序号", "应用服务", "上云上平台费用（元）"],
            *[[str(n), name, format_yuan(fee)] for n, (name, fee) in enumerate(c.fees, 1)],
            ["", "合计", c.cloud],
        ],
        "甲方（盖章）：                    乙方（盖章）：",
    ]  # fmt: skip


def introduced(c: Contract) -> list[Block]:
    """The parties in the first sentence, the day in words."""
    lines = "；".join(f"“{name}”应用服务费用为人民币{format_yuan(fee)}元" for name, fee in c.fees)
    return [
        "技 术 服 务 合 同", f"编号：{c.number}",
        f"本合同由{c.a}（以下简称“甲方”）与{c.b}（以下简称“乙方”）于{c.day_words}在广东省东莞市签订。",
        f"甲方统一社会信用代码：{c.a_no}", f"乙方统一社会信用代码：{c.b_no}", _CLAUSE,
        f"一、本合同总价款为人民币{c.total}元（大写：人民币{capitals(c.total_fen)}），包含税费。",
        f"二、上云上平台费用合计为人民币{c.cloud}元（大写：{capitals(c.cloud_fen)}）：{lines}。",
        "三、甲方应于2019年1月31日前支付首付款50,000.00元；乙方应于2019年3月15日前交付。",
    ]  # fmt: skip


def entrusted(c: Contract) -> list[Block]:
    """委托方（甲方）, with deposit, penalty and instalments that are not the total."""
    return [
        "软件服务委托合同", f"合同编号：{c.number}", "项目编号：XM-2018-999",
        f"委托方（甲方）：{c.a}", f"住所地：东莞市测试路1号  统一社会信用代码：{c.a_no}",
        f"受托方（乙方）：{c.b}", f"住所地：东莞市虚构路2号  统一社会信用代码：{c.b_no}",
        f"签订时间：{c.day.year}年{c.day.month:02d}月{c.day.day:02d}日  有效期限：2018年1月1日至2019年12月31日", _CLAUSE,
        f"1. 合同总额：人民币{capitals(c.total_fen)}（小写：￥{c.total}）。",
        "2. 定金 20,000.00 元，于合同生效后 3 日内支付；质保金为合同总金额的 5%，即 7,500.00 元。",
        "3. 违约金按合同总金额的 20% 计算，但不超过 30,000.00 元；每年维护费 3,600.00 元另计。",
        f"4. 其中上云上平台费用总计 {c.cloud} 元：" + "，".join(f"{name}服务费 {format_yuan(fee)} 元" for name, fee in c.fees) + "。",
        "委托方（盖章）：____________  受托方（盖章）：____________",
    ]  # fmt: skip


def in_wan(c: Contract) -> list[Block]:
    """需方 and 供方, every sum in 万元."""
    return [
        "采购合同", f"合同编号：{c.number}", f"需方：{c.a}", f"供方：{c.b}",
        f"需方纳税人识别号：{c.a_no}", f"供方纳税人识别号：{c.b_no}", f"签约日期：{c.day:%Y.%m.%d}", _CLAUSE,
        f"合同总价：{_wan(c.total_fen)}万元。上云费用合计：{_wan(c.cloud_fen)}万元。", "费用明细（单位：万元）",
        [["服务名称", "服务内容", "费用"],
         *[[name, "云端部署及一年服务", _wan(fee)] for name, fee in c.fees], ["合计", "", _wan(c.cloud_fen)]],
    ]  # fmt: skip


def full_width(c: Contract) -> list[Block]:
    """Figures and signs of full width."""
    wide = str.maketrans("0123456789-.,", "０１２３４５６７８９－．，")
    return [
        "上云服务合同", f"合同编号：{c.number.translate(wide)}",
        f"甲　　方：{c.a}", f"统一社会信用代码：{c.a_no.translate(wide)}",
        f"乙　　方：{c.b}", f"统一社会信用代码：{c.b_no.translate(wide)}",
        f"签订日期：{str(c.day.year).translate(wide)} 年 {str(c.day.month).translate(wide)} 月 {str(c.day.day).translate(wide)} 日",
        f"合同金额总计：{c.total.translate(wide)}元", f"上云上平台费用合计：{c.cloud.translate(wide)}元，其中：",
        *[f"{name}费用：{format_yuan(fee).translate(wide)}元" for name, fee in c.fees],
    ]  # fmt: skip


def long(c: Contract) -> list[Block]:
    """Several pages; a third party; the day under the signatures, where each party signs on its own day."""
    return [
        "云平台应用服务三方合同", f"合同编号：{c.number}", f"甲方（用户）：{c.a}", f"统一社会信用代码：{c.a_no}",
        f"乙方（供应商）：{c.b}", f"统一社会信用代码：{c.b_no}", "丙方（监理方）：虚构监理咨询有限公司",
        f"统一社会信用代码：{make_uscc(99)}",
        *[f"第{n}条　{_CLAUSE * 2}" for n in range(1, 30)],
        f"第三十条　合同总金额为{c.total}元（大写：{capitals(c.total_fen)}），上云上平台费用合计{c.cloud}元，分项如下：",
        [["项目名称", "数量", "单价（元）", "小计（元）"], *[[name, "1", format_yuan(fee), format_yuan(fee)] for name, fee in c.fees]],
        *[f"第{n}条　{_CLAUSE}" for n in range(31, 36)], "---",
        "（以下为签署页）",
        [["甲方（盖章）：", "乙方（盖章）：", "丙方（盖章）："], ["日期：2018年11月30日", f"日期：{c.day}", "日期：2018年10月1日"]],
    ]  # fmt: skip


def broken(c: Contract) -> list[Block]:
    """Sums that the edge of the page breaks in two; labels and values in lines of their own."""
    filler = "经双方友好协商，就甲方使用乙方云端应用服务事宜达成如下一致意见，并承诺共同遵守："
    sums = "".join(f"{filler[: 3 + n]}合同金额总计{c.total}元。" for n in range(9))
    return [
        f"合同编号：\n{c.number}", f"甲方：\n{c.a}", f"社会信用代码：{c.a_no}", f"乙方：\n{c.b}", f"社会信用代码：{c.b_no}",
        f"签订日期：\n{c.day}", sums, "上云上平台费用合计：\n" + c.cloud + "元",
        *[f"{name}费用为\n{format_yuan(fee)}元" for name, fee in c.fees],
    ]  # fmt: skip


def decoys(c: Contract) -> list[Block]:
    """Everything that looks like a field and is another thing."""
    return [
        "补充协议书", "原合同编号：OLD-2016-001", "项目编号：P-77", f"协议编号：{c.number}",
        f"甲方：{c.a}　　法定代表人：虚构甲", f"统一社会信用代码：{c.a_no}",
        f"乙方：{c.b}　　法定代表人：虚构乙", f"统一社会信用代码：{c.b_no}",
        "鉴于甲方与虚构旧供应商有限公司于2016年5月1日签订的原合同总金额 999,999.00 元已履行完毕，",
        "丙方：虚构担保有限公司对乙方的义务提供担保，担保金额 500,000.00 元；", "甲方应当在验收合格后 10 日内付款，乙方应当开具发票。",
        f"签署日期：{c.day}", "保证金 10,000.00 元，年度维护费 2,000 元，逾期每日按合同总价的 0.5‰ 支付违约金。",
        f"合同金额（不含税）：{format_yuan(c.total_fen * 100 // 106)}元，"
        f"税额：{format_yuan(c.total_fen - c.total_fen * 100 // 106)}元，价税合计：{c.total}元。",
        f"上云上平台费用合计 {c.cloud} 元（大写：{capitals(c.cloud_fen)}）", *[f"{name}：¥{format_yuan(fee)}" for name, fee in c.fees],
        "交付日期：2019年2月28日　　验收日期：2019年3月15日　　本合同有效期至2020年12月31日",
    ]  # fmt: skip


def mixed_table(c: Contract) -> list[Block]:
    """Hardware and services in one table with columns besides; freer names of the services."""
    return [
        f"销售及服务合同（合同编号：{c.number}）", f"买方：{c.a}", f"税号：{c.a_no}", f"卖方：{c.b}", f"税号：{c.b_no}",
        [
            ["序号", "产品名称", "规格", "数量", "单价", "金额（元）"],
            ["1", "六轴机器人", "R6", "1", format_yuan(c.total_fen - c.cloud_fen), format_yuan(c.total_fen - c.cloud_fen)],
            *[[str(n), f"“{name}”云服务模块（一年）", "SaaS", "1", format_yuan(fee), format_yuan(fee)]
              for n, (name, fee) in enumerate(c.fees, 2)],
            ["合计（大写）：" + capitals(c.total_fen), "", "", "", "", c.total],
        ],
        f"其中上云上平台费用合计：{c.cloud} 元。", "甲方（公章）：          乙方（公章）：", f"签字日期：{c.day}",
    ]  # fmt: skip


def party_rows(c: Contract) -> list[Block]:
    """One table with label and value beside each other, as forms have it."""
    return [
        "上云服务订购单",
        [
            ["订单编号", c.number, "签订时间", str(c.day)], ["甲方（采购方）", c.a, "乙方（服务商）", c.b],
            ["统一社会信用代码", c.a_no, "统一社会信用代码", c.b_no], ["合同总金额（元）", c.total, "大写", capitals(c.total_fen)],
        ],
        [["应用服务名称", "上云费用（万元）"], *[[name, _wan(fee)] for name, fee in c.fees], ["总计", _wan(c.cloud_fen)]],
    ]  # fmt: skip


LAYOUTS: dict[str, Callable[[Contract], list[Block]]] = {
    "annex": annex,
    "two_columns": two_columns,
    "introduced": introduced,
    "entrusted": entrusted,
    "in_wan": in_wan,
    "full_width": full_width,
    "long": long,
    "broken": broken,
    "decoys": decoys,
    "mixed_table": mixed_table,
    "party_rows": party_rows,
}


def word(blocks: Sequence[Block], *, head: str = "") -> bytes:
    """Blocks as DOCX."""
    document, out = docx.Document(), io.BytesIO()
    if head:
        document.sections[0].header.paragraphs[0].text = head
    for block in blocks:
        if isinstance(block, str):
            if block == "---":
                document.add_page_break()
            else:
                document.add_paragraph(block)
            continue
        table = document.add_table(len(block), len(block[0]))
        for row, cells in enumerate(block):
            for column, text in enumerate(cells):
                table.cell(row, column).text = text
    document.save(out)
    return out.getvalue()


def pdf(blocks: Sequence[Block], *, head: str = "") -> bytes:
    """Blocks as PDF with text in it."""
    return bytes(
        typst.compile(
            _PAGE.encode(),
            sys_inputs={"blocks": json.dumps(list(blocks), ensure_ascii=False), "head": head},
            font_paths=[_FONTS],
            ignore_system_fonts=True,
        )
    )


FORMS: dict[str, Callable[..., bytes]] = {"word": word, "pdf": pdf}

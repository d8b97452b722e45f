"""Contracts in freer words: each says a few things in a way of its own, and no more than that is read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.evidence.contracts.making import FORMS, Block
from yunquan.evidence.reading.contracts.reading import read_contract
from yunquan.policy.uscc import make_uscc

A_NO, B_NO = make_uscc(21), make_uscc(22)
CASES: dict[str, tuple[list[Block], dict[str, Any]]] = {
    "customer and provider": (
        [
            "服务协议", "协议编号：〔2018〕粤云字第 17 号", "客户（甲方）：虚构电子厂",
            "服务提供商（乙方）：示例软件股份有限公司广州分公司",
            "5.1 本协议项下服务费用总计为人民币 贰拾万 元整（¥ 200,000 元）。",
            "5.2 分三期支付：第一期 100,000 元，第二期 60,000 元，第三期 40,000 元。",
            "甲方代表签字：        日期：2018 年 11 月 8 日", "乙方代表签字：        日期：2018 年 11 月 9 日",
        ],
        {
            "number": "〔2018〕粤云字第 17 号", "party_a": "虚构电子厂", "party_b": "示例软件股份有限公司广州分公司",
            "total_fen": 200_000_00, "signed_on": date(2018, 11, 9), "conflicts": {"signed_on"},
        },
    ),
    "fees in capitals": (
        [
            "甲    方：虚构家具制造有限公司（盖章）", "地    址：测试路", "乙    方：示例网络科技有限公司（盖章）",
            "一、服务内容：进销存及仓储管理系统云服务，人民币伍万元整（¥50,000.00）；人力资源与绩效管理系统云服务，人民币叁万元整（¥30,000.00）。",
            "二、本合同总金额人民币捌万元整（¥80,000.00），其中上云费用为人民币捌万元整。",
            "三、合同签订后 7 日内甲方支付 50% 即 40,000.00 元",
        ],
        {
            "party_a": "虚构家具制造有限公司", "party_b": "示例网络科技有限公司", "total_fen": 80_000_00, "cloud_fee_fen": 80_000_00,
            "lines": [("进销存及仓储管理", 50_000_00), ("人力资源与绩效管理", 30_000_00)],
        },
    ),
    "day in words": (
        [
            "本合同自双方盖章之日起生效，有效期自2018年12月1日起至2019年11月30日止。", "签约时间：二O一八年十二月一日",
            "甲方：虚构甲有限公司", "乙方：示例乙有限公司", "合同金额：人民币 12.5 万元（大写：壹拾贰万伍仟元整）",
        ],
        {"party_a": "虚构甲有限公司", "party_b": "示例乙有限公司", "signed_on": date(2018, 12, 1), "total_fen": 125_000_00},
    ),
    "a form's table": (
        [
            [
                ["合同名称", "云服务合同", "合同编号", "HT20181203"], ["甲方名称", "虚构五金有限公司", "乙方名称", "示例云有限公司"],
                ["合同金额", "110,000.00元", "签订日期", "2018/12/3"], ["上云费用", "100,000.00元", "联网设备", "60台套"],
            ],
        ],
        {
            "number": "HT20181203", "party_a": "虚构五金有限公司", "party_b": "示例云有限公司", "signed_on": date(2018, 12, 3),
            "total_fen": 110_000_00, "cloud_fee_fen": 100_000_00, "devices": 60,
        },
    ),
    "numbers behind names": (
        [
            f"甲方：虚构五金有限公司，统一社会信用代码 {A_NO}，法定代表人：虚构", f"乙方：示例云有限公司，统一社会信用代码 {B_NO}",
            "费用：上云上平台费用共计110000元（壹拾壹万元），其中：设备远程运维及服务 60000元（联网设备30台），生产品质管控 50000元。",
            "合同总额 130000 元",
        ],
        {
            "party_a": "虚构五金有限公司", "party_a_no": A_NO, "party_b": "示例云有限公司", "party_b_no": B_NO,
            "total_fen": 130_000_00, "cloud_fee_fen": 110_000_00, "devices": 30,
            "lines": [("设备远程运维及服务", 60_000_00), ("生产品质管控", 50_000_00)],
        },
    ),
    "letters set apart": (
        ["甲 方 ： 虚 构 五 金 有 限 公 司", "乙 方 ： 示 例 客 户 服 务 有 限 公 司", "合 同 总 金 额 ： 1 1 0 , 0 0 0 元"],
        {"party_a": "虚构五金有限公司", "party_b": "示例客户服务有限公司", "total_fen": 110_000_00},
    ),
    "names of tenders, the day in formal words": (
        [
            "采购人（甲方）：虚构模具厂", "中标人（乙方）：示例云有限公司",
            "合同价款：本合同总价为（大写）壹拾壹万元整（小写）110000.00元", "本合同一式四份，于贰零一八年拾贰月叁日签订",
        ],
        {"party_a": "虚构模具厂", "party_b": "示例云有限公司", "total_fen": 110_000_00, "signed_on": date(2018, 12, 3)},
    ),
    "both in one line, the day without a word": (
        [
            "甲方：虚构五金有限公司 乙方：示例云有限公司",
            "合同总价（含税）：人民币 110,000.00 元（大写：人民币 壹拾壹万圆整）；"
            "其中：上云服务费 人民币 80,000.00 元，硬件设备费 人民币 30,000.00 元。",
            "甲方（章）      乙方（章）", "2018年12月3日      2018年12月3日",
        ],
        {
            "party_a": "虚构五金有限公司", "party_b": "示例云有限公司", "total_fen": 110_000_00, "cloud_fee_fen": 80_000_00,
            "signed_on": date(2018, 12, 3),
        },
    ),
    "half a day": (
        ["甲方: 虚构 A 公司", "乙方: 示例 B 公司", "签订日期：2018年12月", "合同总价：￥110000（含税6%）"],
        {"party_a": "虚构 A 公司", "party_b": "示例 B 公司", "total_fen": 110_000_00},
    ),
    "shares and limits": (
        ["违约金不超过合同总金额的 30%。", "合同金额：11", "定金 5,000.00 元", "合同总金额按实际结算"],
        {},
    ),
}  # fmt: skip
FIELDS = (
    "number", "party_a", "party_a_no", "party_b", "party_b_no", "signed_on", "total_fen", "cloud_fee_fen", "devices",
)  # fmt: skip


@pytest.mark.clause("D47-A1.3")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", CASES)
def test_what_is_said_is_read_and_no_more(case: str, form: str) -> None:
    blocks, expected = CASES[case]
    facts = read_contract(FORMS[form](blocks))
    read = {name: value for name in FIELDS if (value := getattr(facts, name)) is not None}
    if facts.lines:
        read["lines"] = [(line.service, line.fee_fen) for line in facts.lines]
    if facts.conflicts:
        read["conflicts"] = {conflict.field for conflict in facts.conflicts}
    assert read == expected

"""What the enterprise's forms ask, in the words of the form; judging stands in the nouns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yunquan.desks.enterprise.explaining import parties_blank
from yunquan.desks.shared.typed import Ask, Blank
from yunquan.parties import regions
from yunquan.parties.reading import SIZES

CONTRACTS = ("pdf", "docx", "jpg", "png")
INVOICES = ("xml", "ofd", "pdf", "jpg", "png", "xlsx")
PROOFS = ("pdf", "jpg", "png", "xlsx", "csv")
HALF, THIRD = "col-12 col-md-6", "col-12 col-md-4"


def cities() -> list[tuple[str, str]]:
    """The 21 cities as choices."""
    return [(row.code, row.name) for row in regions.cities()]


def counties(city: str) -> list[tuple[str, str]]:
    """The counties as choices: those of the chosen city, or all with their city's name."""
    home = regions.city(city)
    if home is not None:
        return [(row.code, row.name) for row in home.counties]
    return [(row.code, f"{home.short} {row.name}") for home in regions.cities() for row in home.counties]


def account_blank() -> Blank:
    """The questions that open an account."""
    return Blank(
        asks=(
            Ask("name", "企业名称", hint="按营业执照填写全称"),
            Ask("uscc", "统一社会信用代码", hint="营业执照上的 18 位代码，系统会核对校验位"),
            Ask("person_name", "经办人姓名", width=HALF),
            Ask("phone", "经办人手机", must=False, width=HALF),
            Ask("username", "登录名", hint="字母、数字均可，不含空格", width=HALF),
            Ask("email", "邮箱", must=False, width=HALF, hint="可不填，用来接收提醒"),
            Ask("password", "密码", kind="password", hint="至少 8 位，不能全是数字", width=HALF),
            Ask("password_again", "再输一次密码", kind="password", width=HALF, hint="与上一项相同"),
        )
    )


def profile_blank(city: str) -> Blank:
    """单位资料 of an enterprise (D47-5.7a)."""
    return Blank(
        asks=(
            Ask("name", "企业名称", hint="与营业执照一致"),
            Ask("licence", "营业执照扫描件", kind="file"),
            Ask("city", "所在地市", kind="choice", choices=cities(), width=HALF, hint="由该市主管部门审核"),
            Ask(
                "county", "所在县区", kind="choice", choices=counties(city), must=False, width=HALF,
                hint="东莞、中山不设县区，不用选",
            ),
            Ask("address", "地址"),
            Ask("founded_on", "成立日期", kind="day", width=HALF),
            Ask("industry", "行业", width=HALF),
            Ask("size", "企业规模", kind="choice", choices=tuple(SIZES.items()), width=HALF),
            Ask("revenue", "上年度主营业务收入", kind="money", width=HALF),
            Ask("is_legal_person", "具有独立法人资格", kind="tick", must=False),
            Ask("has_serious_breach", "近 5 年有财政资金方面的严重违法违规记录", kind="tick", must=False),
            Ask("is_iia_certified", "已通过两化融合管理体系贯标评定", kind="tick", must=False),
            Ask("had_iia_award", "已获得过省财政的贯标评定奖补", kind="tick", must=False),
            Ask("bank_name", "开户银行", must=False, width=HALF, hint="收取奖补资金用，可在兑现前补填"),
            Ask("bank_account", "银行账号", must=False, width=HALF, hint="与企业名称一致的对公账户"),
            Ask("contact_name", "联系人", width=HALF),
            Ask("contact_phone", "联系电话", width=HALF),
            Ask(
                "pledge",
                "本单位承诺所填资料真实、完整，符合申领条件；如有虚假，愿退回奖补资金并承担责任。",
                kind="tick",
            ),
        )
    )  # fmt: skip


def application_blanks(
    *, services: Sequence[Any], suppliers: Iterable[Any], products: Iterable[Any]
) -> dict[str, Blank]:
    """The steps of an application with their questions (D47-5.7b, D47-A1.3)."""
    chosen = [(str(one.pk), supplier_said(one)) for one in suppliers]
    offered = [(str(one.pk), f"{one.service}. {one.name}") for one in products]
    listed = [
        (str(one.number), f"{one.number}. {one.name}{'（按台套计）' if one.counts_devices else ''}")
        for one in services
    ]
    return {
        "contract": Blank(
            asks=(
                Ask(
                    "contract_file", "合同扫描件", kind="file", reader="contract", kinds=CONTRACTS,
                    hint="双方盖章、有签订日期的完整合同。先上传它，能读出的内容会填到下面，再逐项核对",
                ),
                Ask("contract_number", "合同编号", hint="见合同首页", width=HALF, reads="number"),
                Ask("signed_on", "签订日期", kind="day", width=HALF, hint="双方签章的日期", reads="signed_on"),
                Ask(
                    "total", "合同总额", kind="money", width=HALF, hint="合同约定的全部金额", reads="total_fen"
                ),
                Ask(
                    "cloud_fee", "其中：上云费用合计", kind="money", width=HALF,
                    hint="不含自动化装备和非云化软件", reads="cloud_fee_fen",
                ),
                Ask(
                    "addendum_file", "补充附件", kind="file", must=False,
                    hint="合同没有单独列明上云费用的，请与供应商签订附件说明",
                ),
            )
        ),
        "services": Blank(
            asks=(Ask("supplier", "供应商（合同的主要实施方）", kind="radio", choices=chosen),),
            rows={
                "lines": (
                    Ask("service", "应用服务", kind="choice", choices=listed, width=HALF),
                    Ask("fee", "本项上云费用", kind="money", width=HALF),
                    Ask(
                        "devices", "联网设备台套数", must=False, width=THIRD,
                        hint="按台套计的服务才填",
                    ),
                    Ask(
                        "device_value", "联网设备原值", kind="money", must=False, width=THIRD,
                        hint="与台套数一起填",
                    ),
                    Ask("product", "所用产品", kind="choice", choices=offered, must=False, width=THIRD,
                        hint="选定供应商后可选"),
                )
            },
        ),
        "place": Blank(
            asks=(
                Ask("implementation_city", "实施地市", kind="choice", choices=cities(), width=HALF, hint="须在省内"),
                Ask("place", "实施地点", hint="写到门牌号", width=HALF),
                Ask("is_related_party", "与供应商存在关联关系", kind="tick", must=False),
                Ask("related_party_note", "关联关系说明", kind="area", must=False, hint="有关联关系时必填"),
                Ask(
                    "fair_price_vowed", "本单位承诺合同金额为市场公平合理价格", kind="tick", must=False,
                    hint="关联交易须承诺",
                ),
                Ask(
                    "draws_on_other_fund", "本项目已获得或正在申请其他省级财政资金", kind="tick", must=False
                ),
            )
        ),
    }  # fmt: skip


def supplier_said(supplier: Any) -> str:
    """A supplier in a list to choose from."""
    where = regions.place_name(supplier.city) if supplier.is_in_province else "省外"
    return f"{supplier.name}（{where}，{supplier.uscc}）"


def claim_blanks() -> dict[str, Blank]:
    """The steps of a claim with their questions (D47-5.11)."""
    return {
        "invoices": Blank(
            rows={
                "invoices": (
                    Ask(
                        "file",
                        "发票文件",
                        kind="file",
                        reader="invoice",
                        kinds=INVOICES,
                        hint="电子发票请上传 XML、OFD 或 PDF 原件，读得最准",
                    ),
                    Ask("number", "发票号码", width=THIRD, hint="票面右上角", reads="number"),
                    Ask(
                        "code",
                        "发票代码",
                        must=False,
                        width=THIRD,
                        hint="号码为 20 位的数电票不用填，其他发票必填",
                        reads="code",
                    ),
                    Ask(
                        "issued_on",
                        "开票日期",
                        kind="day",
                        width=THIRD,
                        hint="如 2019-01-15",
                        reads="issued_on",
                    ),
                    Ask("seller_name", "销售方名称", width=HALF, reads="seller"),
                    Ask("seller_uscc", "销售方税号", width=HALF, reads="seller_no"),
                    Ask("buyer_uscc", "购买方税号", width=HALF, reads="buyer_no"),
                    Ask("gross", "价税合计", kind="money", width=HALF, reads="gross_fen"),
                )
            }
        ),
        "proofs": Blank(
            rows={
                "proofs": (
                    Ask(
                        "file",
                        "银行回单",
                        kind="file",
                        reader="proof",
                        kinds=PROOFS,
                        hint="付款申请页不是付款凭证",
                    ),
                    Ask("bank", "付款银行", width=THIRD, reads="bank"),
                    Ask("serial", "流水号", width=THIRD, reads="serial"),
                    Ask("paid_on", "付款日期", kind="day", width=THIRD, reads="paid_on"),
                    Ask("payer_name", "付款方", width=THIRD, reads="payer"),
                    Ask("payee_name", "收款方", width=THIRD, reads="payee"),
                    Ask("amount", "付款金额", kind="money", width=THIRD, reads="amount_fen"),
                )
            }
        ),
        "parties": parties_blank(),
        "report": Blank(
            groups={
                "report": (
                    Ask("file", "盖章的验收报告", kind="file", hint="双方盖章，写明已交付的功能"),
                    Ask("number", "验收报告编号", width=HALF),
                    Ask("accepted_on", "验收日期", kind="day", width=HALF),
                )
            }
        ),
    }

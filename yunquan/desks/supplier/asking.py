"""What the supplier's forms ask, in the words of the form; judging stands in the nouns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yunquan.desks.shared.typed import Ask, Blank
from yunquan.parties import regions
from yunquan.usage.reach import OPERATORS

HALF, THIRD = "col-12 col-md-6", "col-12 col-md-4"


def account_blank() -> Blank:
    """The questions that open an account."""
    return Blank(
        asks=(
            Ask("name", "供应商名称", hint="按营业执照填写全称"),
            Ask("uscc", "统一社会信用代码", hint="营业执照上的 18 位代码，系统会核对校验位"),
            Ask("person_name", "经办人姓名", width=HALF),
            Ask("phone", "经办人手机", must=False, width=HALF),
            Ask("username", "登录名", hint="字母、数字均可，不含空格", width=HALF),
            Ask("email", "邮箱", must=False, width=HALF, hint="可不填，用来接收提醒"),
            Ask("password", "密码", kind="password", hint="至少 8 位，不能全是数字", width=HALF),
            Ask("password_again", "再输一次密码", kind="password", width=HALF, hint="与上一项相同"),
        )
    )


def registration_blank(services: Sequence[Any]) -> Blank:
    """A supplier's registration (D47-5.3 to 5.5, D47-A1.2)."""
    return Blank(
        asks=(
            Ask("name", "供应商名称", hint="与营业执照一致"),
            Ask("licence", "营业执照扫描件", kind="file"),
            Ask(
                "is_in_province", "注册地", kind="radio", choices=(("1", "广东省内，由所在地市初审"), ("0", "省外，直接由省厅审核"))
            ),
            Ask(
                "city", "所在地市", kind="choice", must=False, width=HALF, hint="省内供应商必选",
                choices=[(row.code, row.name) for row in regions.cities()],
            ),
            Ask("address", "地址", width=HALF, hint="与营业执照一致"),
            Ask("platform", "所依托的平台", hint="自有或合作的工业互联网平台、公有云的名称"),
            Ask("strengths", "服务能力说明", kind="area", hint="团队、案例、安全保障，供专家按附件 1.2 审核"),
            Ask(
                "services", "拟提供的应用服务", kind="many",
                choices=[(str(one.number), f"{one.number}. {one.name}") for one in services],
            ),
            Ask("holds_ip", "拥有所提供产品的知识产权", kind="tick", must=False),
            Ask(
                "proof", "知识产权或代理、授权证明", kind="file", must=False, hint="没有知识产权的代理服务商须上传"
            ),
            Ask("in_resource_pool", "已入选省供给资源池", kind="tick", must=False),
            Ask("contact_name", "联系人", width=HALF),
            Ask("contact_phone", "联系电话", width=HALF),
        )
    )  # fmt: skip


def product_blank(services: Sequence[Any]) -> Blank:
    """A product with function modules and price standard (D26-2, D47-A1.2-5)."""
    return Blank(
        asks=(
            Ask("name", "产品名称", width=HALF),
            Ask(
                "service", "对应的应用服务", kind="choice", width=HALF,
                choices=[(str(one.number), f"{one.number}. {one.name}") for one in services],
            ),
            Ask("summary", "产品简介", kind="area", must=False),
            Ask("price_standard", "收费标准", kind="area", hint="写明计费方式、单价和包含的内容；上架后不能改动"),
            Ask("price_from", "起价", kind="money", must=False, width=HALF),
        ),
        rows={
            "modules": (
                Ask("name", "模块名称", width=THIRD),
                Ask("text", "功能说明", width="col-12 col-md-8", must=False),
            )
        },
    )  # fmt: skip


SIDES = (("client", "用户端"), ("cloud", "公有云应用端"))
END_KINDS = (
    ("ip", "IP 地址"),
    ("cidr", "专线网段"),
    ("broadband", "宽带账号（用户端）"),
    ("mobile", "手机号码（用户端）"),
    ("device", "终端设备标识（用户端）"),
    ("machine", "工业设备标识（按台套）"),
    ("host", "域名（云端）"),
)
REASON = Ask("reason", "更正理由", kind="area", hint="例如“企业更换了宽带专线”；理由随更正记录留存")


def ends_blank(
    services: Sequence[tuple[int, str]], *, counts_devices: bool, asks: tuple[Ask, ...] = ()
) -> Blank:
    """Client and cloud ends for each service of a voucher (D47-5.12)."""
    kinds = [(code, label) for code, label in END_KINDS if code != "machine" or counts_devices]
    return Blank(
        asks=asks,
        rows={
            "ends": (
                Ask(
                    "service", "应用服务", kind="choice",
                    choices=[(str(number), name) for number, name in services],
                ),
                Ask("side", "哪一侧", kind="choice", choices=SIDES, width="col-6"),
                Ask("kind", "类别", kind="choice", choices=kinds, width="col-6"),
                Ask("value", "地址或账号", width="col-8 col-md-9"),
                Ask("port", "端口", must=False, width="col-4 col-md-3"),
                Ask(
                    "operator", "承载用户端的运营商（不清楚可不选；云端不选）", kind="choice", must=False,
                    choices=list(OPERATORS.items()),
                ),
            )
        },
    )  # fmt: skip

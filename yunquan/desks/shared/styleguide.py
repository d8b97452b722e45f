"""Every part on one page with invented content, to look at and to test; only where a demonstration runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import django_tables2 as tables
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared import columns
from yunquan.desks.shared.forms import BaseForm, DayField, MoneyField, UploadField
from yunquan.desks.shared.lists import GovTable
from yunquan.kernel.refusal import Refusal

NAV = [
    {"label": "待办", "url": "#", "count": 37, "active": False},
    {"label": "申领审核", "url": "#", "count": 0, "active": True},
    {"label": "兑现审核", "url": "#", "count": 0, "active": False},
    {"label": "结算清单", "url": "#", "count": 0, "active": False},
    {"label": "公示与异议", "url": "#", "count": 2, "active": False},
    {"label": "额度与资金", "url": "#", "count": 0, "active": False},
]
WHO = {"organisation": "东莞市工信局", "role": "审核岗", "name": ""}


class SampleForm(BaseForm):
    """Each kind of field once."""

    contract_no = forms.CharField(label="合同编号", max_length=40, help_text="按合同封面填写，全省唯一")
    fee_fen = MoneyField(label="上云费用", min_fen=1, help_text="合同中单独列明的费用，不含设备采购")
    signed_on = DayField(label="签订日期")
    region = forms.ChoiceField(label="实施地点", choices=[("", "请选择"), ("4419", "东莞"), ("4406", "佛山")])
    services = forms.MultipleChoiceField(
        label="应用服务",
        widget=forms.CheckboxSelectMultiple,
        choices=[("2", "生产设备状态监控"), ("8", "供应链协同"), ("9", "进销存及仓储管理")],
    )
    contract = UploadField(label="合同文本", kinds=("pdf", "ofd", "jpg"), limit_mb=20)
    remark = forms.CharField(label="说明", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    promised = forms.BooleanField(label="我单位承诺所填内容真实，并承担相应责任")


class SampleTable(GovTable):
    """The vouchers of the sketch."""

    caption = "全部服务券"
    number = columns.LinkColumn(verbose_name="券号", to=lambda record: "#" + record["number"], orderable=True)
    service = columns.TextColumn(verbose_name="应用服务")
    supplier = columns.TextColumn(verbose_name="供应商")
    award_fen = columns.MoneyColumn(verbose_name="奖补（元）")
    state = columns.StateColumn(
        verbose_name="进度", tones={"待您兑现": "waiting", "已兑付": "good", "异议处理中": "bad"}
    )
    left = columns.LeftColumn(verbose_name="期限")

    class Meta(GovTable.Meta):
        pass


def _row(number: int, service: str, award_fen: int, state: str, left: int | None) -> dict[str, Any]:
    return {
        "number": f"GD2018-DG-{number:06d}",
        "service": service,
        "supplier": "虚构云服务（测试）",
        "award_fen": award_fen,
        "state": state,
        "left": left,
    }


def content() -> dict[str, Any]:
    """The invented content of every part."""
    return {
        "due": datetime(2019, 3, 31, 17, 0),
        "starts": date(2019, 4, 8),
        "ends": date(2019, 4, 15),
        "timeline_steps": [
            {
                "title": "提交申领",
                "note": "合同 HT-2018-0611，上云费用 130,000.00 元",
                "at": "2018-12-03 10:02:11",
            },
            {
                "title": "供应商确认",
                "note": "合同真实，金额一致（内容摘要 7c1e…9a）",
                "at": "2018-12-04 09:40",
            },
            {
                "title": "东莞市工信局审核通过，发券",
                "note": "用时 6 个工作日（期限 10 个）",
                "at": "2018-12-12 16:21",
            },
            {
                "title": "兑现申请",
                "note": "尚未开始，草稿已为您带入合同与供应商信息",
                "at": "截止 2019-03-31 17:00",
                "mark": "now",
            },
            {
                "title": "供应商确认 → 上云行为数据核验 → 地市审核 → 公示不少于 7 天 → 兑付",
                "at": "预计 2019-05",
                "mark": "next",
            },
        ],
        "check_rows": [
            {
                "passed": True,
                "text": "企业资格：注册满 1 年、上年主营收入 2,310 万元、无失信记录",
                "article": "D47-4.1",
            },
            {"passed": True, "text": "合同唯一：全省无其他券使用本合同", "article": "D47-5.8"},
            {
                "passed": False,
                "text": "合同列明费用与填报一致",
                "article": "D47-5.10",
                "detail": "460,000 ≠ 480,000",
                "mend": "退回企业改为 460,000.00 元，或补签合同附件",
            },
            {
                "passed": None,
                "text": "价格：高于该产品公布收费标准 18 %（同类 23 份合同第 91 百分位）",
                "url": "#price",
                "url_label": "看分布",
            },
            {"passed": True, "text": "额度：东莞剩余 8,412,000 元，本券核定 460,000.00 元（受限于合同费用）"},
        ],
        "award_explained": {
            "lines": [
                {
                    "service": "生产设备状态监控",
                    "reckoning": "60 台 × 2,000",
                    "fee_fen": 8_000_000,
                    "award_fen": 8_000_000,
                    "binding": "受限于合同费用",
                },
                {
                    "service": "供应链协同",
                    "cap_fen": 3_000_000,
                    "fee_fen": 5_000_000,
                    "award_fen": 3_000_000,
                    "binding": "受限于奖补上限",
                },
            ],
            "total_fen": 11_000_000,
            "notes": ["本期累计上限 50 万元，核定后余 340,000.00 元。"],
            "article": "D47-4.4.2",
        },
        "compare_rows": [
            {"label": "合同编号", "entered": "ZP-2018-117", "found": "ZP-2018-117"},
            {"label": "签订日期", "entered": "2018-11-09", "found": "2018-11-09"},
            {"label": "上云费用", "entered": 48_000_000, "found": 46_000_000, "money": True},
            {"label": "合同总额", "entered": 62_000_000, "found": 62_000_000, "money": True},
            {"label": "设备原值", "entered": 900_000_000, "found": None, "money": True},
        ],
        "tile_items": [
            {"label": "待我审核", "value": 37, "note": "最早到期 2018-12-12", "url": "#", "tone": "waiting"},
            {"label": "已逾期", "value": 1, "tone": "bad", "url": "#"},
            {"label": "已发券", "value": "412 张", "note": "38,120,000.00 元"},
            {"label": "额度剩余", "value": "841.2 万元", "tone": "good"},
        ],
        "tab_items": [
            {"label": "待审核", "url": "#", "active": True, "count": 37},
            {"label": "已办", "url": "#"},
        ],
        "step_labels": ["上传合同", "填写金额", "选择服务和供应商", "核对并提交"],
        "files": [
            {"label": "结算清单 PDF", "url": "#"},
            {"label": "结算清单 Excel", "url": "#", "note": "46 行"},
        ],
        "reason_codes": [
            {
                "code": "fee",
                "label": "填报的上云费用与合同不一致，请改为 460,000.00 元或补签附件",
                "suggested": True,
            },
            {"code": "seal", "label": "合同缺少双方签章"},
        ],
        "chart_option": {
            "xAxis": {"type": "category", "data": ["申领", "发券", "兑现", "兑付"]},
            "yAxis": {"type": "value"},
            "series": [{"type": "bar", "data": [640, 412, 208, 154], "itemStyle": {"color": "#0b3d91"}}],
        },
    }


def everything(request: HttpRequest) -> HttpResponse:
    """All parts one under the other, the form with every error shown."""
    if not (settings.DEBUG or getattr(settings, "YUNQUAN_STYLEGUIDE", False)):
        raise Http404
    request.who = WHO  # type: ignore[attr-defined]
    form = SampleForm(
        {"contract_no": "ZP-2018-117", "fee_fen": "12万", "signed_on": "昨天", "once": "sample"}
    )
    form.add_refusals(
        [
            Refusal(
                "contract_used",
                "这份合同已用于另一张服务券。",
                "D47-5.8",
                "如合同编号填错，请改正；一份合同只能申领一张券。",
                "contract_no",
            ),
            Refusal(
                "window_closed",
                "本期申领已于 2018-12-31 17:00 截止。",
                "D47-5.18",
                "草稿已保存，下一期开放后可直接提交。",
            ),
        ]
    )
    table = SampleTable(
        [
            _row(132, "生产设备状态监控 等 2 项", 11_000_000, "待您兑现", 12),
            _row(77, "进销存及仓储管理", 5_000_000, "已兑付", None),
            _row(418, "智能排单调度", 46_000_000, "异议处理中", -2),
        ],
        order_by=None,
    )
    tables.RequestConfig(request, paginate={"per_page": 2}).configure(table)
    return render(
        request,
        "shared/styleguide.html",
        {"nav": NAV, "form": form, "empty_form": SampleForm(), "table": table, **content()},
    )

"""The application form as the official paper shows it: cells and texts from what was typed (D47-A2, annex 2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.kernel.calendar import local_date
from yunquan.kernel.money import MoneyError, parse_yuan
from yunquan.papers.pilot_forms import Cell, Form, Part
from yunquan.parties import regions
from yunquan.parties.reading import tidy
from yunquan.pilots.models import Pilot
from yunquan.pilots.reading import FORMS, SCENES, rows
from yunquan.programme.rules import rulebook

COMPILER = "广东省经济和信息化委编制"
NOTE = "本申请书由平台按填报内容生成；纸质版一式三份盖章报送，PDF 版一份。依据：47号 附件2。"


class _Said:
    """What was typed under a name, tidied."""

    def __init__(self, typed: Mapping[str, Any]) -> None:
        self.typed = typed

    def __call__(self, name: str) -> str:
        return tidy(self.typed.get(name))


def form(pilot: Pilot, now: datetime) -> Form:
    """The whole application; what is not filled in stays a blank to write on."""
    typed = pilot.typed
    said = _Said(typed)
    day = local_date(pilot.submitted_at or now)
    return Form(
        cover=(
            ("申报单位（盖章）：", pilot.supplier.name),
            ("负责人及联系方式：", f"{said('leader')}　{said('leader_phone')}".strip()),
            ("申报日期：", f"{day.year} 年 {day.month} 月 {day.day} 日"),
        ),
        compiler=COMPILER,
        parts=(_unit(pilot), _scheme(pilot, now), _details(typed), _proofs(typed)),
        notes=(NOTE,),
        digest=pilot.content_hash,
    )


def wan(typed: Any) -> str:
    """A sum typed in 元, said in 万元 without rounding; what can't be read stays as it was typed.

    >>> wan("1234500"), wan("-100.5"), wan("约一千")
    ('123.45', '-0.01005', '约一千')
    """
    try:
        fen = parse_yuan(tidy(typed), negative=True)
    except MoneyError:
        return tidy(typed)
    whole, rest = divmod(abs(fen), 1_000_000)
    fraction = f"{rest:06d}".rstrip("0")
    return f"{'-' if fen < 0 else ''}{whole}{'.' if fraction else ''}{fraction}"


def _head(text: str, **more: int) -> Cell:
    return {"text": text, "head": True, **more}


def _cell(text: Any, **more: int) -> Cell:
    return {"text": str(text), **more}


def _unit(pilot: Pilot) -> Part:
    typed = pilot.typed
    said = _Said(typed)
    joined = "；".join(
        f"{tidy(row.get('name'))}（{tidy(row.get('task'))}）"
        for row in rows(typed, "partners")
        if row.get("name")
    )
    story = (
        "单位情况简介：（如解决方案需联合其他单位共同提供，一并提供联合单位情况）\n"
        f"一、经营发展情况（500字以内）\n{said('profile')}\n\n"
        f"二、工业互联网能力情况（1000字以内）\n{said('capability')}\n\n联合单位：{joined or '无'}"
    )
    return Part(
        "一、申报单位信息",
        (3, 2, 5, 3, 5),
        (
            _head("单位基本信息", columns=5),
            _head("单位名称", columns=2), _cell(pilot.supplier.name, columns=3),
            _head("组织机构代码", columns=2), _cell(pilot.supplier.uscc), _head("单位性质"), _cell(said("unit_kind")),
            _head("单位地址", columns=2), _cell(said("address")), _head("成立时间"), _cell(said("founded_on")),
            _head("申报联系人", rows=3), _head("姓名"), _cell(said("contact_name")), _head("电话"), _cell(said("contact_phone")),
            _head("职务"), _cell(said("contact_post")), _head("手机"), _cell(said("contact_mobile")),
            _head("传真"), _cell(said("contact_fax")), _head("E-mail"), _cell(said("contact_mail")),
            _head("上年销售（万元）", columns=2), _cell(wan(typed.get("sales"))), _head("员工总数（人）"), _cell(said("employees")),
            _head("上年利润（万元）", columns=2), _cell(wan(typed.get("profit"))), _head("上年税金（万元）"), _cell(wan(typed.get("tax"))),
            _cell(story, columns=5),
        ),
    )  # fmt: skip


def _scheme(pilot: Pilot, now: datetime) -> Part:
    typed = pilot.typed
    said = _Said(typed)
    scene = "，".join(one for one in (said("industry"), said("segment"), said("problem")) if one)
    kind = SCENES.get(said("scene_kind"), "")
    names = {str(one.number): one.name for one in rulebook(pilot.call.cycle.pack).services(local_date(now))}
    services = "；".join(
        f"{names.get(tidy(row.get('service')), '')} {tidy(row.get('enterprises'))} 家，费用合计 {wan(row.get('fee'))} 万元"
        for row in rows(typed, "services")
        if row.get("service")
    )
    areas = "；".join(
        f"{regions.place_name(tidy(row.get('city'))) or tidy(row.get('city'))} {tidy(row.get('enterprises'))} 家"
        f"（所需服务券额度 {wan(row.get('amount'))} 万元）"
        for row in rows(typed, "areas")
        if row.get("city")
    )
    plan = f"{areas}\n{services}".strip()
    budget = f"供应商部分 {wan(typed.get('budget_supplier'))} 万元；客户部分 {wan(typed.get('budget_customer'))} 万元"
    form_said = FORMS.get(said("app_form"), "")
    return Part(
        "二、试点示范方案",
        (1, 3),
        (
            _head("方案基本信息", columns=2),
            _head("应用服务名称"), _cell(f"{said('title')}{f'（{form_said}）' if form_said else ''}"),
            _head("面向场景"), _cell(f"{scene}\n{kind}：{said('scene_name')}" if kind else scene),
            _head("实现功能"), _cell(said("functions")),
            _head("实施计划"), _cell(plan),
            _head("总投资预算"), _cell(budget),
            _head("预计实施效果"), _cell(said("effect")),
        ),
    )  # fmt: skip


def _details(typed: Mapping[str, Any]) -> Part:
    said = _Said(typed)
    schedule = "\n".join(
        f"{tidy(row.get('ends_on'))}　{tidy(row.get('text'))}"
        for row in rows(typed, "schedule")
        if row.get("text")
    )
    cases = "\n\n".join(
        f"{number}. {tidy(row.get('name'))}（{tidy(row.get('enterprise'))}，"
        f"{regions.place_name(tidy(row.get('city'))) or tidy(row.get('city'))}）\n"
        f"实施周期：{tidy(row.get('started_on'))} 至 {tidy(row.get('finished_on'))}\n"
        f"实施内容：{tidy(row.get('content'))}\n最终效果：{tidy(row.get('effect'))}"
        for number, row in enumerate(rows(typed, "cases"), start=1)
    )
    return Part(
        "方案具体介绍",
        texts=(
            ("一、方案内容", ""),
            ("1. 面向场景的需求分析", said("needs")),
            ("2. 解决方案描述", said("solution")),
            ("3. 方案技术路线", said("route")),
            ("二、实施计划", ""),
            ("1. 实施目标", said("goal")),
            ("2. 实施路径", said("path")),
            ("3. 进度安排", schedule),
            ("三、实施保障", ""),
            ("1. 投资预算", said("investment")),
            ("2. 实施能力（联合申报分工）", said("ability")),
            ("3. 人员团队", said("team")),
            ("四、过往案例", cases),
        ),
    )


def _proofs(typed: Mapping[str, Any]) -> Part:
    listed = "\n".join(
        f"{number}. {tidy(row.get('title'))}" for number, row in enumerate(rows(typed, "proofs"), start=1)
    )
    return Part(
        "证明材料", texts=(("证书、资质证明、审计报告、第三方评价报告、客户合同、现场照片等：", listed),)
    )

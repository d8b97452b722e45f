"""Reading the application form of annex 2: what was typed, turned into values or into every fault at once (D47-A2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.parties.reading import FormReader, is_yes, narrow, tidy
from yunquan.policy.award import cap_fen
from yunquan.policy.rulebook import Service
from yunquan.policy.uscc import UsccError, validate_uscc

ARTICLE = "D47-A2"
# The two limits that the form itself states; elsewhere it asks for short words, and a page bears so many.
PROFILE_MOST, CAPABILITY_MOST, TEXT_MOST, LINE_MOST = 500, 1000, 3000, 200
TITLE_MOST = 80  # A pilot is called by it everywhere.
KINDS = ("国有企业", "民营企业", "外商投资企业", "事业单位", "其他")
SCENES = {"chain": "产业链", "cluster": "产业集聚区", "field": "垂直领域"}
FORMS = {"saas": "工业 SaaS", "app": "工业 App", "other": "其他形态"}
# What the form asks in words of some length, with its label and limit.
TEXTS: Mapping[str, tuple[str, int]] = {
    "profile": ("经营发展情况", PROFILE_MOST),
    "capability": ("工业互联网能力情况", CAPABILITY_MOST),
    "functions": ("实现功能", TEXT_MOST),
    "effect": ("预计实施效果", TEXT_MOST),
    "needs": ("面向场景的需求分析", TEXT_MOST),
    "solution": ("解决方案描述", TEXT_MOST),
    "route": ("方案技术路线", TEXT_MOST),
    "goal": ("实施目标", TEXT_MOST),
    "path": ("实施路径", TEXT_MOST),
    "investment": ("投资预算", TEXT_MOST),
    "ability": ("实施能力和联合分工", TEXT_MOST),
    "team": ("人员团队", TEXT_MOST),
}
LINES: Mapping[str, str] = {
    "address": "单位地址",
    "leader": "负责人",
    "contact_name": "联系人姓名",
    "contact_post": "联系人职务",
    "title": "应用服务名称",
    "scene_name": "具体产业链、集聚区或领域",
    "industry": "面向场景：行业",
    "segment": "面向场景：具体环节",
    "problem": "面向场景：具体问题",
}


@dataclass(frozen=True, slots=True)
class Application:
    """The form's values as far as they can be read; money in fen."""

    title: str
    scene: str
    areas: tuple[tuple[str, int, int], ...]
    plan_ends_on: date | None
    last_field: str
    partners: tuple[str, ...]
    partner_codes: tuple[str, ...]
    references: int
    fees_above: tuple[tuple[int, str, str, str], ...]
    files: tuple[tuple[str, int], ...]

    @property
    def promised(self) -> int:
        """How many enterprises the plan serves, all cities together."""
        return sum(enterprises for _city, enterprises, _fen in self.areas)


def read(
    typed: Mapping[str, Any], *, services: Sequence[Service], today: date
) -> tuple[Application, list[Refusal]]:
    """Read the whole form; gives what could be read and every fault, each with its field."""
    form = FormReader(typed, ARTICLE)
    lines = {
        name: form.text(name, label, most=TITLE_MOST if name == "title" else LINE_MOST)
        for name, label in LINES.items()
    }
    for name, (label, most) in TEXTS.items():
        form.text(name, label, most=most)
    _unit(form)
    if narrow(typed.get("scene_kind")) not in SCENES:
        form.fault("no_scene", "没有选择试点面向的对象。", "请选择产业链、集聚区或垂直领域。", "scene_kind")
    if narrow(typed.get("app_form")) not in FORMS:
        form.fault("no_form", "没有选择产品形态。", "请选择工业 SaaS、工业 App 或其他。", "app_form")
    if not form.yes("delivers"):
        said = "试点单位须直接提供具体开发、实施或运维服务。"
        form.fault("not_direct", said, "属实的请勾选。", "delivers")
    for name, label in (("budget_supplier", "预算：供应商部分"), ("budget_customer", "预算：客户部分")):
        form.money(name, label)
    ends_on, last_field = _schedule(form)
    partners, codes = _partners(form)
    above = _services(form, services)
    areas = _areas(form)
    references = _cases(form, today)
    files = _files(form)
    if not form.yes("promise"):
        form.fault("no_promise", "没有勾选真实性承诺。", "请核对全部内容后勾选。", "promise")
    application = Application(
        title=lines["title"][:TITLE_MOST],
        scene="，".join(lines[name] for name in ("industry", "segment", "problem") if lines[name])[:200],
        areas=tuple(areas),
        plan_ends_on=ends_on,
        last_field=last_field,
        partners=tuple(partners),
        partner_codes=tuple(codes),
        references=references,
        fees_above=tuple(above),
        files=tuple(files),
    )
    return application, form.faults


def rows(typed: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rows of one kind, as they were typed."""
    found = typed.get(name)
    return [row for row in found if isinstance(row, Mapping)][:60] if isinstance(found, list) else []


def _unit(form: FormReader) -> None:
    if narrow(form.typed.get("unit_kind")) not in KINDS:
        form.fault("no_kind", "没有选择单位性质。", "请选择。", "unit_kind")
    if not form.yes("is_legal_person"):
        said = "申报单位须具有独立法人资格。"
        form.fault("not_legal_person", said, "属实的请勾选。", "is_legal_person")
    form.day("founded_on", "成立时间")
    for name, label in (
        ("leader_phone", "负责人电话"),
        ("contact_phone", "联系人电话"),
        ("contact_mobile", "联系人手机"),
    ):
        form.phone(name, label)
    if tidy(form.typed.get("contact_fax")):
        form.phone("contact_fax", "传真")
    mail = form.text("contact_mail", "E-mail", most=100)
    if mail and (mail.count("@") != 1 or " " in mail or "." not in mail.partition("@")[2]):
        form.fault("not_a_mail", f"“{mail}”不是邮箱。", "请核对。", "contact_mail")
    for name, label in (("sales", "上年销售"), ("tax", "上年税金")):
        form.money(name, label)
    plain = form.text("profit", "上年利润", most=40)
    if plain:
        try:
            parse_yuan(plain, negative=True)
        except MoneyError as error:
            form.fault("not_money", f"上年利润：{error}。", "以元为单位，亏损写负数。", "profit")
    _count(form, form.typed.get("employees"), "employees", "员工总数")


def _count(form: FormReader, typed: Any, field: str, label: str) -> int:
    plain = narrow(typed)
    if plain.isascii() and plain.isdecimal() and len(plain) < 7 and int(plain) > 0:
        return int(plain)
    form.fault("not_a_count", f"{label}应为大于零的整数。", f"请填写{label}。", field)
    return 0


def _row(form: FormReader, row: Mapping[str, Any], name: str, place: int) -> FormReader:
    """A reader of one row whose faults name the row's fields."""
    return FormReader(
        {f"{name}-{place}-{key}": value for key, value in row.items()}, form.article, form.faults
    )


def _schedule(form: FormReader) -> tuple[date | None, str]:
    listed = rows(form.typed, "schedule")
    if not listed:
        form.fault("no_schedule", "没有列出进度安排。", "请列明关键节点和时间。", "schedule-0-text")
    last: tuple[date | None, str] = (None, "schedule-0-ends_on")
    for place, row in enumerate(listed):
        reader = _row(form, row, "schedule", place)
        reader.text(f"schedule-{place}-text", "关键节点", most=LINE_MOST)
        day = reader.day(f"schedule-{place}-ends_on", "完成时间")
        if day is not None and (last[0] is None or day >= last[0]):
            last = (day, f"schedule-{place}-ends_on")
    return last


def _partners(form: FormReader) -> tuple[list[str], list[str]]:
    names, codes = [], []
    for place, row in enumerate(rows(form.typed, "partners")):
        reader = _row(form, row, "partners", place)
        names.append(reader.text(f"partners-{place}-name", "联合单位名称", most=120))
        reader.text(f"partners-{place}-task", "承担的分工", most=LINE_MOST)
        code = narrow(row.get("uscc"))
        if code:
            try:
                codes.append(validate_uscc(code))
            except UsccError as error:
                form.fault("uscc_invalid", f"{error}。", "请按营业执照核对。", f"partners-{place}-uscc")
    return [name for name in names if name], codes


def _services(form: FormReader, services: Sequence[Service]) -> list[tuple[int, str, str, str]]:
    """The services with their average fees above the cap: place, name, average and cap in yuan."""
    known = {one.number: one for one in services}
    listed = rows(form.typed, "services")
    if not listed:
        form.fault("no_service", "没有列出目录中的应用服务和费用。", "至少列一项。", "services-0-service")
    above, seen = [], set()
    for place, row in enumerate(listed):
        head = f"services-{place}"
        plain = narrow(row.get("service"))
        service = known.get(int(plain)) if plain.isascii() and plain.isdecimal() and len(plain) < 4 else None
        if service is None:
            form.fault("unknown_service", "请选择目录中的应用服务。", "", f"{head}-service")
        elif service.number in seen:
            form.fault("service_twice", f"{service.name}列了两次。", "请合并为一行。", f"{head}-service")
        count = _count(form, row.get("enterprises"), f"{head}-enterprises", "企业数")
        fee = _row(form, row, "services", place).money(f"{head}-fee", "客户付费合计")
        if service is None:
            continue
        seen.add(service.number)
        devices = 0
        if service.cap.per == "device":
            devices = _count(form, row.get("devices"), f"{head}-devices", "联网设备台套数")
        units = devices if service.cap.per == "device" else count
        # Small and medium enterprises: a cap graded by size is that of a medium one, the largest they can be.
        cap = cap_fen(service.cap, "medium", 1)
        if fee is not None and units and fee > cap * units:
            above.append((place, service.name, format_yuan(-(-fee // units)), format_yuan(cap)))
    return above


def _areas(form: FormReader) -> list[tuple[str, int, int]]:
    listed = rows(form.typed, "areas")
    if not listed:
        form.fault("no_area", "没有列出实施地市和企业家数。", "至少列一个地市。", "areas-0-city")
    found: list[tuple[str, int, int]] = []
    for place, row in enumerate(listed):
        head = f"areas-{place}"
        city = regions.find_city(tidy(row.get("city"))) if tidy(row.get("city")) else None
        if city is None:
            form.fault("unknown_city", "请选择广东省的地市。", "", f"{head}-city")
        elif any(city.code == one[0] for one in found):
            form.fault("city_twice", f"{city.name}列了两次。", "请合并为一行。", f"{head}-city")
        count = _count(form, row.get("enterprises"), f"{head}-enterprises", "企业家数")
        amount = _row(form, row, "areas", place).money(f"{head}-amount", "所需服务券额度")
        if amount is not None and amount <= 0:
            form.fault("not_positive", "所需服务券额度应大于零。", "请填写金额。", f"{head}-amount")
        if city is not None and not any(city.code == one[0] for one in found):
            found.append((city.code, count, amount or 0))
    return found


def _cases(form: FormReader, today: date) -> int:
    """How many cases are finished, of the same scene, and in the province."""
    counted = 0
    for place, row in enumerate(rows(form.typed, "cases")):
        head, reader = f"cases-{place}", _row(form, row, "cases", place)
        for name, label in (("name", "案例名称"), ("enterprise", "实施企业")):
            reader.text(f"{head}-{name}", label, most=120)
        for name, label in (("content", "实施内容"), ("effect", "最终效果")):
            reader.text(f"{head}-{name}", label, most=TEXT_MOST)
        begun, done = (
            reader.day(f"{head}-started_on", "开始日期"),
            reader.day(f"{head}-finished_on", "完成日期"),
        )
        if begun is not None and done is not None and done < begun:
            form.fault("days_in_disorder", "案例完成日期早于开始日期。", "请核对。", f"{head}-finished_on")
        here = regions.find_city(tidy(row.get("city"))) is not None
        counted += bool(here and is_yes(row.get("same_scene")) and done is not None and done <= today)
    return counted


def _files(form: FormReader) -> list[tuple[str, int]]:
    listed = rows(form.typed, "proofs")
    if not listed:
        said = "没有上传证明材料。"
        form.fault("no_proof", said, "请上传证书、资质、审计报告、合同、照片等。", "proofs-0-file")
    found = []
    for place, row in enumerate(listed):
        reader = _row(form, row, "proofs", place)
        reader.text(f"proofs-{place}-title", "材料名称", most=80)
        pk = reader.file(f"proofs-{place}-file", "证明材料")
        if pk is not None:
            found.append((f"proofs-{place}-file", pk))
    sealed = form.file("sealed", "盖章的申请书", needed=False)
    return [*found, ("sealed", sealed)] if sealed is not None else found

"""Scene 1, September 2018: the province sets the programme up; suppliers register and list products."""

from __future__ import annotations

from yunquan.catalogue import actions as catalogue
from yunquan.demo import contacting
from yunquan.demo.offers import OFFERS
from yunquan.demo.stage import PASSWORD, VISITOR, Stage, at
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties import regions
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role
from yunquan.policy.uscc import make_uscc
from yunquan.programme import actions as programme
from yunquan.programme.rules import rulebook, working_calendar

# Targets in 万元 by city, in the order of the region codes; all invented.
TARGETS = (
    2000,
    400,
    2400,
    900,
    700,
    1800,
    900,
    400,
    400,
    500,
    800,
    300,
    200,
    200,
    300,
    400,
    2200,
    1200,
    300,
    500,
    300,
)
OFFICERS = ("441900", "440600", "440300", "441300", "440100")
SUPPLIERS = (
    ("yun", "虚构云服务（演示）有限公司", "441900", (2, 8, 9)),
    ("zhi", "虚构智造（演示）有限公司", "440300", (3, 4, 5)),
    ("ruan", "虚构软件（演示）有限公司", "440100", (1, 9, 10, 11)),
    ("neng", "虚构能源物联（演示）有限公司", "440600", (6, 7, 2)),
    ("wai", "虚构外省平台（演示）有限公司", "", (2, 3, 7)),
)
MODULES = ["数据采集：设备与业务数据接入", "看板：实时状态与统计", "预警：异常提醒与处置记录"]

# Kind, reader, title, body; the last goes into the archive.
NOTICES = (
    (
        "notice",
        "",
        "关于组织开展 2018 年度服务券申领的通知",
        "申领窗口 2018-10-15 10:00 至 2018-12-31 17:00。",
    ),
    (
        "guide",
        "enterprise",
        "企业申领指南",
        "一、注册并提交单位资料，所在地主管部门 5 个工作日内审核。\n\n二、与供应商签订合同，单独列明上云上平台费用。\n\n"
        "三、上传合同，填写费用，选择应用服务和供应商，提交申领。\n\n四、供应商确认后，主管部门 10 个工作日内审核；通过的自动发放。",
    ),
    (
        "guide",
        "enterprise",
        "企业兑现指南",
        "一、实施完成并付款，付款不低于券面金额。\n\n二、上传发票、付款凭证，登记验收报告，提交兑现申请。\n\n"
        "三、供应商确认后，等待行为数据判定、审核、公示和兑付；截止前没有兑现的服务券作废。",
    ),
    (
        "guide",
        "supplier",
        "供应商注册和确认指南",
        "一、在注册开放时间提交资料和产品，写明功能模块和收费标准。\n\n二、企业申领、兑现时，核对无误的确认，有误的一次写明全部理由退回。\n\n"
        "三、确认兑现时，申报用户端和公有云应用端，按要求送达行为数据。",
    ),
    (
        "guide",
        "bureau",
        "主管部门审核指南",
        "一、申领核对企业信息、合同是否列明费用、金额是否一致。\n\n二、兑现核对发票开具方、付款收款方和总额，参考行为数据判定。\n\n"
        "三、退回须一次性告知全部理由；清单由另一人审批后公示不少于 7 天，处理完异议再兑付。",
    ),
    (
        "guide",
        "expert",
        "专家审核和抽查指南",
        "一、收到邀请先核对有无利害关系，有的回避。\n\n二、审核供应商能力三项都要作出判断，未达到的写明理由。\n\n"
        "三、现场抽查逐项填写抽查表，没有网络也能填，恢复后自动送达。",
    ),
    (
        "guide",
        "public",
        "公示查询和监督指南",
        "一、在“公示”中查看结算清单，有异议的在公示期内提出并附材料。\n\n二、意见、建议、投诉、举报在“监督与留言”中写，可以不留姓名，凭查询码查答复。\n\n"
        "三、抽取结果、回执和通知书都可以在本站核对。",
    ),
    (
        "notice",
        "",
        "关于 2018 年度供应商注册时间的预告",
        "供应商注册将于 2018 年 9 月开放，具体时间另行通知。",
    ),
)


def found(stage: Stage) -> None:
    """Bureaus, people, the 2018 cycle with quotas, funds and windows, notices, suppliers, products."""
    parties.found_bureaus()
    _people(stage)
    contacting.ask(stage)
    _cycle(stage)
    _notices(stage)
    for place, (name, title, city, services) in enumerate(SUPPLIERS):
        supplier(stage, name, title, city, services, place)


def _people(stage: Stage) -> None:
    stage.official("province", "演示省厅经办", Role.PROVINCE_OFFICER, "440000")
    stage.official("province2", "演示省厅审批", Role.PROVINCE_APPROVER, "440000")
    stage.official("auditor", "演示审计", Role.AUDITOR, "440000")
    stage.official("expert1", "演示专家一", Role.EXPERT)
    stage.official("expert2", "演示专家二", Role.EXPERT)
    stage.official("sysadmin", "演示系统管理", Role.SYSTEM_ADMIN)
    stage.official("secadmin", "演示安全管理", Role.SECURITY_ADMIN)
    stage.official("audadmin", "演示安全审计", Role.AUDIT_ADMIN)
    for code in OFFICERS:
        letters = letters_of(code)
        for suffix, role in (
            ("review", Role.CITY_REVIEWER),
            ("approve", Role.CITY_APPROVER),
            ("cash", Role.CITY_CASHIER),
        ):
            stage.official(f"{letters}-{suffix}", f"演示{_short(code)}{role.label}", role, code)
    stage.official("hc-review", "演示惠城县区审核", Role.COUNTY_REVIEWER, "441302")
    # Related parties are looked at by a second reviewer; 东莞 has one.
    stage.official("dg-look", "演示东莞复核（dg-look）", Role.CITY_REVIEWER, "441900")
    bureau = Bureau.objects.get(code="441300")
    parties.let_counties_review(bureau=bureau, reviews=True, by=stage["hz-approve"], now=stage.now)


def letters_of(code: str) -> str:
    city = regions.city(code)
    assert city is not None
    return city.letters.lower()


def _short(code: str) -> str:
    city = regions.city(code)
    assert city is not None
    return city.short


def _cycle(stage: Stage) -> None:
    officer = stage["province"]
    cycle = programme.create_cycle(
        code="2018", name="2018 年度", pack="gd-2018", year=2018, by=officer, now=stage.now
    )
    programme.publish_windows(
        cycle=cycle,
        windows={
            "register": (at("2018-09-10 09:00"), at("2018-11-30 17:00")),
            "apply": (at("2018-10-15 10:00"), at("2018-12-31 17:00")),
            "claim": (at("2018-11-15 10:00"), at("2019-03-31 17:00")),
        },
        by=officer,
        now=stage.now,
    )
    quotas(stage, "2018", factor=150)
    stage.until("2018-10-15 09:00")
    stage.cycles["2018"] = programme.open_cycle(cycle=cycle, by=officer, now=stage.now)


def quotas(stage: Stage, code: str, *, factor: int) -> None:
    """Split targets and funds over the 21 cities; 东莞's money is short on purpose."""
    from yunquan.programme.models import Cycle

    cycle, officer = Cycle.objects.get(code=code), stage["province"]
    for city, target in zip(regions.cities(), TARGETS, strict=True):
        fen = target * 10_000_00
        programme.set_target(
            cycle=cycle, city=city.code, target_fen=fen, factor_percent=factor, by=officer, now=stage.now
        )
        funds = 350_000_00 if (city.code, code) == ("441900", "2018") else fen
        programme.appropriate_funds(
            cycle=cycle, city=city.code, amount_fen=funds, document="演示资金文件", by=officer, now=stage.now
        )


def _notices(stage: Stage) -> None:
    """A notice and a guide for each reader, drafted by one officer and published by another; one in the archive."""
    for kind, audience, title, body in NOTICES:
        draft = programme.draft_notice(
            kind=kind,
            audience=audience,
            title=f"{title}（演示）",
            body=body,
            by=stage["province"],
            now=stage.now,
        )
        programme.submit_notice(notice=draft, by=stage["province"], now=stage.now)
        row = programme.publish_notice(notice=draft, by=stage["province2"], now=stage.now)
    programme.archive_notice(
        notice=row, reason="注册已按新的安排开放（演示）", by=stage["province"], now=stage.now
    )


def supplier(stage: Stage, name: str, title: str, city: str, services: tuple[int, ...], place: int) -> None:
    """A supplier from registration to listed products: city first, experts, province (D47-5.3 to 5.5)."""
    rules, calendar = rulebook("gd-2018"), working_calendar()
    draft = draft_supplier(stage, name, title, city, services, place)
    by = stage[name]
    row = parties.submit_supplier(
        supplier=draft, by=by, now=stage.wait(hours=1), rules=rules, calendar=calendar
    )
    if city:
        row = parties.city_pass(supplier=row, by=stage[f"{letters_of(city)}-review"], now=stage.wait(hours=2))
    experts = [stage.accounts["expert1"], stage.accounts["expert2"]]
    row = parties.ask_experts(supplier=row, experts=experts, by=stage["province"], now=stage.wait(hours=2))
    for expert in ("expert1", "expert2"):
        parties.give_opinion(
            supplier=row,
            platform_met=True,
            supplier_met=True,
            product_met=True,
            remark="材料完整，符合标准（演示）。",
            by=stage[expert],
            now=stage.wait(hours=1),
        )
    row = parties.register(supplier=row, by=stage["province2"], now=stage.wait(hours=1), rules=rules)
    stage.suppliers[name] = row
    for service in services:
        _product(stage, name, service)


def draft_supplier(
    stage: Stage, name: str, title: str, city: str, services: tuple[int, ...], place: int
) -> object:
    """A supplier's account with its form filled in."""
    row, person = parties.register_supplier(
        uscc=make_uscc(9000 + place, region=city or "330100"),
        name=title,
        username=name,
        password=PASSWORD,
        person_name=f"演示{name}联系人",
        phone="13900000000",
        by=VISITOR,
        now=stage.now,
    )
    stage.give_password(person)
    by = stage.people[name] = Actor(person=person.key, role=Role.SUPPLIER, org=row.key)
    typed = {
        "name": title,
        "is_in_province": "1" if city else "",
        "city": city,
        "address": "演示大道 1 号",
        "platform": "虚构工业互联网平台（演示）",
        "strengths": "演示：具备平台、团队、案例和信息安全保障。",
        "services": [str(number) for number in services],
        "holds_ip": "1",
        "licence": stage.paper(by, "营业执照", [("名称", title)]),
        "contact_name": "演示联系人",
        "contact_phone": "13900000000",
    }
    return parties.save_supplier(supplier=row, typed=typed, by=by, now=stage.now)


def _product(stage: Stage, name: str, service: int) -> None:
    rules, by = rulebook("gd-2018"), stage[name]
    entry = rules.service(service, stage.now.date())
    assert entry is not None
    typed = {
        "service": str(service),
        "name": f"{entry.name}云应用（演示）",
        "summary": f"面向中小工业企业的{entry.name}应用，开通即用。",
        "modules": "\n".join(MODULES),
        **_price(name, service),
    }
    row = catalogue.draft_product(supplier=stage.suppliers[name], typed=typed, by=by, now=stage.now)
    row = catalogue.submit_product(
        product=row, by=by, now=stage.wait(minutes=20), rules=rules, calendar=working_calendar()
    )
    catalogue.list_product(product=row, by=stage["province"], now=stage.wait(minutes=20))


def _price(name: str, service: int) -> dict[str, str]:
    """The listed price: what the supplier asks of most, for each device where the service counts them."""
    fee, devices = next(((fee, d) for number, fee, d in OFFERS[name] if number == service), ("30000.00", ""))
    yuan = int(fee.partition(".")[0])
    if devices:
        each = yuan // int(devices)
        return {
            "price_standard": f"按台套收费，每台套每年 {each} 元，含实施和接入。",
            "price_from": f"{each}.00",
        }
    return {"price_standard": f"按项收费，每年 {yuan} 元起，含实施和培训。", "price_from": f"{yuan}.00"}


def unfinished_suppliers(stage: Stage) -> None:
    """One waits for the city, one for the province, one was returned with all reasons."""
    rules, calendar = rulebook("gd-2018"), working_calendar()
    cases = (
        ("dai", "虚构待审（演示）有限公司", "441900"),
        ("bu", "虚构补正（演示）有限公司", "440600"),
    )
    for place, (name, title, city) in enumerate(cases, 20):
        draft = draft_supplier(stage, name, title, city, (9,), place)
        row = parties.submit_supplier(
            supplier=draft, by=stage[name], now=stage.wait(hours=1), rules=rules, calendar=calendar
        )
        if name == "bu":
            reasons = [
                {
                    "code": "other",
                    "text": "平台等级保护证明缺失，请补充；团队社保清单缺失，请一并补充（演示）。",
                }
            ]
            parties.send_back_supplier(
                supplier=row, reasons=reasons, by=stage["fs-review"], now=stage.wait(hours=1), rules=rules
            )

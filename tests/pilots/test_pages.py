"""The pages of the pilots: what is typed is kept, everything wrong is said beside its field, strangers find nothing."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from docx import Document

from tests.cast import World
from tests.desks.officials import text_of
from tests.pilots.conftest import NAMING, REVIEWING, Pilots
from yunquan.pilots import access, actions
from yunquan.pilots.models import Pilot, PilotCall

pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


@pytest.mark.clause("D47-A2")
def test_the_form_is_filled_in_step_by_step_and_nothing_typed_is_lost(
    pilots: Pilots,
    world: World,
    enter: Enter,
    moment: Any,
) -> None:
    call = pilots.call()
    moment("2018-10-22 10:00")
    clerk = enter("supplier")
    assert call.title in text_of(clerk.get("/supplier/pilots/"))
    begun = clerk.post(f"/supplier/pilots/calls/{call.pk}/start")
    pilot = Pilot.objects.get()
    assert begun.url == f"/supplier/pilots/{pilot.pk}/unit/"
    clerk.post(f"/supplier/pilots/calls/{call.pk}/start")
    assert Pilot.objects.count() == 1
    for step in ("unit", "scheme", "details", "cases", "check"):
        text_of(clerk.get(f"/supplier/pilots/{pilot.pk}/{step}/"))
    long = "能" * 1001
    page = text_of(
        clerk.post(
            f"/supplier/pilots/{pilot.pk}/unit/",
            {
                "capability": long,
                "sales": "一千万",
                "contact_mail": "nobody",
                "partners-0-name": "虚构协会",
                "next": "yes",
            },
        ),
        422,
    )
    for said in (
        "超过 1000 个字",
        "不是邮箱",
        "没有选择单位性质",
        long,
        "一千万",
        "虚构协会",
        "没有填写承担的分工",
    ):
        assert said in page, said
    page = text_of(clerk.post(f"/supplier/pilots/{pilot.pk}/scheme/", {"title": "留下的", "add": "areas"}))
    assert "areas-1-city" in page and "留下的" in page
    pilot.refresh_from_db()
    assert (pilot.typed["capability"], pilot.typed["title"]) == (long, "留下的")
    page = text_of(clerk.get(f"/supplier/pilots/{pilot.pk}/check/"))
    assert (
        "证明材料 1：没有上传证明材料" in page
        and "付款凭证" not in page
        and f"/supplier/pilots/{pilot.pk}/cases/?check=1#id_proofs-0-file" in page
    )
    assert text_of(clerk.post(f"/supplier/pilots/{pilot.pk}/check/"), 422).count("怎么办") > 10
    actions.save(pilot=pilot, typed=pilots.typed(), by=world["supplier"], now=pilot.started_at)
    assert "没有发现问题" in text_of(clerk.get(f"/supplier/pilots/{pilot.pk}/check/"))
    assert clerk.post(f"/supplier/pilots/{pilot.pk}/check/").status_code == 302
    assert "待形式审查" in text_of(clerk.get(f"/supplier/pilots/{pilot.pk}/"))
    assert clerk.get(f"/supplier/pilots/{pilot.pk}/form.pdf").content.startswith(b"%PDF")
    word = Document(io.BytesIO(clerk.get(f"/supplier/pilots/{pilot.pk}/form.docx").content))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    assert "组织机构代码" in cells and world.supplier.uscc in cells and "-12.00005" in cells
    assert clerk.post(f"/supplier/pilots/{pilot.pk}/recall").url.endswith("/check/")
    for name in ("other_supplier", "dg_enterprise", "dg_reviewer", "expert"):
        stranger = enter(name)
        assert stranger.get(f"/supplier/pilots/{pilot.pk}/").status_code == 404
        assert stranger.get(f"/files/{pilot.typed.get('sealed') or 1}/").status_code == 404


@pytest.mark.clause("D47-6.2", "D47-A2")
def test_the_province_calls_reviews_ranks_and_names_from_its_pages(
    pilots: Pilots,
    world: World,
    enter: Enter,
    moment: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment("2018-10-16 09:00")
    officer, approver = enter("province_officer"), enter("province_approver")
    text_of(officer.get("/province/pilots/"))
    page = text_of(officer.get("/province/pilots/calls/new/"))
    assert "场景与需求" in page
    wrong = {"cycle": world.cycle.pk, "title": "", "text": "留下的正文", "closes_at": "2018-11-05 17:00", "pass_mark": "60",
             "least_experts": "1", "criteria-0-name": "唯一", "criteria-0-weight": "90"}  # fmt: skip
    page = text_of(officer.post("/province/pilots/calls/new/", wrong), 422)
    assert "权重合计是 90" in page and "请填写标题" in page and "留下的正文" in page
    # What can't be read and what can't be right are told together.
    both = wrong | {"closes_at": "随便", "pass_mark": "101", "least_experts": "许多"}
    page = text_of(officer.post("/province/pilots/calls/new/", both), 422)
    for said in ("2018-12-31 17:00 的样子", "应为 0 到 100", "权重合计是 90", "请填写标题", "还有 5 处"):
        assert said in page, said
    assert "请填写申报截止时间" not in page and "许多" in page
    right = wrong | {"title": "试点申报（测试）", "criteria-0-weight": "100"}
    place = officer.post("/province/pilots/calls/new/", right).url
    assert "修改草稿" in text_of(officer.get(place)) and "修改草稿" not in text_of(approver.get(place))
    waits, reads = "核对后发布申报通知", "试点申报（测试）"
    page = text_of(approver.get("/province/"))
    assert waits in page and reads in page and waits not in text_of(officer.get("/province/"))
    assert officer.post(f"{place}publish").status_code == 422
    assert approver.post(f"{place}publish").status_code == 302
    assert waits not in text_of(approver.get("/province/"))
    call = PilotCall.objects.get()
    first, second = pilots.submitted(call), pilots.submitted(call, "other_supplier")
    moment("2018-10-25 09:00")
    page = text_of(officer.get(f"/province/pilots/{first.pk}/"))
    assert "形式审查" in page and "注塑行业云排产" in page
    assert "请选择受理或退回补正" in text_of(officer.post(f"/province/pilots/{first.pk}/check"), 422)
    both = {"step": "accept", "reasons_text": "还想退回"}
    assert "还想退回" in text_of(officer.post(f"/province/pilots/{first.pk}/check", both), 422)
    for one in (first, second):
        assert officer.post(f"/province/pilots/{one.pk}/check", {"step": "accept"}).status_code == 302
    judge = pilots.people(1)[0]
    page = text_of(
        officer.post(f"/province/pilots/{first.pk}/experts", {"mode": "defence", "place": "会议室甲"}), 422
    )
    assert "请选择评审专家" in page and "须定时间" in page and "会议室甲" in page
    # A time that can't be read hides nothing else that is wrong.
    unread = {"mode": "defence", "held_at": "随便", "experts": [judge.pk]}
    with monkeypatch.context() as known:
        known.setattr("yunquan.pilots.ties.computed_ties", lambda *_: {judge.pk: "在申报单位任职"})
        page = text_of(officer.post(f"/province/pilots/{first.pk}/experts", unread), 422)
    for said in ("2018-12-31 17:00 的样子", "应当回避：在申报单位任职", "须定地点", "随便"):
        assert said in page, said
    assert "须定时间" not in page
    for one in (first, second):
        sent = {"mode": "paper", "experts": [judge.pk]}
        assert officer.post(f"/province/pilots/{one.pk}/experts", sent).status_code == 302
    expert = enter(pilots.experts[0])
    assert "“试点评审”有" in text_of(expert.get("/expert/"))
    assert first.title in text_of(expert.get("/expert/pilots/"))
    page = text_of(expert.get(f"/expert/pilots/{first.pk}/"))
    assert "先申报利害关系" in page and "需求分析" not in page
    assert expert.get(f"/expert/pilots/{first.pk}/form.docx").status_code == 404
    for one, given in ((first, "88"), (second, "61")):
        assert expert.post(f"/expert/pilots/{one.pk}/declare", {"employer": "无"}).status_code == 302
        page = text_of(
            expert.post(f"/expert/pilots/{one.pk}/score", {"points_0": "八十", "opinion": "留下"}), 422
        )
        assert "0 到 100 的整数分" in page and "留下" in page and "八十" in page
        sheet = {"points_0": given, "opinion": "可行"}
        assert expert.post(f"/expert/pilots/{one.pk}/score", sheet).status_code == 302
    assert "88.00" in text_of(expert.get(f"/expert/pilots/{first.pk}/"))
    assert expert.get(f"/expert/pilots/{first.pk}/form.docx").status_code == 200
    assert "排序并拟定试点" not in text_of(officer.get("/province/"))
    moment("2018-11-12 10:00")
    assert "排序并拟定试点" in text_of(officer.get("/province/"))
    page = text_of(officer.get(place))
    assert "第 1 名" in page and "第 2 名" in page
    ranking = text_of(officer.get(f"{place}?format=csv")).splitlines()
    assert ranking[-2].startswith(f"1,{first.supplier.name}") and "88.00,1,1,是" in ranking[-2]
    assert ranking[-1].startswith(f"2,{second.supplier.name}") and "61.00,1,1," in ranking[-1]
    sent = {f"choice_{first.pk}": "yes", f"earmarks_{first.pk}_441900": "四十万", f"choice_{second.pk}": "no"}
    assert "四十万" in text_of(officer.post(f"{place}rank", sent), 422)
    sent[f"earmarks_{first.pk}_441900"] = "400000"
    assert officer.post(f"{place}rank", sent).status_code == 302
    assert "排序并拟定试点" not in text_of(officer.get("/province/"))
    assert "公示拟定试点，或退回重排" in text_of(approver.get("/province/"))
    # Nobody outside learns before the publicity.
    assert "专家评审中" in text_of(enter("other_supplier").get(f"/supplier/pilots/{second.pk}/"))
    taken = text_of(enter("other_supplier").get("/supplier/pilots/?format=csv"))
    assert "专家评审中" in taken and "未入选" not in taken and first.supplier.name not in taken
    inside = text_of(enter("province_officer").get("/province/pilots/?list=pilots&format=csv"))
    assert "拟定为试点" in inside and "未入选" in inside
    assert enter("other_supplier").get("/province/pilots/?list=pilots&format=csv").status_code == 404
    assert approver.post(f"{place}publicise").status_code == 302
    public = text_of(Client().get("/pilots/"))
    assert first.supplier.name in public and "400,000.00" in public
    # Who objects comes to a form that names the applicant in full: a short name would be tied to nobody.
    sent_on = re.search(r'href="(/feedback/[^"]+)"', public)
    board = text_of(Client().get(html.unescape(sent_on[1]))) if sent_on else ""
    assert f'name="supplier" value="{first.supplier.name}"' in board
    assert re.search(r'value="complaint"[^>]* checked', board)
    assert re.search(r'value="supplier"[^>]* checked', board)
    # The end of a day is said as the end of that day, not as the midnight in which the next one begins.
    for page in (public, text_of(officer.get(place)), text_of(officer.get(f"/province/pilots/{first.pk}/"))):
        assert "2018-11-19 24:00" in page and "2018-11-20 00:00" not in page
    for file in ("/pilots/?list=in_public", "/province/pilots/?list=calls"):
        taken = text_of(officer.get(f"{file}&format=csv"))
        assert "2018-11-19 24:00" in taken and "2018-11-20 00:00" not in taken, file
    moment("2018-11-13 10:00")
    assert "公示期未满" in text_of(approver.post(f"/province/pilots/{first.pk}/name"), 422)
    # A reason that is too long is refused as it was typed, not cut.
    page = text_of(approver.post(f"/province/pilots/{first.pk}/drop", {"reason": "长" * 2001 + "尾"}), 422)
    assert "长尾" in page and Pilot.objects.get(pk=first.pk).state == "public"
    assert "公示期已满" not in text_of(Client().get("/pilots/"))
    moment("2018-11-21 10:00")
    assert "公示期已满，待决定" in text_of(Client().get("/pilots/"))
    assert "请逐个打开拟定的试点，授予称号或不予立项" in text_of(approver.get(place))
    assert approver.post(f"/province/pilots/{first.pk}/name").status_code == 302
    text_of(officer.get(f"/province/pilots/{first.pk}/"))
    text_of(officer.get("/province/"))
    assert "0 / 20" in text_of(Client().get("/pilots/"))
    assert "安排额度" in text_of(enter("dg_reviewer").get(f"/city/pilots/{first.pk}/"))
    assert enter("hz_reviewer").get(f"/city/pilots/{first.pk}/").status_code == 404
    assert "请勾选“标注试点”" in text_of(enter("supplier").get(f"/supplier/pilots/{first.pk}/"))


@pytest.mark.clause("D0-6.3")
def test_the_drafts_reckoning_is_told_with_its_working_and_pays_nothing(
    pilots: Pilots,
    world: World,
    enter: Enter,
    moment: Any,
) -> None:
    pilots.named()
    pilots.tagged(1)
    pilots.tagged(1, city="440600")
    moment("2018-12-10 10:00")
    officer = enter("province_officer")
    assert "没有这种办法" in text_of(officer.get("/province/pilots/lead/"))
    page = text_of(officer.get("/province/pilots/lead/?rules=draft"))
    assert "1 / 2" in page and "试点合计上限 5,000,000.00 元" in page and "不产生兑付" in page


def test_lists_ask_no_more_queries_the_more_pilots_there_are(
    pilots: Pilots,
    world: World,
    enter: Enter,
    moment: Any,
    django_assert_max_num_queries: Any,
) -> None:
    row = pilots.named()
    moment("2018-12-10 10:00")
    visitor = Client()
    visitor.get("/pilots/")
    for number in range(3):
        supplier = world.add_supplier(f"more{number}")
        Pilot.objects.create(
            call=row.call,
            supplier=supplier,
            title="更多",
            promised=20,
            state="public",
            started_at=NAMING,
            rank=number,
        )
    with django_assert_max_num_queries(14):
        text_of(visitor.get("/pilots/"))
    Pilot.objects.filter(pk=row.pk).update(state="hearing", ground="overdue")
    page = text_of(visitor.get("/pilots/"))
    assert "试点单位" in page and "拟取消称号" not in page
    taken = text_of(visitor.get("/pilots/?list=pilots&format=csv"))
    assert "试点单位" in taken and "拟取消称号" not in taken
    officer = enter("province_officer")
    officer.get("/province/pilots/")
    with django_assert_max_num_queries(60):
        text_of(officer.get("/province/pilots/"))


@pytest.mark.parametrize("at", ["/files/{0}/", "/expert/pilots/{0}/", "/files/1/page/{0}.png"])
def test_a_number_that_no_row_has_is_no_page(world: World, enter: Enter, at: str) -> None:
    client = enter("expert")
    for number in (2**63 - 1, 2**63, int("9" * 30)):
        assert client.get(at.format(number)).status_code == 404


def test_proofs_are_open_to_the_applicant_the_province_and_experts_who_declared(
    pilots: Pilots, world: World
) -> None:
    row = pilots.reviewing(pilots.call())
    pk = int(row.typed["proofs"][0]["file"])
    judge, other = (world[name] for name in pilots.experts[:2])
    assert access.file_for(judge, pk) is None
    actions.declare(pilot=row, employer="无", interest="", by=judge, now=REVIEWING)
    actions.declare(pilot=row, employer="无", interest="亲属在申报单位（测试）", by=other, now=REVIEWING)
    for actor in (judge, world["supplier"], world["province_officer"], world["auditor"]):
        assert access.file_for(actor, pk) is not None
    for name in ("other_supplier", "dg_reviewer", "expert", "dg_enterprise"):
        assert access.file_for(world[name], pk) is None
    assert access.file_for(other, pk) is None
    # A number typed into one's own form opens nobody else's file.
    theirs = world.file(world["other_supplier"]).pk
    Pilot.objects.filter(pk=row.pk).update(typed={"sealed": str(theirs)})
    assert access.file_for(world["supplier"], theirs) is None

"""The pages of the demonstration projects on every desk, and the public one (D858-2.1, D858-2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.cast import DONGGUAN, FOSHAN, World, at
from tests.demonstrations import stage
from tests.desks import officials
from tests.desks.officials import loud_templates, text_of
from tests.inspections.test_self_check_pages import once
from yunquan.demonstrations.actions import deciding
from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.demonstrations.outline import LABELS
from yunquan.desks.auditor.scope import of_log
from yunquan.journal import clock
from yunquan.journal.models import LogEntry
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role

__all__ = ["loud_templates"]
pytestmark = pytest.mark.django_db
Enter = Callable[[str], Client]


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    def move(text: str) -> datetime:
        now = at(text)
        monkeypatch.setattr(clock, "read", lambda: now)
        return now

    move("2020-09-16 10:00")
    return move


enter = officials.enter


def body(answer: Any) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def flat(typed: dict[str, Any]) -> dict[str, str]:
    """Typed JSON as a browser sends it."""
    sent: dict[str, str] = {}
    for name, value in typed.items():
        if isinstance(value, list):
            for place, row in enumerate(value):
                for key, one in row.items():
                    sent[f"{name}-{place}-{key}" + ("_id" if key == "file" else "")] = one
        else:
            sent[name] = value
    return sent


@pytest.mark.clause("D858-2.1")
def test_an_official_registers_a_project_and_loses_nothing_that_was_typed(world: World, enter: Enter) -> None:
    client, here = enter("province_officer"), "/province/demonstrations/register/"
    text = text_of(client.get(here))
    wrong = flat(
        stage.typed_plan(world.enterprise, public="1", content="<b>内容", ends_on="x", holder_code="NO")
    )
    refused = text_of(client.post(here, {"once": once(text), **wrong}), 422)
    for said in ("不一致", "应为 18 位", "日期请写成", "&lt;b&gt;内容"):
        assert said in refused, said
    assert 'value="平台建设"' in refused
    more = text_of(client.post(here, {"once": once(refused), **wrong, "add": "budget"}))
    assert 'name="budget-2-purpose"' in more
    sent = {"once": once(more), **flat(stage.typed_plan(world.enterprise))}
    answer = client.post(here, sent)
    row = Project.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/province/demonstrations/{row.pk}/"
    assert client.post(here, sent).status_code == 302 and Project.objects.count() == 1
    page = text_of(client.get(answer["Location"]))
    for said in (row.name, "1,000,000.00", "设备联网完成", "延期", "要求整改", "作废登记"):
        assert said in page, said
    assert row.number in text_of(client.get("/province/demonstrations/"))
    for name in ("province_approver", "dg_approver"):
        assert (
            enter(name).get(here if "province" in name else "/city/demonstrations/register/").status_code
            == 404
        )


@pytest.mark.clause("D858-2.1")
def test_a_holder_saves_a_draft_files_by_the_outline_and_sees_every_fault(world: World, enter: Enter) -> None:
    stage.registered(world)
    (report,) = stage.asked(world)
    client, here = enter("dg_enterprise"), f"/enterprise/demonstrations/reports/{report.pk}/"
    assert "示范项目" in text_of(client.get("/enterprise/"))
    text = text_of(client.get(here))
    assert all(label in text for label in LABELS.values()) and "设备联网完成（计划 2020-08-31）" in text
    assert (
        client.post(here, {"once": once(text), "building": "写到<一半>", "action": "save"}).status_code == 302
    )
    text = text_of(client.get(here))
    assert "写到&lt;一半&gt;" in text
    half = flat(
        stage.typed_report(world, audit="", spending=[stage.payment(1, "1000000.01"), stage.payment(1, "x")])
    )
    refused = text_of(client.post(here, {"once": once(text), "action": "file", **half}), 422)
    for said in ("请填写“资金审计情况”", "超过计划的 1,000,000.00 元", "凭证号 PZ-0001 已经列过", "已上传"):
        assert said in refused, said
    report.refresh_from_db()
    assert report.state == "asked" and report.typed["problems"]
    # What is too long is said to be, and comes back whole.
    long = {**half, "building": "长" * 4000 + "尾"}
    refused = text_of(client.post(here, {"once": once(refused), "action": "file", **long}), 422)
    assert "有 4001 个字" in refused and "长尾" in refused
    added = text_of(client.post(here, {"once": once(refused), **half, "add": "spending"}))
    assert 'name="spending-2-amount"' in added
    sent = {"once": once(added), "action": "file", **flat(stage.typed_report(world))}
    assert client.post(here, sent).status_code == 302
    report.refresh_from_db()
    assert report.state == "filed"
    page = text_of(client.get(here))
    assert "PZ-0002" in page and report.content_hash in page and "<textarea" not in page
    assert "不能再修改" in text_of(client.post(here, {"action": "save"}), 422)
    for kind, head in (("pdf", b"%PDF-"), ("docx", b"PK"), ("xlsx", b"PK")):
        assert body(client.get(f"{here}report.{kind}")).startswith(head)


@pytest.mark.clause("D858-2.1")
@pytest.mark.clause("D858-2.3")
def test_a_report_goes_from_the_city_to_the_province_and_what_was_found_is_mended(
    world: World, enter: Enter
) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    city, province = "/city/demonstrations/", "/province/demonstrations/"
    reviewer, officer = enter("dg_reviewer"), enter("province_officer")
    assert "还没有报送" in text_of(reviewer.get(f"{city}reports/{report.pk}/"))
    stage.filed(world, report)
    home = text_of(reviewer.get("/city/"))
    assert "示范项目报告待检查" in home and f"{city}reports/{report.pk}/" in home
    page = text_of(reviewer.get(f"{city}reports/{report.pk}/"))
    assert "登记检查结果" in page and "退回补正" in page and "复核同意" not in page
    back = f"{city}reports/{report.pk}/send_back/"
    text = text_of(reviewer.get(back))
    refused = text_of(reviewer.post(back, {"once": once(text), "due_on": "x"}), 422)
    assert "一次性告知全部" in refused and "须晚于今天" in refused
    sent = {"once": once(refused), "due_on": "2020-09-25", "audit": "请附审计报告"}
    assert reviewer.post(back, sent).status_code == 302
    holder = text_of(enter("dg_enterprise").get(f"/enterprise/demonstrations/reports/{report.pk}/"))
    assert "请附审计报告" in holder and "2020-09-25" in holder
    stage.filed(world, report, audit="已附")
    check = f"{city}reports/{report.pk}/check/"
    text = text_of(reviewer.get(check))
    assert "报告内容" in text and "PZ-0001" in text
    refused = text_of(
        reviewer.post(check, {"once": once(text), "outcome": "problems", "findings": "看过"}), 422
    )
    assert "请写明要整改的问题" in refused and "请写明整改期限" in refused
    found = {"outcome": "problems", "findings": "看过", "problem": "缺联网", "due_on": "2020-10-30"}
    assert reviewer.post(check, {"once": once(refused), **found}).status_code == 302
    assert "示范项目报告待复核" in text_of(officer.get("/province/"))
    review = f"{province}reports/{report.pk}/review/"
    assert officer.post(review, {"once": once(text_of(officer.get(review))), "note": ""}).status_code == 302
    row = Rectification.objects.get()
    here, mine = f"/enterprise/demonstrations/rectifications/{row.pk}/", enter("dg_enterprise")
    text = text_of(mine.get(here))
    refused = text_of(mine.post(here, {"once": once(text), "report": "做了"}), 422)
    assert "请上传证明整改到位的材料" in refused and "做了" in refused
    paper = world.file(world["dg_enterprise"])
    sent = {"once": once(refused), "report": "做了", "files-0-file_id": str(paper.pk)}
    assert mine.post(here, sent).status_code == 302
    assert "<textarea" not in text_of(mine.get(here))
    again = f"{province}rectifications/{row.pk}/pass/"
    assert officer.post(again, {"once": once(text_of(officer.get(again))), "note": "看过"}).status_code == 302
    assert officer.get(f"/files/{paper.pk}/").status_code == 200
    assert enter("supplier").get(f"/files/{paper.pk}/").status_code == 404
    # The city proposes the acceptance; the province's approver decides it.
    propose = f"{city}{project.pk}/propose_acceptance/"
    text = text_of(reviewer.get(propose))
    refused = text_of(reviewer.post(propose, {"once": once(text)}), 422)
    assert "请写明验收意见" in refused and "请上传验收意见或验收证书" in refused
    file = world.file(world["dg_reviewer"])
    sent = {"once": once(refused), "reason": "已建成", "paper_id": str(file.pk)}
    assert reviewer.post(propose, sent).status_code == 302
    approver = enter("province_approver")
    assert "示范项目验收" in text_of(approver.get("/province/"))
    page = text_of(approver.get(f"{province}{project.pk}/"))
    assert "已建成" in page and "同意验收" in page and f"/files/{file.pk}/" in page
    accept = f"{province}{project.pk}/accept/"
    assert approver.post(accept, {"once": once(text_of(approver.get(accept)))}).status_code == 302
    assert "已验收" in text_of(approver.get(f"{province}{project.pk}/"))


def test_who_is_late_is_listed_exported_and_printed(world: World, enter: Enter, moment: Any) -> None:
    stage.registered(world)
    client, here = enter("province_officer"), "/province/demonstrations/"
    ask = f"{here}ask/"
    text = text_of(client.get(ask))
    refused = text_of(client.post(ask, {"once": once(text), "year": "abc"}), 422)
    assert "请填写报告名称" in refused and "不能晚于今天" in refused and 'value="abc"' in refused
    sent = {
        "once": once(refused),
        "title": "九月报告",
        "stood_on": "2020-08-31",
        "due_on": "2020-09-18",
        "year": "2019",
    }
    assert client.post(ask, sent).status_code == 302
    report = Report.objects.get()
    assert "九月报告" not in text_of(client.get(f"{here}reports/?late=1"))
    moment("2020-09-21 09:00")
    assert "已逾期" in text_of(client.get(f"{here}reports/?late=1"))
    assert "虚构五金（测试）有限公司" in body(client.get(f"{here}reports/?format=csv")).decode()
    assert body(client.get(f"{here}?format=xlsx"))[:2] == b"PK"
    for place in ("", "reports/"):
        assert body(client.get(f"{here}{place}list.pdf?late=1"))[:5] == b"%PDF-"
        assert body(client.get(f"{here}{place}list.docx"))[:2] == b"PK"
    assert "没有整改事项" in text_of(client.get(f"{here}rectifications/"))
    assert f"reports/{report.pk}/" not in text_of(enter("fs_reviewer").get("/city/demonstrations/reports/"))
    assert client.get(f"{here}?past=1&year=x&state=zzz").status_code == 200


@pytest.mark.clause("A1")
def test_strangers_find_no_page_and_the_auditor_only_reads(world: World, enter: Enter) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    stage.checked(world, stage.filed(world, report), outcome="problems")
    mending = Rectification.objects.get()
    places = (
        f"{project.pk}/",
        f"reports/{report.pk}/",
        f"reports/{report.pk}/report.pdf",
        f"rectifications/{mending.pk}/",
    )
    tries = {"enterprise": "fs_enterprise", "supplier": "supplier", "city": "fs_reviewer"}
    for desk, name in tries.items():
        client = enter(name)
        for place in places:
            assert client.get(f"/{desk}/demonstrations/{place}").status_code == 404, (name, place)
        assert project.name not in text_of(client.get(f"/{desk}/demonstrations/"))
    steps = (f"{project.pk}/withdraw/", f"reports/{report.pk}/check/", f"rectifications/{mending.pk}/pass/")
    assert all(enter("dg_cashier").get(f"/city/demonstrations/{place}").status_code == 404 for place in steps)
    assert all(
        enter("dg_enterprise").get(f"/enterprise/demonstrations/{place}").status_code == 404
        for place in steps
    )
    assert enter("hc_reviewer").get("/city/demonstrations/").status_code == 404
    auditor = enter("auditor")
    for place in ("", "reports/", "rectifications/", *places):
        assert auditor.get(f"/auditor/demonstrations/{place}").status_code == 200, place
    assert auditor.get(f"/auditor/demonstrations/{steps[0]}").status_code == 404
    for name in ("dg_cashier", "dg_approver"):
        assert text_of(enter(name).get(f"/city/demonstrations/reports/{report.pk}/"))
    # The log of a city's auditor tells what was done on its projects, whoever did it; another city's doesn't.
    for city, told in ((DONGGUAN, True), (FOSHAN, False)):
        by = world.appoint(f"auditor_{city}", Role.AUDITOR, bureau=Bureau.objects.get(code=city))
        seen = set(LogEntry.objects.filter(of_log(by)).values_list("obj", flat=True))
        keys = {project.journal_key, report.journal_key, mending.journal_key}
        assert keys & seen == (keys if told else set())
    assert "示范项目" not in text_of(enter("fs_enterprise").get("/enterprise/")).partition("<main")[0]


@pytest.mark.clause("D858-2.3")
def test_everybody_sees_the_projects_and_their_state_and_nobodys_name(world: World, enter: Enter) -> None:
    assert "还没有" in text_of(Client().get("/demonstrations/"))
    project = stage.ready(world)
    stage.registered(world, name="作废的（测试）")
    Project.objects.filter(name="作废的（测试）").update(state="cancelled")
    page = text_of(Client().get("/demonstrations/"))
    assert project.name in page and world.enterprise.name in page and "在建" in page and "作废的" not in page
    for hidden in ("测试路", "PZ-0001", "虚构软件", project.registered_by):
        assert hidden not in page
    assert project.name not in text_of(Client().get("/demonstrations/?city=440600"))
    assert project.name in text_of(Client().get("/demonstrations/?city=441900&year=2019&state=building"))
    assert text_of(Client().get("/demonstrations/?year=x&state=%00&city=''"))
    approver, officer = world["province_approver"], world["province_officer"]
    project = deciding.accept(project=stage.proposed(world, project), by=approver, now=stage.REVIEWED)
    assert "2020-09-21" in text_of(Client().get("/demonstrations/"))
    later = stage.REVIEWED + timedelta(days=40)
    project = deciding.propose_withdrawal(project=project, reason="举报（测试）", by=officer, now=later)
    assert "2020-09-21" in text_of(Client().get("/demonstrations/"))
    deciding.keep(project=project, reason="查无实据（测试）", by=approver, now=later)
    page = text_of(Client().get("/demonstrations/"))
    assert "2020-09-21" in page and "2020-10-31" not in page


def test_a_list_costs_the_same_queries_however_many_rows(
    world: World, enter: Enter, django_assert_max_num_queries: Any
) -> None:
    for place in range(6):
        stage.registered(world, name=f"项目{place}（测试）")
    stage.asked(world)
    client = enter("province_officer")
    for place in ("", "reports/"):
        with django_assert_max_num_queries(45):
            assert text_of(client.get(f"/province/demonstrations/{place}")).count("<tr") >= 7
    with django_assert_max_num_queries(6):
        assert text_of(Client().get("/demonstrations/")).count("<tr") >= 7

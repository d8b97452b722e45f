"""Pages of results and standings: each role its own, what was typed stays, nothing personal in public."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import PDF, World, at, broken
from tests.inspections import results, stage
from yunquan.inspections.actions import rectifying
from yunquan.inspections.models import Inspection, Rectification
from yunquan.journal import clock
from yunquan.parties.models import Appeal, Standing


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Any:
    """Set the platform's clock to a day of the inspection."""
    settings.SECOND_FACTOR_REQUIRED = False

    def set_to(moment: Any) -> None:
        monkeypatch.setattr(clock, "read", lambda: moment)

    return set_to


def as_(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]))
    return client


def url(name: str, row: Inspection | None = None) -> str:
    desk = {"supplier": "supplier", "dg_enterprise": "enterprise", "auditor": "auditor"}.get(name)
    desk = desk or ("province" if name.startswith("province") else "city")
    return f"/{desk}/inspections/results/" + (f"{row.pk}/" if row is not None else "")


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("决定.pdf", PDF + b"%decision\n", content_type="application/pdf")


@pytest.mark.clause("D108-3.4", "D108-4")
def test_a_result_is_handled_on_the_pages_from_the_conclusion_to_the_public(world: World, today: Any) -> None:
    row = results.concluded(world, "fraud")
    officer, approver = as_(world, "province_officer"), as_(world, "province_approver")
    supplier, clerk = as_(world, "supplier"), as_(world, "dg_enterprise")

    def post(client: Client, name: str, action: str, **typed: Any) -> Any:
        return client.post(url(name, row), {"action": action, **typed})

    today(results.day(row, 2))
    assert supplier.get(url("supplier", row)).status_code == 404
    assert post(officer, "province_officer", "inform").status_code == 302
    today(results.day(row, 3))
    empty = post(supplier, "supplier", "answer", accepts="no", text="")
    assert empty.status_code == 422 and "请写明意见" in empty.content.decode()
    told = {"accepts": "no", "text": "合同真实（测试）", "file1": paper()}
    assert post(supplier, "supplier", "answer", **told).status_code == 302
    assert post(clerk, "dg_enterprise", "answer", accepts="yes", text="").status_code == 302
    today(results.day(row, 7))
    early = post(
        officer, "province_officer", "propose", outcome="fraud", grounds="提供虚假合同", reason="证据（测试）"
    )
    assert early.status_code == 422 and "陈述申辩" in early.content.decode()
    assert "证据（测试）" in early.content.decode()
    heard = {
        "held_at": "2019-04-30 10:00", "mode": "现场", "supplier": "attended", "enterprise": "absent",
        "summary": "陈述（测试）", "finding": "维持（测试）",
    }  # fmt: skip
    unasked = post(officer, "province_officer", "hear", **heard)
    assert unasked.status_code == 422 and "没有通知企业" in unasked.content.decode()
    today(results.day(row, 4))
    asked = {"held_at": "2019-04-30 10:00", "place": "第一会议室（测试）"}
    assert post(officer, "province_officer", "summon", **asked).status_code == 302
    today(results.day(row, 7))
    page = officer.get(url("province_officer", row)).content.decode()
    assert "陈述申辩通知" in page and "第一会议室（测试）" in page and "供应商、企业" in page
    assert post(officer, "province_officer", "hear", **heard).status_code == 302
    assert "企业缺席" in officer.get(url("province_officer", row)).content.decode()
    today(results.day(row, 8))
    proposal = {"outcome": "fraud", "grounds": "提供虚假合同", "reason": "证据（测试）"}
    assert post(officer, "province_officer", "propose", **proposal).status_code == 302
    today(results.day(row, 9))
    without = post(approver, "province_approver", "decide", text="同意（测试）")
    assert without.status_code == 422 and "同意（测试）" in without.content.decode()
    decided = post(approver, "province_approver", "decide", text="同意（测试）", file1=paper())
    assert decided.status_code == 302
    assert Inspection.objects.get(pk=row.pk).state == "decided"
    assert Standing.objects.count() == 2
    today(results.day(row, 12))
    anyone = Client()
    assert "虚构云服务" not in anyone.get("/inspections/results/").content.decode()
    publish = officer.post(f"{url('province_officer')}publish/", {"pks": [row.pk]})
    assert publish.status_code == 302
    public = anyone.get("/inspections/results/").content.decode()
    assert "虚构云服务（测试）有限公司" in public and "不合格供应商" in public and "提供虚假合同" in public
    assert "陈述（测试）" not in public and "合同真实（测试）" not in public and "专家意见" not in public
    names = [world.person(actor).name for actor in world.people.values()]
    assert not any(name in public for name in names)
    banned = anyone.get("/inspections/sanctions/").content.decode()
    assert "虚构云服务（测试）有限公司" in banned and "不设期限" in banned
    assert not broken()


@pytest.mark.clause("A1")
def test_every_page_renders_for_its_people_and_nobody_else(world: World, today: Any) -> None:
    row = results.decided(world, "fraud")
    today(results.day(row, 10))
    for name in ("province_officer", "province_approver", "dg_reviewer", "dg_approver", "supplier",
                 "dg_enterprise", "auditor"):  # fmt: skip
        client = as_(world, name)
        assert client.get(url(name)).status_code == 200, name
        shown = client.get(url(name, row))
        assert shown.status_code == 200, name
        assert "取消供应商资格" in shown.content.decode(), name
    for name in ("fs_reviewer", "fs_approver"):
        assert as_(world, name).get(url(name, row)).status_code == 404
    expert = results.expert(world, row)
    lead = next(name for name, actor in world.people.items() if actor == expert)
    assert as_(world, lead).get(f"/expert/inspections/results/{row.pk}/").status_code == 200
    assert as_(world, "expert").get(f"/expert/inspections/results/{row.pk}/").status_code == 404


def test_a_party_reads_nothing_of_the_proposal(world: World, today: Any) -> None:
    row = results.proposed(world, "fraud")
    today(results.day(row, 8))
    shown = as_(world, "supplier").get(url("supplier", row)).content.decode()
    assert "拟处理" not in shown and "事实清楚（测试）" not in shown


@pytest.mark.clause("D108-A2")
def test_the_amount_is_asked_about_and_explained_on_the_pages(world: World, today: Any) -> None:
    row = results.concluded(world, "fraud")
    today(results.day(row, 0, 16))
    officer, supplier = as_(world, "province_officer"), as_(world, "supplier")
    asked = officer.post(url("province_officer", row), {"action": "ask", "doubt": ""})
    assert asked.status_code == 422
    officer.post(url("province_officer", row), {"action": "ask", "doubt": "高于同类（测试）"})
    seen = supplier.get(url("supplier", row)).content.decode()
    assert "高于同类（测试）" in seen and "不合格供应商" not in seen
    sent = {"action": "explain", "text": "同类合同（测试）", "file1": paper()}
    assert supplier.post(url("supplier", row), sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.opinions.get().files.count()) == ("concluded", 1)


@pytest.mark.clause("D47-8.4", "S3")
def test_a_party_appeals_on_its_page_and_another_approver_decides(world: World, today: Any) -> None:
    row = results.decided(world, "violation", regime="d26", city="441900")
    today(results.day(row, 10))
    standing = Standing.objects.get(enterprise=world.enterprise)
    clerk = as_(world, "dg_enterprise")
    assert clerk.get("/enterprise/inspections/standings/").status_code == 200
    page = f"/enterprise/inspections/standings/{standing.pk}/"
    assert clerk.post(page, {"action": "appeal", "text": ""}).status_code == 422
    assert clerk.post(page, {"action": "appeal", "text": "不服（测试）", "file1": paper()}).status_code == 302
    city = f"/city/inspections/standings/{standing.pk}/"
    same = {"action": "decide", "verdict": "dismissed", "reason": "维持（测试）"}
    refused = as_(world, "dg_approver").post(city, same)
    assert refused.status_code == 422 and "不能自己解除或裁定" in refused.content.decode()
    other = as_(world, "province_approver")
    place = f"/province/inspections/standings/{standing.pk}/"
    upheld = {"action": "decide", "verdict": "upheld", "reason": "成立（测试）"}
    assert other.post(place, upheld).status_code == 422
    assert other.post(place, {**upheld, "file1": paper()}).status_code == 302
    assert (Appeal.objects.get().state, Standing.objects.get(pk=standing.pk).state) == ("upheld", "lifted")
    assert as_(world, "fs_enterprise").get(page).status_code == 404
    assert not broken()


@pytest.mark.clause("D47-8.4")
def test_poor_results_are_suspended_on_a_page(world: World, today: Any) -> None:
    today(at("2019-04-01 09:00"))
    client = as_(world, "dg_approver")
    page = f"/city/inspections/standings/suspend/enterprise/{world.enterprise.pk}/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"reason": "停用（测试）"}).status_code == 422
    assert client.post(page, {"reason": "停用（测试）", "file1": paper()}).status_code == 302
    assert Standing.objects.get().kind == "suspended"
    assert as_(world, "fs_approver").get(page).status_code == 404


@pytest.mark.clause("A1")
def test_papers_open_for_those_they_concern(world: World, today: Any) -> None:
    row = results.decided(world, "fraud")
    today(results.day(row, 10))
    document = row.rulings.get(step="decided").document
    for name, status in (("province_officer", 200), ("supplier", 200), ("dg_reviewer", 200),
                         ("fs_reviewer", 404), ("other_supplier", 404), ("fs_enterprise", 404)):  # fmt: skip
        assert as_(world, name).get(f"/files/{document.pk}/").status_code == status, name


def test_the_list_asks_as_often_for_three_results_as_for_one(
    world: World, today: Any, django_assert_max_num_queries: Any
) -> None:
    rows = results.visited(world, vouchers=[world.approved() for _ in range(3)])
    for row in rows:
        results.conclude(world, row)
    today(results.day(rows[0], 1))
    client = as_(world, "province_officer")
    with django_assert_max_num_queries(30):
        assert client.get(url("province_officer")).status_code == 200


@pytest.mark.clause("D47-8.4", "D26-4")
def test_what_stands_and_what_holds_is_said_where_officials_look(world: World, today: Any) -> None:
    mine, other = world.approved(), world.approved()
    row = results.decided(world, "violation", regime="d26", city="441900", vouchers=[mine])
    today(results.day(row, 10))
    reviewer = as_(world, "dg_reviewer")
    seen = reviewer.get(f"/city/vouchers/{other.number}/").content.decode()
    assert "暂缓兑付：重点核查" in seen and "被限期不得申请财政扶持" in seen
    end = f"/province/inspections/standings/first-check/{other.number}/"
    approver = as_(world, "province_approver")
    assert approver.get(end).status_code == 200
    assert approver.post(end, {"reason": " "}).status_code == 422
    assert as_(world, "fs_approver").get(end.replace("province", "city")).status_code == 404
    assert "了结重点核查" in as_(world, "dg_approver").get(f"/city/vouchers/{other.number}/").content.decode()
    assert approver.post(end, {"reason": "核查属实（测试）"}).status_code == 302
    for name, page in (
        ("dg_reviewer", f"/city/enterprises/{world.enterprise.pk}/"),
        ("province_officer", f"/province/enterprises/{world.enterprise.pk}/"),
        ("province_officer", f"/province/suppliers/{world.supplier.pk}/"),
        ("auditor", f"/auditor/suppliers/{world.supplier.pk}/"),
        ("dg_enterprise", "/enterprise/"),
        ("supplier", "/supplier/"),
    ):
        assert "被限期不得申请财政扶持" in as_(world, name).get(page).content.decode(), (name, page)
    assert (
        "暂停享受政策"
        in as_(world, "province_approver")
        .get(f"/province/enterprises/{world.enterprise.pk}/")
        .content.decode()
    )
    assert as_(world, "dg_enterprise").get("/enterprise/inspections/").status_code == 200


@pytest.mark.clause("D858-2.3")
def test_the_page_of_a_failed_rectification_opens_the_decision_again(world: World, today: Any) -> None:
    (mine,) = stage.paid(world)
    row = results.published(world, "rectify", regime="d858", vouchers=[mine])
    officer, page = as_(world, "province_officer"), url("province_officer", row)
    today(results.day(row, 60))
    assert officer.get(page).status_code == 200
    assert 'value="reopen"' not in officer.get(page).content.decode()
    rectifying.fail(
        rectification=Rectification.objects.get(), reason="没有整改（测试）", by=world["province_officer"],
        now=results.day(row, 60),
    )  # fmt: skip
    assert 'value="reopen"' in officer.get(page).content.decode()
    today(results.day(row, 61))
    assert 'value="reopen"' not in as_(world, "auditor").get(url("auditor", row)).content.decode()
    empty = officer.post(page, {"action": "reopen", "reason": " "})
    assert empty.status_code == 422 and "理由" in empty.content.decode()
    assert officer.post(page, {"action": "reopen", "reason": "没有整改（测试）"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "answered"
    again = officer.get(page).content.decode()
    assert "限期整改并复查" in again and "整改不到位，重新处理" in again

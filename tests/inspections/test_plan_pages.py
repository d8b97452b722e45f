"""The pages of plans: drafted, previewed, filed, published, frozen and drawn from the desks and by custodians."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import DONGGUAN, PDF, World
from tests.desks.officials import loud_templates  # noqa: F401
from tests.inspections import stage
from yunquan.inspections import draw_files
from yunquan.inspections.models import Expert, Inspection, Plan
from yunquan.journal import clock
from yunquan.policy.drawing import bundle

PROVINCE, CITY = "/province/inspections/plans/", "/city/inspections/plans/"
NOW = stage.DRAFTED


class Desk:
    """A browser of one person, at a time of day that the test sets."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.now = world, NOW
        monkeypatch.setattr(clock, "read", lambda: self.now)

    def __call__(self, name: str) -> Client:
        client = Client()
        client.force_login(self.world.person(self.world[name]))
        return client


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(world, monkeypatch)


def form(**changes: Any) -> dict[str, Any]:
    typed = {
        "title": "第一批抽查", "regime": "d108", "purpose": "兑付前抽查", "starts_on": "2019-04-01",
        "ends_on": "2019-06-01", "share": "20 %", "strata": ["city"],
        "sources": "ssq:2019040 2019-04-12 21:15 | drand:9 2019-04-13 09:00",
        "custodians": ["fs_reviewer", "hz_reviewer", "auditor"], "alg": "sha256", "earlier": "", "signals": "",
    }  # fmt: skip
    return {**typed, **changes}


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    assert "UNKNOWN[" not in page, page[page.index("UNKNOWN[") :][:60]
    return page


@pytest.mark.clause("D108-1", "D858-2.2")
def test_a_plan_goes_from_draft_to_public_result_through_the_pages(world: World, desk: Desk) -> None:
    crowd = stage.crowd(world, 30)
    officer, approver = desk("province_officer"), desk("province_approver")
    assert officer.get("/province/inspections/").status_code == 200
    page = text(officer.get(f"{PROVINCE}new/"))
    assert "随机数保管人" in page and "虚构" not in page
    answer = officer.post(f"{PROVINCE}new/", form())
    number = Plan.objects.get().number
    assert answer["Location"] == f"{PROVINCE}{number}/preview/"
    page = text(officer.get(answer["Location"]))
    assert "将随机抽取" in page and "东莞市" in page and "从未抽查" in page
    sheet = officer.get(f"{PROVINCE}{number}/preview.xlsx")
    assert b"".join(sheet.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    picks = {"mandatory": f"{crowd[0].number} 有举报", "left_out": f"{crowd[1].number} 已注销"}
    assert officer.post(f"{PROVINCE}{number}/preview/", picks).status_code == 302
    assert f"{number}/publish" not in text(officer.get(f"{PROVINCE}{number}/"))
    assert f"{number}/publish" in text(approver.get(f"{PROVINCE}{number}/"))
    assert Client().get(f"/inspections/{number}/").status_code == 404
    assert approver.post(f"{PROVINCE}{number}/publish").status_code == 302
    assert "第一批抽查" in text(Client().get("/inspections/"))
    _custodians_commit(world, desk, number)
    desk.now = NOW + timedelta(days=2)
    page = text(officer.get(f"{PROVINCE}{number}/freeze/"))
    assert "揭示截止" in page
    late = officer.post(f"{PROVINCE}{number}/freeze/", {"reveals_end_at": "2019-04-01 08:00"})
    assert late.status_code == 422 and "晚于现在" in text(late)
    assert (
        officer.post(f"{PROVINCE}{number}/freeze/", {"reveals_end_at": "2019-04-10 09:00"}).status_code == 302
    )
    page = text(Client().get(f"/inspections/{number}/"))
    plan = Plan.objects.get()
    assert draw_files.files_of(plan).keys() <= set(bundle.NAMES)
    for row in plan.draw_files.all():
        assert row.sha256 in page
    _custodians_reveal(world, desk, number)
    desk.now = NOW + timedelta(days=14)
    wrong = officer.post(f"{PROVINCE}{number}/draw/", {"value-0": "02,05"})
    assert wrong.status_code == 422 and "凭证" in text(wrong) and "02,05" in text(wrong)
    proof = SimpleUploadedFile("proof.pdf", PDF, "application/pdf")
    answer = officer.post(f"{PROVINCE}{number}/draw/", {"value-0": "02,05", "proof": proof})
    assert answer.status_code == 302
    assert Inspection.objects.filter(plan=plan).count() == 7
    page = text(officer.get(f"{PROVINCE}{number}/"))
    assert "抽取结果" in page and "已抽中，待约定" in page
    assert crowd[0].number in text(officer.get(f"{PROVINCE}{number}/items/"))
    sheet = officer.get(f"{PROVINCE}{number}/items/?format=xlsx")
    assert b"".join(sheet.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    zipped = Client().get(f"/inspections/{number}/bundle.zip")
    with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert bundle.difference(files) == ""
    page = text(Client().get(f"/inspections/{number}/"))
    assert crowd[0].number not in page and plan.items.get(voucher=crowd[0]).ref in page
    plan.refresh_from_db()
    assert f"/files/{plan.entropy_proof_id}/" in page
    assert Client().get(f"/files/{plan.entropy_proof_id}/").status_code == 200
    mine = text(desk("dg_enterprise").get("/enterprise/inspections/refs/"))
    assert not any(one.ref in mine for one in plan.items.all())
    desk.now = NOW + timedelta(days=15)
    row = Inspection.objects.get(plan=plan, voucher=crowd[0])
    where = f"{PROVINCE}{number}/replace/"
    assert where in text(approver.get(f"{PROVINCE}{number}/")) and where not in text(
        officer.get(f"{PROVINCE}{number}/")
    )
    wrong = approver.post(where, {"item": "GD2018-NONE", "reason": "停业"})
    assert wrong.status_code == 422 and "没有这个编号" in text(wrong)
    assert officer.post(where, {"item": row.item.ref, "reason": "停业"}).status_code == 422
    assert approver.post(where, {"item": row.item.ref, "reason": "停业"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.replace_reason, row.replaced_by.state) == ("replaced", "停业", "selected")
    Plan.objects.filter(pk=plan.pk).update(state="closed")
    mine = text(desk("dg_enterprise").get("/enterprise/inspections/refs/"))
    assert all(one.ref in mine for one in plan.items.all())


def _custodians_commit(world: World, desk: Desk, number: str) -> None:
    plan = Plan.objects.get(number=number)
    for one in plan.custodians.select_related("person"):
        client = desk(one.person.username)
        assert number in text(client.get("/desk/custody/"))
        page = text(client.get(f"/desk/custody/{number}/"))
        assert "custody.js" in page and one.name in page
        wrong = client.post(f"/desk/custody/{number}/", {"commitment": "xyz"})
        assert wrong.status_code == 422 and "64 个十六进制" in text(wrong)
        value = _commitment(plan, one.name, stage.SECRETS[one.person.username])
        assert client.post(f"/desk/custody/{number}/", {"commitment": value}).status_code == 302


def _commitment(plan: Plan, name: str, secret: str) -> str:
    from yunquan.inspections.actions.drawing import commitment_of

    return commitment_of(plan, name, secret)


def _custodians_reveal(world: World, desk: Desk, number: str) -> None:
    for one in Plan.objects.get(number=number).custodians.select_related("person"):
        client = desk(one.person.username)
        wrong = client.post(f"/desk/custody/{number}/", {"secret": "00" * 32})
        assert wrong.status_code == 422 and "不符" in text(wrong)
        secret = stage.SECRETS[one.person.username]
        assert client.post(f"/desk/custody/{number}/", {"secret": secret}).status_code == 302
        assert secret in text(Client().get(f"/inspections/{number}/"))


@pytest.mark.clause("D108-2.2")
def test_a_city_files_from_its_desk_and_the_province_accepts_on_its_own(world: World, desk: Desk) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    reviewer, approver, officer = desk("dg_reviewer"), desk("dg_approver"), desk("province_officer")
    assert reviewer.get("/city/inspections/").status_code == 200
    assert reviewer.post(f"{CITY}new/", form()).status_code == 302
    number = Plan.objects.get().number
    assert "报省厅备案" in text(approver.get(f"{CITY}{number}/"))
    refused = approver.post(f"{CITY}{number}/publish")
    assert refused.status_code == 422 and "须先报省厅备案" in text(refused)
    assert approver.post(f"{CITY}{number}/file").status_code == 302
    page = text(officer.get(f"{PROVINCE}{number}/"))
    assert "予以备案" in page and "退回修改" in page
    back = officer.post(f"{PROVINCE}{number}/send_back/", {"reason": ""})
    assert back.status_code == 422
    assert officer.post(f"{PROVINCE}{number}/accept").status_code == 302
    assert approver.post(f"{CITY}{number}/publish").status_code == 302
    aborted = approver.post(f"{CITY}{number}/abort/", {"reason": "随机源停开"})
    assert aborted.status_code == 302
    page = text(Client().get(f"/inspections/{number}/"))
    assert "已中止" in page and "随机源停开" in page


def test_what_was_typed_stays_and_every_fault_is_named(world: World, desk: Desk) -> None:
    officer = desk("province_officer")
    typed = form(title="我的标题", share="abc", ends_on="2019-03-01", custodians=[], sources="")
    answer = officer.post(f"{PROVINCE}new/", typed)
    page = text(answer)
    assert answer.status_code == 422 and "我的标题" in page and "比例请写成" in page
    answer = officer.post(f"{PROVINCE}new/", form(title="我的标题", ends_on="2019-03-01", share="120 %"))
    page = text(answer)
    assert answer.status_code == 422 and "结束日期早于" in page and "不超过 100 %" in page
    assert 'value="我的标题"' in page and not Plan.objects.exists()


def test_a_form_sent_twice_drafts_one_plan(world: World, desk: Desk) -> None:
    stage.crowd(world, 6)
    officer = desk("province_officer")
    for _ in range(2):
        assert officer.post(f"{PROVINCE}new/", form(once="abc")).status_code == 302
    assert Plan.objects.count() == 1


def test_strangers_find_nothing(world: World, desk: Desk) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    plan = stage.draft(world, city=DONGGUAN)
    for name in ("fs_reviewer", "supplier", "dg_enterprise", "expert", "hc_reviewer", "dg_cashier"):
        client = desk(name)
        for part in ("", "preview/", "items/", "edit/", "freeze/", "draw/", "preview.xlsx"):
            assert client.get(f"{CITY}{plan.number}/{part}").status_code == 404, (name, part)
        assert client.get(f"{PROVINCE}{plan.number}/").status_code == 404
        assert client.get(f"/desk/custody/{plan.number}/").status_code == 404
    assert Client().get(f"{CITY}{plan.number}/").status_code == 302
    assert Client().get("/desk/custody/").status_code == 302
    assert Client().get(f"/inspections/{plan.number}/bundle.zip").status_code == 404


def test_an_empty_list_leads_to_a_draft_only_who_may_draft(world: World, desk: Desk) -> None:
    for name, may in (("dg_reviewer", True), ("dg_approver", False)):
        page = text(desk(name).get(CITY))
        assert "还没有抽查计划" in page and (f'href="{CITY}new/"' in page) is may, name


def test_the_list_costs_the_same_with_many_plans(world: World, desk: Desk) -> None:
    for place in range(3):
        stage.draft(world, purpose=f"目的 {place}")
    page = text(desk("province_officer").get(PROVINCE))
    assert page.count("CC2019-440000-") >= 3 and "拟定中" in page
    assert "CC2019" not in text(desk("fs_reviewer").get(CITY))


@pytest.mark.clause("D108-3.1", "D26-3")
def test_the_register_and_the_training_are_kept_on_the_pages(world: World, desk: Desk) -> None:
    officer, base = desk("province_officer"), "/province/inspections/experts/"
    sheet = {
        "username": "expert", "code": "T001", "speciality": "technical", "services": ["2"],
        "employer": "虚构大学（测试）", "employer_uscc": "123", "most_open": "6",
    }  # fmt: skip
    wrong = officer.post(f"{base}new/", sheet)
    assert wrong.status_code == 422 and "统一社会信用代码不对" in text(wrong)
    assert officer.post(f"{base}new/", {**sheet, "employer_uscc": ""}).status_code == 302
    row = Expert.objects.get()
    assert "T001" in text(officer.get(base)) and "虚构大学" in text(officer.get(f"{base}{row.pk}/"))
    exported = officer.get(f"{base}?format=xlsx")
    assert b"".join(exported.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    tie = {"firm": "虚构甲（测试）", "kind": "adviser", "uscc": ""}
    assert officer.post(f"{base}{row.pk}/", tie).status_code == 302
    expert = desk("expert")
    assert "虚构甲（测试）" in text(expert.get("/expert/ties/"))
    assert expert.post("/expert/ties/", {**tie, "firm": "虚构乙（测试）"}).status_code == 302
    assert expert.post("/expert/ties/", {"firm": "", "kind": "adviser"}).status_code == 422
    assert expert.post(f"/expert/ties/{row.ties.get(firm='虚构乙（测试）').pk}/end").status_code == 302
    head = "/city/inspections/training/"
    reviewer = desk("dg_reviewer")
    form_of = {"title": "抽查培训", "regime": "d26", "held_at": "2019-03-30 09:00", "place": "线上"}
    place = reviewer.post(f"{head}new/", form_of)["Location"]
    assert "T001" in text(reviewer.get(place))
    assert reviewer.post(place, {"experts": []}).status_code == 422
    assert reviewer.post(place, {"experts": [str(row.pk)]}).status_code == 302
    assert "抽查培训" in text(officer.get("/province/inspections/training/"))
    assert "抽查培训" in text(officer.get(f"{base}{row.pk}/"))
    assert officer.post(f"{base}{row.pk}/", {"reason": "调离"}).status_code == 302
    row.refresh_from_db()
    assert not row.is_active
    for name in ("dg_reviewer", "expert", "supplier"):
        assert desk(name).get(base).status_code == 404
        assert desk(name).get(f"{base}{row.pk}/").status_code == 404
    assert desk("supplier").get(place).status_code == 404
    assert desk("province_approver").get(f"{base}new/").status_code == 404

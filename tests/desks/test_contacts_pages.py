"""The pages of the contacts receipts and of changes of person: province, city, county, administrators (D47-A3)."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document

from tests.cast import DONGGUAN, HUIZHOU, PDF, World, at
from tests.desks.officials import enter, file_of, loud_templates, moment, text_of
from tests.parties.test_contacts import filed, of, opened, typed
from yunquan.parties import actions
from yunquan.parties.access import appointments_of
from yunquan.parties.models import Appointment, ContactAccount, ContactReceipt, ContactRound

__all__ = ["enter", "loud_templates", "moment"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def september(moment: Any) -> Any:
    """The pages' clock stands in September 2018."""
    return moment("2018-09-10 11:00")


def sent(**changes: Any) -> dict[str, Any]:
    form = {name: value for name, value in typed(**changes).items() if name != "counties"}
    return {**form, "scan": SimpleUploadedFile("回执.pdf", PDF + b"%seal\n", "application/pdf")}


@pytest.mark.clause("D47-A3")
def test_the_province_asks_and_a_city_answers_with_a_seal(world: World, enter: Any, september: Any) -> None:
    province, city = enter("province_officer"), enter("dg_reviewer")
    wrong = text_of(province.post("/province/contacts/new/", {"title": "", "due_on": "2018-09-01"}), 422)
    assert "请填写“标题”" in wrong
    wrong = text_of(province.post("/province/contacts/new/", {"title": "年度", "due_on": "2018-09-01"}), 422)
    assert "不能早于今天" in wrong and 'value="年度"' in wrong
    province.post(
        "/province/contacts/new/", {"title": "年度联系方式", "due_on": "2018-09-21", "with_counties": "on"}
    )
    row = ContactRound.objects.get()
    receipt = of(row)
    assert "联系人回执待报送" in text_of(city.get("/city/"))
    page = f"/city/contacts/receipts/{receipt.pk}/"
    own, colleague = Appointment.objects.get(person=world.person(world["dg_reviewer"])), world["dg_cashier"]
    actions.deputise(
        appointment=own, deputy=world.person(colleague), starts_on=date(2018, 9, 10), ends_on=date(2018, 9, 20),
        by=world["dg_reviewer"], now=at("2018-09-10 10:50"),
    )  # fmt: skip
    shown = text_of(city.get("/city/contacts/"))
    assert "年度联系方式" in shown and f"代理{own.person.name}" in shown
    assert "填写回执" in text_of(city.get(page))
    wrong = text_of(city.post(page, {"submit": "yes", "leader": "测试领导", "mobile": "123"}), 422)
    assert "没有填写分管科室" in wrong and "不是手机号码" in wrong and "公章" in wrong and "测试领导" in wrong
    draft = sent()
    del draft["scan"]
    assert city.post(page, {**draft, "save": "yes"}).status_code == 302
    word = Document(io.BytesIO(city.get(f"{page}receipt.docx").content))
    told = "\n".join(cell.text for line in word.tables[0].rows for cell in line.cells)
    assert "测试负责人" in told and "公章" in told and "县区" not in told
    assert city.post(page, {**sent(), "submit": "yes"}).status_code == 302
    assert "待确认" in text_of(city.get(page))
    assert "联系人回执" in text_of(province.get("/province/"))
    above = f"/province/contacts/receipts/{receipt.pk}/"
    assert "没有要" not in text_of(province.get(above))
    wrong = text_of(province.post(above, {"step": "send_back", "reason": " "}), 422)
    assert "请写明退回的理由" in wrong
    unchosen = text_of(province.post(above, {"reason": "公章不清晰（测试）"}), 422)
    assert "请选择确认或退回" in unchosen and "公章不清晰（测试）" in unchosen
    province.post(above, {"step": "accept"})
    assert of(row).state == "accepted"
    scan = of(row).editions.get().scan_id
    assert file_of(city.get(f"/files/{scan}/")) == file_of(province.get(f"/files/{scan}/"))
    assert enter("fs_reviewer").get(f"/files/{scan}/").status_code == 404
    assert "变更联系人" in text_of(city.get(page))


def test_who_has_not_sent_is_listed_and_exported_and_the_day_put_off(
    world: World, enter: Any, september: Any
) -> None:
    row = opened(world)
    filed(world, of(row))
    province = enter("province_officer")
    page = f"/province/contacts/{row.pk}/"
    assert "测试负责人" in text_of(province.get(page))
    missing = text_of(province.get(f"{page}?missing=yes"))
    assert "佛山市" in missing and "东莞市经济和信息化局" not in missing
    assert file_of(province.get(f"{page}?missing=yes&format=xlsx"))[:2] == b"PK"
    told = file_of(province.get(f"{page}?missing=yes&format=csv")).decode()
    assert told.count("待报送") == 20
    wrong = text_of(province.post(f"{page}postpone/", {"due_on": "2018-09-20"}), 422)
    assert "新的期限应晚于" in wrong and "延期的理由" in wrong
    province.post(f"{page}postpone/", {"due_on": "2018-09-28", "reason": "国庆前补报"})
    row.refresh_from_db()
    assert row.due_on == date(2018, 9, 28)
    for who, address in (
        ("dg_reviewer", f"/city/contacts/{row.pk}/"),
        ("fs_reviewer", f"/city/contacts/receipts/{of(row).pk}/"),
        ("dg_cashier", "/city/contacts/"),
        ("supplier", "/province/contacts/"),
    ):
        assert enter(who).get(address).status_code == 404


def test_a_city_with_counties_names_them_row_by_row_and_loses_nothing(
    world: World, enter: Any, september: Any
) -> None:
    receipt = of(opened(world), HUIZHOU)
    city, page = enter("hz_reviewer"), f"/city/contacts/receipts/{receipt.pk}/"
    rows = {"counties-0-county": "441302", "counties-0-name": "测试县区人", "counties-0-mobile": "12"}
    shown = text_of(city.post(page, {**sent(), **rows, "add": "counties"}))
    assert "测试县区人" in shown and "counties-1-name" in shown
    wrong = text_of(city.post(page, {**sent(), **rows, "submit": "yes"}), 422)
    assert "第 1 行的手机号码不对" in wrong and "测试县区人" in wrong and "回执.pdf" in wrong
    rows["counties-0-mobile"] = "13800000001"
    city.post(page, {**sent(), **rows, "submit": "yes"})
    shown = text_of(city.get(page))
    assert "惠城区" in shown and "待确认" in shown


@pytest.mark.clause("D47-A3")
def test_the_administrators_open_the_account_and_let_its_person_take_over(
    world: World, enter: Any, september: Any
) -> None:
    receipt = filed(world, of(opened(world)), responsible="测试接任人")
    actions.accept_receipt(receipt=receipt, by=world["province_officer"], now=at("2018-09-10 10:30"))
    system, security = enter("system_admin"), enter("security_admin")
    edition = receipt.editions.get()
    assert "测试接任人" in text_of(system.get("/admin/contacts/"))
    # The first page says what waits, of each of the two what is theirs.
    assert '“回执账号和换人”有 <b class="g-num">1</b> 件等您' in text_of(system.get("/admin/"))
    assert "等您" not in text_of(security.get("/admin/")) + text_of(enter("audit_admin").get("/admin/"))
    page = f"/admin/contacts/{edition.pk}/open/"
    assert security.get(page).status_code == 404
    wrong = text_of(system.post(page, {"kind": "known", "username": "nobody"}), 422)
    assert "没有登录名为" in wrong and 'value="nobody"' in wrong
    assert "初始密码" in text_of(system.post(page, {"kind": "new", "username": "dg-jieren"}))
    account = ContactAccount.objects.get()
    assert system.get(page).status_code == 404
    page = f"/admin/contacts/accounts/{account.pk}/"
    assert "dg-jieren" in text_of(security.get("/admin/contacts/"))
    assert '“回执账号和换人”有 <b class="g-num">1</b> 件等您' in text_of(security.get("/admin/"))
    assert "等您" not in text_of(system.get("/admin/"))
    leaver = world.person(world["dg_reviewer"])
    assert leaver.name in text_of(security.get(page))
    wrong = text_of(security.post(page, {"leaver": str(leaver.pk), "reason": ""}), 422)
    assert "换人的原因" in wrong
    security.post(page, {"leaver": str(leaver.pk), "reason": "岗位调整"})
    today = date(2018, 9, 10)
    assert appointments_of(leaver, today) == []
    assert [one.role for one in appointments_of(account.person, today)] == ["city_reviewer"]
    assert "岗位调整" in text_of(enter("dg_approver").get("/city/contacts/"))
    approver = world.person(world["dg_approver"])
    assert "换人交接" in text_of(security.get(f"/admin/people/{approver.pk}/"))
    page = f"/admin/people/{approver.pk}/hand-over/"
    assert "地市审批人" in text_of(security.get(page))
    bureau = {"bureau": str(receipt.bureau_id), "reason": "退休"}
    assert "请核对登录名" in text_of(security.post(page, {**bureau, "successor": "没有"}), 422)
    security.post(page, {**bureau, "successor": "dg-jieren"})
    assert {one.role for one in appointments_of(account.person, today)} == {"city_reviewer", "city_approver"}
    assert security.get(page).status_code == 404
    assert "按回执开通账号" in text_of(enter("audit_admin").get("/admin/grants/"))


def test_the_list_asks_no_more_of_the_database_with_more_bureaus(
    world: World, enter: Any, september: Any, django_assert_max_num_queries: Any
) -> None:
    row = opened(world, with_counties=True)
    assert ContactReceipt.objects.filter(round=row).count() > 100
    for code in (DONGGUAN, HUIZHOU):
        filed(world, of(row, code), "dg_reviewer" if code == DONGGUAN else "hz_reviewer")
    province = enter("province_officer")
    with django_assert_max_num_queries(40):
        text_of(province.get(f"/province/contacts/{row.pk}/"))

"""Rules, suppliers, products and usage verdicts through the pages."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.cast import PDF, World
from tests.desks.officials import text_of
from yunquan.catalogue.models import Product
from yunquan.parties.models import ExpertOpinion, Supplier
from yunquan.programme.models import CalendarDay, PublicNotice, RuleChange
from yunquan.programme.rules import rulebook
from yunquan.usage.models import Verdict

CAP = "/province/rules/gd-2018/award.cap.3/change/"
CHANGE = {
    "value": "per: service\namount: 60 万元", "from_on": "2019-02-01", "article": "D47-A1.1", "document": "",
    "meaning": "智能排单调度的奖补上限为每项 60 万元。",
}  # fmt: skip


@pytest.mark.clause("D47-4.4.1")
def test_a_cap_changes_by_draft_diff_and_second_person(world: World, enter: Any) -> None:
    officer, approver = enter("province_officer"), enter("province_approver")
    assert officer.post(CAP, CHANGE).status_code == 302
    change = RuleChange.objects.get()
    place = f"/province/rules/changes/{change.pk}/"
    page = text_of(officer.get(place))
    assert "金额：50 万元" in page
    assert "金额：60 万元" in page
    assert officer.post(f"{place}submit").status_code == 302
    assert officer.post(f"{place}publish").status_code == 422
    waiting = text_of(approver.get("/province/"))
    assert (
        "规则变更" in waiting and "智能排单调度（2019-02-01 起）" in waiting and "award.cap.3" not in waiting
    )
    back = text_of(approver.post(f"{place}send_back", {"reasons": ""}), 422)
    assert "请填写“退回理由”" in back
    assert approver.post(f"{place}send_back", {"reasons": "请附文号"}).status_code == 302
    assert "请附文号" in text_of(officer.get(place))
    assert officer.post(f"{place}edit/", {**CHANGE, "document": "D47"}).status_code == 302
    assert officer.post(f"{place}submit").status_code == 302
    assert approver.post(f"{place}publish").status_code == 302
    rules = rulebook("gd-2018")
    assert rules.value("award.cap.3", date(2019, 2, 1)).value.amount == 60_0000_00
    assert rules.value("award.cap.3", date(2019, 1, 31)).value.amount == 50_0000_00
    page = text_of(officer.get("/province/rules/"))
    assert "2019-02-01 起有新值" in page
    assert "将生效" in text_of(officer.get("/province/rules/gd-2018/award.cap.3/"))
    assert approver.post(f"{place}withdraw").status_code == 422


@pytest.mark.clause("D47-4.4.1")
def test_the_drafter_does_not_publish(world: World, enter: Any) -> None:
    approver = enter("province_approver")
    assert approver.post(CAP, CHANGE).status_code == 302
    place = f"/province/rules/changes/{RuleChange.objects.get().pk}/"
    approver.post(f"{place}submit")
    assert "您是起草人" in text_of(approver.get(place))
    assert "起草人不能发布自己起草的规则变更" in text_of(approver.post(f"{place}publish"), 422)


def test_a_value_that_cannot_be_read_is_explained(world: World, enter: Any) -> None:
    officer = enter("province_officer")
    page = text_of(officer.post(CAP, {**CHANGE, "value": "per: [", "from_on": "明天"}), 422)
    assert "写法看不懂" in page
    assert "per: [" in page
    assert "日期请写成" in page
    assert officer.post(CAP, {**CHANGE, "value": "60"}).status_code == 302
    place = f"/province/rules/changes/{RuleChange.objects.get().pk}/"
    page = text_of(officer.get(place))
    assert "按现在的内容不能发布" in page
    assert officer.post(f"{place}submit").status_code == 422


@pytest.fixture
def applicant(world: World) -> Supplier:
    row = world.add_supplier(
        "applicant", title="虚构智造（测试）有限公司", services=[2, 8], platform="测试平台"
    )
    Supplier.objects.filter(pk=row.pk).update(state="province_review", submitted_by="person:0")
    row.refresh_from_db()
    return row


@pytest.mark.clause("D47-5.4")
def test_a_supplier_is_registered_after_the_experts(world: World, enter: Any, applicant: Supplier) -> None:
    officer, expert = enter("province_officer"), enter("expert")
    place = f"/province/suppliers/{applicant.pk}/"
    assert applicant.name in text_of(officer.get("/province/"))
    refused = text_of(officer.post(f"{place}register"), 422)
    assert "尚未经专家审核" in refused
    assert "没有选择专家" in text_of(officer.post(f"{place}experts", {}), 422)
    number = world.person(world["expert"]).pk
    assert officer.post(f"{place}experts", {"experts": [str(number)]}).status_code == 302
    assert "等待答复" in text_of(officer.get(place))
    opinion = {"platform_met": "yes", "supplier_met": "yes", "product_met": "yes", "remark": "可行"}
    assert expert.post(f"/expert/suppliers/{applicant.pk}/", opinion).status_code == 302
    assert ExpertOpinion.objects.get().given_at is not None
    assert "可行" in text_of(officer.get(place))
    assert officer.post(f"{place}register").status_code == 302
    applicant.refresh_from_db()
    assert applicant.state == "registered"


@pytest.mark.clause("D47-5.20")
def test_a_supplier_is_returned_with_every_reason(world: World, enter: Any, applicant: Supplier) -> None:
    officer = enter("province_officer")
    place = f"/province/suppliers/{applicant.pk}/"
    page = text_of(officer.post(f"{place}turn-down", {"step": "send_back"}), 422)
    assert "请至少勾选或写明一条理由" in page
    typed = {"step": "send_back", "reasons": ["supplier.team"], "reasons_text": "请补充社保清单"}
    assert officer.post(f"{place}turn-down", typed).status_code == 302
    applicant.refresh_from_db()
    assert applicant.state == "returned"
    assert [reason["code"] for reason in applicant.return_reasons] == ["supplier.team", "other"]
    assert "请补充社保清单" in text_of(officer.get(place))
    assert officer.post(f"{place}turn-down", typed).status_code == 422


@pytest.mark.clause("D47-A1.2-5")
def test_a_product_is_listed_returned_and_delisted(world: World, enter: Any) -> None:
    officer = enter("province_officer")
    product = Product.objects.filter(supplier=world.supplier).first()
    assert product is not None
    place = f"/province/products/{product.pk}/"
    assert "请填写“下架理由”" in text_of(officer.post(f"{place}delist", {"reason": ""}), 422)
    Product.objects.filter(pk=product.pk).update(state="submitted", submitted_by="person:0")
    assert "予以上架" in text_of(officer.get(place))
    assert "请至少勾选或写明一条理由" in text_of(officer.post(f"{place}send-back", {}), 422)
    assert officer.post(f"{place}list").status_code == 302
    assert officer.post(f"{place}delist", {"reason": "功能与目录不符"}).status_code == 302
    product.refresh_from_db()
    assert product.state == "delisted"


@pytest.mark.clause("D47-5.13")
def test_a_verdict_by_hand_needs_reason_and_document_and_says_so_for_ever(world: World, enter: Any) -> None:
    voucher = world.attest(world.claim(world.issued()))
    officer = enter("province_officer")
    place = f"/province/verdicts/{voucher.number}/"
    assert voucher.number in text_of(officer.get("/province/verdicts/"))
    page = text_of(officer.get(place))
    assert "人工录入" in page
    assert "120.79.10.8" in page
    page = text_of(officer.post(place, {"reasons_text": "核对了日志"}), 422)
    assert "核对了日志" in page
    assert "请选择“判定结果”" in page
    assert "请上传“依据文件”" in page
    document = SimpleUploadedFile("核查.pdf", PDF, content_type="application/pdf")
    page = text_of(officer.post(place, {"outcome": "done", "document": document}), 422)
    assert "须写明理由" in page
    assert "已上传：核查.pdf" in page
    document = SimpleUploadedFile("核查.pdf", PDF, content_type="application/pdf")
    typed = {
        "outcome": "not_done",
        "reasons": ["usage_not_done"],
        "reasons_text": "仅有 3 天连接",
        "document": document,
    }
    assert officer.post(place, typed).status_code == 302
    verdict = Verdict.objects.get()
    assert (verdict.source, verdict.outcome, len(verdict.reasons)) == ("hand", "not_done", 2)
    voucher.refresh_from_db()
    assert voucher.state == "claim_returned"
    page = text_of(officer.get(place))
    assert "不等待行为数据判定" in page
    assert "仅有 3 天连接" in page
    assert enter("province_approver").post(place, {"outcome": "done"}).status_code == 422


def test_a_notice_and_a_calendar_day(world: World, enter: Any) -> None:
    officer = enter("province_officer")
    page = text_of(
        officer.post(
            "/province/notices/new/",
            {"kind": "guide", "title": "", "body": "正文还在", "source": "长" * 81, "until_on": "2018-01-01"},
        ),
        422,
    )
    told = ("正文还在", "没有填写标题", "来源超过 80 个字", "没有选择指南面向谁", "日期已经过去", "长" * 81)
    assert [said for said in told if said not in page] == []
    page = text_of(officer.post("/province/notices/new/", {"kind": "notice", "until_on": "明天"}), 422)
    told = ("没有填写标题", "没有填写正文", "日期请写成", "明天")
    assert [said for said in told if said not in page] == [] and page.count("必填") == 3
    typed = {"kind": "guide", "title": "申领指南", "body": "第一步\n\n第二步"}
    assert "没有选择指南面向谁" in text_of(officer.post("/province/notices/new/", typed), 422)
    typed["audience"] = "enterprise"
    assert officer.post("/province/notices/new/", typed).status_code == 302
    row = PublicNotice.objects.get(title="申领指南")
    notice, second = f"/province/notices/{row.pk}/", enter("province_approver")
    assert officer.post(f"{notice}edit/", {**typed, "body": "第一步\n\n第三步"}).status_code == 302
    assert "第三步" in text_of(officer.get(notice))
    assert officer.post(notice, {"step": "submit"}).status_code == 302
    assert "等待另一位" in text_of(officer.get(notice)) and "公告待审核" in text_of(second.get("/province/"))
    assert "请写明理由" in text_of(second.post(notice, {"step": "send_back", "reason": ""}), 422)
    assert second.post(notice, {"step": "publish"}).status_code == 302
    assert officer.get(f"{notice}edit/").status_code == 404
    # Somebody published it while it was written anew: what was typed stays to be copied.
    late = text_of(officer.post(f"{notice}edit/", {**typed, "body": "写了很久的正文"}), 422)
    assert "写了很久的正文" in late and "不能修改" in late
    assert "请写明理由" in text_of(officer.post(notice, {"step": "archive"}), 422)
    assert officer.post(notice, {"step": "archive", "reason": "有新的"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "archived"
    place = "/province/calendar/"
    assert "请填写“依据”" in text_of(
        officer.post(place, {"step": "day", "on": "2019-02-11", "is_working": "no"}), 422
    )
    day = {"step": "day", "on": "2019-02-11", "is_working": "no", "source": "测试通知"}
    assert officer.post(place, day).status_code == 302
    assert CalendarDay.objects.get(on=date(2019, 2, 11)).is_working is False
    assert "测试通知" in text_of(officer.get("/province/calendar/?year=2019"))
    empty = text_of(officer.post(place, {"step": "year", "year": "2031", "source": "测试"}), 422)
    assert "还没有录入任何放假或调休日期" in empty


@pytest.mark.clause("D47-5.20")
def test_with_reasons_nothing_is_registered_or_listed_and_the_first_button_decides_nothing(
    world: World, enter: Any, applicant: Supplier
) -> None:
    officer, product = enter("province_officer"), Product.objects.filter(supplier=world.supplier).first()
    assert product is not None
    Product.objects.filter(pk=product.pk).update(state="submitted", submitted_by="person:0")
    cases = [
        (applicant, f"/province/suppliers/{applicant.pk}/", "register", "turn-down"),
        (product, f"/province/products/{product.pk}/", "list", "send-back"),
    ]
    for row, place, approving, returning in cases:
        before = type(row).objects.get(pk=row.pk).state
        typed = {"reasons_text": "请补充社保清单"}
        page = text_of(officer.post(f"{place}{approving}", typed), 422)
        assert "没有办理" in page and "请补充社保清单" in page
        page = text_of(officer.post(f"{place}{returning}", {"step": "", **typed}), 422)
        assert "请选择予以" in page and "请补充社保清单" in page
        form = page.split(f'action="{place}{returning}"')[1].split("</form>")[0]
        assert 'name="step" value=""' in form.split("</button>")[0]
        assert f'formaction="{place}{approving}"' in form
        assert type(row).objects.get(pk=row.pk).state == before

"""An expert sees what was asked, judges it against annex 1.2, once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, World
from tests.desks.officials import text_of
from yunquan.parties import actions
from yunquan.parties.models import ExpertOpinion, Supplier


@pytest.fixture
def asked(world: World) -> Supplier:
    row = world.add_supplier(
        "applicant", title="虚构智造（测试）有限公司", services=[2, 8], platform="测试平台"
    )
    Supplier.objects.filter(pk=row.pk).update(state="province_review")
    row.refresh_from_db()
    return actions.ask_experts(
        supplier=row, experts=[world.person(world["expert"])], by=world["province_officer"], now=APPLYING
    )


def test_what_is_asked_stands_first(world: World, enter: Any, asked: Supplier) -> None:
    client = enter("expert")
    assert asked.name in text_of(client.get("/expert/"))
    page = text_of(client.get(f"/expert/suppliers/{asked.pk}/"))
    for said in ("精准化", "具备较强的信息安全保障能力", "生产设备状态监控、供应链协同", "提交意见"):
        assert said in page
    assert "平台" in text_of(client.get("/expert/standard/"))
    assert "还没有给出过意见" in text_of(client.get("/expert/given/"))


@pytest.mark.clause("D47-A1.2")
def test_a_whole_opinion_is_given_once(world: World, enter: Any, asked: Supplier) -> None:
    client = enter("expert")
    place = f"/expert/suppliers/{asked.pk}/"
    typed = {
        "platform_met": "yes", "supplier_met": "no", "supplier_unmet": ["supplier.team"], "product_met": "yes",
        "remark": "未见成功案例。", "once": "abc",
    }  # fmt: skip
    assert client.post(place, typed).status_code == 302
    opinion = ExpertOpinion.objects.get(supplier=asked)
    assert (opinion.platform_met, opinion.supplier_met, opinion.product_met) == (True, False, True)
    assert opinion.remark.startswith("未达到：具备相匹配的资质证明")
    assert "未见成功案例。" in opinion.remark
    again = text_of(client.post(place, {**typed, "once": "other"}), 422)
    assert "您已经给出过意见" in again or "您的意见" in again
    assert "未见成功案例。" in text_of(client.get("/expert/given/"))
    assert "您的意见" in text_of(client.get(place))


def test_every_gap_is_named_and_nothing_typed_is_lost(world: World, enter: Any, asked: Supplier) -> None:
    client = enter("expert")
    page = text_of(
        client.post(
            f"/expert/suppliers/{asked.pk}/",
            {"platform_met": "yes", "platform_unmet": ["platform.means"], "remark": "写到一半"},
        ),
        422,
    )
    assert "写到一半" in page
    assert "勾选了平台未达到的条目" in page
    assert page.count("是否达到审核标准”") >= 2
    page = text_of(
        client.post(
            f"/expert/suppliers/{asked.pk}/",
            {"platform_met": "yes", "supplier_met": "yes", "product_met": "no", "remark": ""},
        ),
        422,
    )
    assert "请在意见栏写明" in page


def test_others_suppliers_and_strangers_find_nothing(world: World, enter: Any, asked: Supplier) -> None:
    assert enter("expert").get(f"/expert/suppliers/{world.supplier.pk}/").status_code == 404
    for name in ("province_officer", "auditor", "supplier", "dg_enterprise", "dg_reviewer"):
        client = enter(name)
        assert client.get("/expert/").status_code == 404
        assert client.get(f"/expert/suppliers/{asked.pk}/").status_code == 404


def test_an_empty_desk_says_so(world: World, enter: Any) -> None:
    assert "没有等待您审核的供应商" in text_of(enter("expert").get("/expert/"))

"""The auditor reads contacts receipts, evaluations of suppliers and workings of quota, and changes none of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import DONGGUAN, FOSHAN, World, at
from tests.desks.officials import file_of, text_of
from tests.insight import test_splitting as splitting
from tests.insight.test_evaluation import draft, let_few_be_ranked
from tests.parties.test_contacts import filed, of, opened
from yunquan.insight import evaluation_actions, evaluation_replies, splitting_actions
from yunquan.parties.models import Bureau, ContactReceipt
from yunquan.policy.roles import Role

BASE = "/auditor/"


def city_auditor(world: World) -> None:
    world.appoint("dg_auditor", Role.AUDITOR, bureau=Bureau.objects.get(code=DONGGUAN))


@pytest.mark.clause("A1", "D47-A3")
def test_contacts_receipts_are_read_within_the_city_and_never_decided(
    world: World, enter: Any, moment: Any
) -> None:
    city_auditor(world)
    call = opened(world)
    ours, theirs = filed(world, of(call)), of(call, FOSHAN)
    moment("2018-09-10 11:00")
    for name, seen in (("auditor", True), ("dg_auditor", False)):
        client = enter(name)
        page = text_of(client.get(f"{BASE}contacts/"))
        assert ours.bureau.name in page and (theirs.bureau.name in page) is seen
        assert "延期" not in page and "征集联系人回执" not in page
        listed = text_of(client.get(f"{BASE}contacts/?format=csv&state=filed"))
        assert ours.bureau.name in listed and theirs.bureau.name not in listed
        one = text_of(client.get(f"{BASE}contacts/receipts/{ours.pk}/"))
        assert "测试负责人" in one and "下载盖章扫描件" in one and "<form method" not in one.split("<main")[1]
        assert client.get(f"{BASE}contacts/receipts/{ours.pk}/receipt.docx").content[:2] == b"PK"
        for step in ({"step": "accept"}, {"step": "send_back", "reason": "不行"}, {"submit": "yes"}):
            assert client.post(f"{BASE}contacts/receipts/{ours.pk}/", step).status_code == 405
        wanted = 200 if seen else 404
        assert client.get(f"{BASE}contacts/receipts/{theirs.pk}/").status_code == wanted
        assert client.get("/city/contacts/").status_code == 404
    assert ContactReceipt.objects.get(pk=ours.pk).state == "filed"
    assert enter("dg_reviewer").get(f"{BASE}contacts/").status_code == 404


@pytest.mark.clause("A1", "D47-8.3")
def test_evaluations_are_read_by_the_provinces_auditor_alone_and_offer_no_step(
    world: World, enter: Any, moment: Any
) -> None:
    city_auditor(world)
    let_few_be_ranked(world)
    world.approved()
    row = evaluation_actions.send(
        evaluation=draft(world), by=world["province_officer"], now=at("2019-06-03 09:00")
    )
    line = row.lines.get()
    evaluation_replies.reply(
        evaluation=row,
        text="答复时间有误（测试）。",
        file=None,
        by=world["supplier"],
        now=at("2019-06-03 10:00"),
    )
    moment("2019-06-03 11:00")
    client, here = enter("auditor"), f"{BASE}evaluations/"
    page = text_of(client.get(here))
    assert "2018 年度供应商评价" in page and "1 份" in page and "测算一个年度" not in page
    assert "2018" in text_of(client.get(f"{here}?format=csv"))
    page = text_of(client.get(f"{here}{row.pk}/"))
    assert world.supplier.name in page and row.content_hash in page
    assert "<form method" not in page.split("<main")[1] and "撤销</a>" not in page
    said = text_of(client.get(f"{here}{row.pk}/lines/{line.pk}/"))
    assert "答复时间有误" in said and f"/auditor/suppliers/{world.supplier.pk}/" in said
    assert "<form method" not in said.split("<main")[1]
    assert file_of(client.get(f"{here}{row.pk}/table.xlsx"))[:2] == b"PK"
    for place in (f"{row.pk}/", f"{row.pk}/lines/{line.pk}/"):
        assert client.post(f"{here}{place}", {"outcome": "kept", "text": "x"}).status_code == 405
    for place in (f"{row.pk}/send", f"{row.pk}/propose", "new/"):
        assert client.post(f"{here}{place}", {}).status_code == 404
    theirs = enter("dg_auditor")
    assert "没有可看的评价" in text_of(theirs.get(here))
    for place in (f"{row.pk}/", f"{row.pk}/lines/{line.pk}/", f"{row.pk}/table.csv"):
        assert theirs.get(f"{here}{place}").status_code == 404


@pytest.mark.clause("A1", "D47-5.17")
def test_workings_of_quota_are_read_by_a_citys_auditor_once_they_are_decided(
    world: World, enter: Any, moment: Any
) -> None:
    city_auditor(world)
    splitting.entered(world)
    row = splitting.draft(world, splitting.coming(world))
    moment("2019-06-03 11:00")
    here = f"{BASE}splits/"
    client, theirs = enter("auditor"), enter("dg_auditor")
    page = text_of(client.get(here))
    assert "2019 年度" in page and "录入" not in page and "splits/new/" not in page
    page = text_of(client.get(f"{here}{row.pk}/"))
    assert row.content_hash in page and "手工调整</a>" not in page
    assert "<form method" not in page.split("<main")[1]
    assert "没有可看的测算" in text_of(theirs.get(here))
    assert theirs.get(f"{here}{row.pk}/").status_code == 404
    splitting_actions.propose(plan=row, by=world["province_officer"], now=splitting.NOW)
    splitting_actions.decide(plan=row, by=world["province_approver"], now=splitting.NOW)
    for reader in (client, theirs):
        assert "东莞市" in text_of(reader.get(f"{here}{row.pk}/"))
        assert "东莞市" in text_of(reader.get(f"{here}{row.pk}/table.csv"))
        assert file_of(reader.get(f"{here}?format=xlsx"))[:2] == b"PK"
        assert reader.post(f"{here}{row.pk}/", {}).status_code == 405
        for place in (f"{row.pk}/adjust/", f"{row.pk}/decide", "new/", "sizes/2018/"):
            assert reader.get(f"{here}{place}").status_code == 404

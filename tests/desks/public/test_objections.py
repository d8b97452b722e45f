"""An objection is raised by anyone within the period, once, and followed by its code."""

from __future__ import annotations

import html
import re
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import PDF, World, at, broken
from tests.matching import making as matching_making
from yunquan.desks.public.objecting import RAISED_AN_HOUR
from yunquan.desks.public.visiting import fresh_stamp
from yunquan.evidence.models import StoredFile
from yunquan.kernel.money import format_yuan
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingLine, MatchingObjection
from yunquan.parties.models import Enterprise
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Objection, SettlementList

pytestmark = pytest.mark.django_db
WRITTEN = at("2019-04-09 09:00")
FORM = {"raised_by": "测试举报单位", "contact": "13900000000", "grounds": "发票与合同不符（测试）"}


def _place(published: SettlementList) -> tuple[str, int]:
    line = published.lines.get().pk
    return f"/publicity/{published.pk}/lines/{line}/objection/", line


def _send(published: SettlementList, client: Client | None = None, **changes: Any) -> Any:
    place, line = _place(published)
    form = {**FORM, "stamp": fresh_stamp(f"objection:{line}", at=time.time() - 60), "once": "", **changes}
    return (client or Client()).post(place, form)


def _page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.mark.clause("D47-5.22")
def test_an_objection_is_raised_and_followed_by_its_code(world: World, published: SettlementList) -> None:
    assert Client().get(_place(published)[0]).status_code == 200
    answer = _send(published)
    assert answer.status_code == 302
    objection = Objection.objects.get()
    assert answer["Location"] == f"/objections/?code={objection.code}"
    page = _page(Client().get(answer["Location"]))
    assert "待处理" in page
    for secret in FORM.values():
        assert secret not in page
    listed = _page(Client().get(f"/publicity/{published.pk}/"))
    assert "异议处理中" in listed
    settlement.dismiss(
        objection=objection, reason="已核实，凭证属实。", by=world["dg_approver"], now=at("2019-04-11 09:00")
    )
    page = _page(Client().get(f"/objections/?code={objection.code.lower()}"))
    assert "异议不成立" in page
    assert "已核实，凭证属实。" in page
    assert broken() == []


def test_the_form_tells_the_sum_that_the_list_tells(world: World, set_clock: Any) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_iia_certified=True)
    world.approved()
    published = world.published()
    (line,) = published.lines.all()
    assert line.bonus_fen > 0
    for place in (f"/publicity/{published.pk}/", _place(published)[0]):
        assert format_yuan(line.face_fen + line.bonus_fen) in _page(Client().get(place))


def test_every_fault_stands_beside_its_field_and_nothing_typed_is_lost(published: SettlementList) -> None:
    answer = _send(published, raised_by="", contact=" ", grounds="长" * 5001)
    page = _page(answer)
    assert answer.status_code == 422
    for name in ("raised_by", "contact", "grounds"):
        assert f'id="id_{name}_error"' in page
    assert "长" * 5001 in page
    assert Objection.objects.count() == 0


@pytest.mark.parametrize(
    ("contact", "is_one"),
    [
        ("abc", False), ("a@b", False), ("12345", False), ("测试 13900000000", False), ("13900000000、abc", False),
        ("0769-22000000转801", True), ("＋86 139 0000 0000", True), ("name@example.cn", True),
        ("13900000000，name@example.cn", True),
    ],
)  # fmt: skip
def test_whoever_objects_can_be_reached_by_telephone_or_mail(
    published: SettlementList, contact: str, is_one: bool
) -> None:
    answer = _send(published, contact=contact)
    if is_one:
        assert answer.status_code == 302 and Objection.objects.get().contact == contact
        return
    page = _page(answer)
    assert answer.status_code == 422 and not Objection.objects.exists()
    assert "请填写手机号或带区号的座机号" in page and "写成 name@example.cn 的样子" in page
    assert 'id="id_contact_error"' in page and f'value="{contact}"' in page and FORM["grounds"] in page


def test_a_good_file_is_kept_while_the_rest_is_mended(published: SettlementList) -> None:
    client = Client()
    file = SimpleUploadedFile("证明.pdf", PDF, content_type="application/pdf")
    page = _page(_send(published, client, grounds="", file=file))
    assert "已上传：证明.pdf" in page
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    assert kept is not None
    assert _send(published, client, kept=kept[1]).status_code == 302
    objection = Objection.objects.get()
    assert objection.file == StoredFile.objects.get(org="public")
    assert objection.file.org == "public"


@pytest.mark.parametrize("kept", ["x", "eyJwayI6MX0:forged:mark"])
def test_a_forged_mark_brings_no_file(published: SettlementList, kept: str) -> None:
    assert _send(published, kept=kept).status_code == 302
    assert Objection.objects.get().file is None


def test_a_file_that_is_no_document_is_refused(published: SettlementList) -> None:
    for name, content in (("a.exe", b"MZ"), ("a.pdf", b"MZ not a pdf"), ("b.pdf", b"")):
        answer = _send(published, file=SimpleUploadedFile(name, content))
        assert answer.status_code == 422, name
        assert 'id="id_file_error"' in _page(answer), name
    assert Objection.objects.count() == 0


def test_machines_are_kept_out_without_a_puzzle(published: SettlementList) -> None:
    line = _place(published)[1]
    tried = {
        "hasty": {"stamp": fresh_stamp(f"objection:{line}")},
        "stale": {"stamp": fresh_stamp(f"objection:{line + 1}", at=time.time() - 60)},
        "none": {"stamp": ""},
        "trap": {"homepage": "http://example.com"},
    }
    for name, changes in tried.items():
        answer = _send(published, **changes)
        assert answer.status_code == 422, name
        assert FORM["grounds"] in _page(answer)
    assert Objection.objects.count() == 0
    fresh = re.search(r'name="stamp" value="([^"]+)"', _page(answer))
    assert fresh is not None
    assert _send(published, stamp=fresh[1]).status_code == 302


def test_one_address_raises_only_so_many_in_an_hour(published: SettlementList) -> None:
    for _ in range(RAISED_AN_HOUR):
        assert _send(published).status_code == 302
    answer = _send(published)
    assert answer.status_code == 422
    assert "过多" in _page(answer)
    assert FORM["grounds"] in _page(answer)
    assert Objection.objects.count() == RAISED_AN_HOUR


def test_sent_twice_it_is_raised_once(published: SettlementList) -> None:
    client = Client()
    first = _send(published, client, once="the-same-token")
    again = _send(published, client, once="the-same-token")
    assert first["Location"] == again["Location"]
    assert Objection.objects.count() == 1


def test_when_the_period_ends_during_writing_the_text_stays(
    published: SettlementList, set_clock: Any
) -> None:
    set_clock(at("2019-04-16 00:00"))
    answer = _send(published)
    assert answer.status_code == 422
    assert "公示期已结束" in _page(answer)
    assert FORM["grounds"] in _page(answer)
    assert Objection.objects.count() == 0


def test_a_line_of_another_list_is_not_there(published: SettlementList) -> None:
    line = published.lines.get().pk
    for path in (f"/publicity/{published.pk + 1}/lines/{line}/objection/",
                 f"/publicity/{published.pk}/lines/{line + 1}/objection/"):  # fmt: skip
        assert Client().get(path).status_code == 404
        assert Client().post(path, FORM).status_code == 404


@pytest.mark.parametrize("code", ["YYUNKNOWN123", "' OR 1=1 --", "\x00", "长" * 300])
def test_an_unknown_code_finds_nothing(published: SettlementList, code: str) -> None:
    answer = Client().get("/objections/", {"code": code})
    assert answer.status_code in (200, 404)
    assert "答复期限" not in _page(answer)


def test_codes_cannot_be_tried_out(published: SettlementList) -> None:
    statuses = [Client().get("/objections/", {"code": f"YY{n}"}).status_code for n in range(62)]
    assert statuses[-1] == 429


def test_null_characters_are_not_kept(published: SettlementList) -> None:
    answer = _send(published, grounds="a\x00b")
    assert answer.status_code == 302
    assert Objection.objects.get().grounds == "ab"


@pytest.fixture
def matched(world: World, published: SettlementList) -> MatchingLine:
    """What 东莞 adds to the same voucher, in public too."""
    matching_making.scheme(world, trigger="approved")
    return matching_making.published(world, now=WRITTEN).lines.get()


def _object_to_matching(line: MatchingLine, client: Client, **changes: Any) -> Any:
    stamp = fresh_stamp(f"matching_objection:{line.pk}", at=time.time() - 60)
    place = f"/publicity/matching/{line.matching_list_id}/lines/{line.pk}/objection/"
    return client.post(place, {**FORM, "stamp": stamp, "once": "", **changes})


def test_a_citys_own_line_is_objected_to_apart_from_the_provinces_with_the_same_number(
    published: SettlementList, matched: MatchingLine
) -> None:
    client = Client()
    other = fresh_stamp(f"objection:{matched.pk}", at=time.time() - 60)
    assert _object_to_matching(matched, client, stamp=other).status_code == 422
    file = SimpleUploadedFile("证明.pdf", PDF, content_type="application/pdf")
    kept = re.search(r'name="kept" value="([^"]+)"', _page(_send(published, client, grounds="", file=file)))
    assert kept is not None
    # The file was sent with the objection to the province's line and belongs to it alone.
    page = _page(_object_to_matching(matched, client, kept=kept[1], grounds=""))
    assert "证明.pdf" not in page
    assert _object_to_matching(matched, client, kept=kept[1]).status_code == 302
    assert MatchingObjection.objects.get().file is None
    assert _send(published, client, kept=kept[1]).status_code == 302
    assert Objection.objects.get().file == StoredFile.objects.get(org="public")


def test_a_code_leads_to_its_list_only_while_that_is_in_public(
    world: World, published: SettlementList, matched: MatchingLine
) -> None:
    visitor = Client()
    assert _send(published, visitor).status_code == 302
    assert _object_to_matching(matched, visitor).status_code == 302
    own = matched.matching_list
    shown = (
        (f"/publicity/{published.pk}/", f"/objections/?code={Objection.objects.get().code}"),
        (
            f"/publicity/matching/{own.pk}/",
            f"/publicity/matching/objections/?code={MatchingObjection.objects.get().code}",
        ),
    )
    for place, tracking in shown:
        assert visitor.get(place).status_code == 200
        assert f'href="{place}"' in _page(visitor.get(tracking))
    ended = {"reason": "更正（测试）", "by": world["dg_approver"], "now": at("2019-04-10 11:00")}
    settlement.withdraw(settlement_list=published, **ended)
    matching.withdraw(matching_list=own, **ended)
    for place, tracking in shown:
        assert visitor.get(place).status_code == 404
        page = _page(visitor.get(tracking))
        assert f'href="{place}"' not in page
        assert "待处理" in page
        assert "清单已撤下" in page

"""The message board's pages: nothing typed is lost, machines are kept out, an officer answers, the sender follows."""

from __future__ import annotations

import html
import time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.cast import PDF, World
from yunquan.desks.public.visiting import fresh_stamp
from yunquan.desks.public.writing import SENT_AN_HOUR
from yunquan.feedback.models import Message

pytestmark = pytest.mark.django_db
FORM = {
    "kind": "complaint",
    "about": "supplier",
    "city": "441900",
    "title": "测试标题",
    "text": "测试内容",
    "sender": "测试姓名",
    "contact": "测试联系",
}


def _send(client: Client | None = None, **changes: Any) -> Any:
    form = {**FORM, "stamp": fresh_stamp("message", at=time.time() - 60), **changes}
    return (client or Client()).post("/feedback/", form)


def _page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture(autouse=True)
def _first_factor(settings: Any) -> None:
    """The second factor of officials is tried elsewhere."""
    settings.SECOND_FACTOR_REQUIRED = False


def _inside(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_message_goes_from_the_board_to_its_answer(world: World) -> None:
    assert "写留言" in _page(Client().get("/feedback/"))
    file = SimpleUploadedFile("照片.pdf", PDF, content_type="application/pdf")
    answer = _send(file=file)
    row = Message.objects.get()
    assert answer["Location"] == f"/feedback/sent/?code={row.code}"
    seen = _page(Client().get(answer["Location"]))
    assert "已收到" in seen and "测试姓名" not in seen
    desk = _inside(world, "dg_reviewer")
    assert "测试标题" in _page(desk.get("/city/messages/"))
    assert "测试标题" in _page(desk.get("/city/"))
    place = f"/city/messages/{row.pk}/"
    assert "测试联系" in _page(desk.get(place))
    assert desk.get(f"/files/{row.file_id}/").status_code == 200
    assert desk.post(place, {"step": "accept"}).status_code == 302
    unchosen = desk.post(place, {"answer": "写好的答复", "reason": "写好的理由"})
    assert unchosen.status_code == 422 and "请选择要办理的步骤" in _page(unchosen)
    assert "写好的答复" in _page(unchosen) and "写好的理由" in _page(unchosen)
    refused = desk.post(place, {"step": "answer", "answer": " "})
    assert refused.status_code == 422 and "请填写答复内容" in _page(refused)
    assert desk.post(place, {"step": "answer", "answer": "已核实"}).status_code == 302
    assert "已核实" in _page(Client().get(f"/feedback/sent/?code={row.code}"))
    unchosen = Client().post("/feedback/sent/", {"code": row.code, "rating": "5", "reason": "补充"})
    assert unchosen.status_code == 422 and "请选择提交评价或追问" in _page(unchosen)
    assert "补充" in _page(unchosen) and Message.objects.get().state == "answered"
    rated = Client().post("/feedback/sent/", {"code": row.code, "step": "rate", "rating": ""})
    assert rated.status_code == 422 and "1 到 5 分" in _page(rated)
    assert (
        Client().post("/feedback/sent/", {"code": row.code, "step": "rate", "rating": "5"}).status_code == 302
    )
    row.refresh_from_db()
    assert row.state == "closed"


def test_every_fault_stands_beside_its_field_and_nothing_typed_is_lost(world: World) -> None:
    answer = _send(kind="", about="", title="", text="长" * 5001, supplier="某供应商")
    page = _page(answer)
    assert answer.status_code == 422
    for name in ("kind", "about", "title", "text"):
        assert f'id="id_{name}_error"' in page
    assert "长" * 5001 in page and "某供应商" in page
    assert not Message.objects.exists()


def test_machines_and_floods_are_kept_out(world: World) -> None:
    assert _send(homepage="http://x").status_code == 422
    assert _send(stamp=fresh_stamp("message")).status_code == 422
    assert _send(stamp=fresh_stamp("objection:1", at=time.time() - 60)).status_code == 422
    client = Client()
    for _ in range(SENT_AN_HOUR):
        assert _send(client).status_code == 302
    assert _send(client).status_code == 422
    assert Message.objects.count() == SENT_AN_HOUR


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("fs_reviewer", "/city/"),
        ("supplier", "/supplier/"),
        ("dg_cashier", "/city/"),
        ("dg_enterprise", "/city/"),
    ],
)
def test_a_stranger_finds_nothing(world: World, who: str, place: str) -> None:
    _send()
    client = _inside(world, who)
    row = Message.objects.get()
    assert client.get(f"{place}messages/{row.pk}/").status_code == 404


def test_an_auditor_reads_and_changes_nothing(world: World) -> None:
    _send()
    row = Message.objects.get()
    client = _inside(world, "auditor")
    assert "测试标题" in _page(client.get("/auditor/messages/"))
    page = _page(client.get(f"/auditor/messages/{row.pk}/"))
    assert "办理 " not in page
    assert client.post(f"/auditor/messages/{row.pk}/", {"step": "accept"}).status_code == 422
    row.refresh_from_db()
    assert row.state == "received"


def test_pages_ask_no_more_as_messages_grow(world: World, django_assert_max_num_queries: Any) -> None:
    client = _inside(world, "dg_reviewer")
    _send()
    client.get("/city/messages/")
    with django_assert_max_num_queries(40):
        client.get("/city/messages/")
    for number in range(12):
        Message.objects.filter(pk=Message.objects.latest("pk").pk).update(title=f"标题{number}")
        row = Message.objects.latest("pk")
        row.pk, row.code = None, f"LY{number:010d}"
        row.save()
    with django_assert_max_num_queries(40):
        client.get("/city/messages/")

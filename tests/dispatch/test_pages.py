"""A person's choices and the administrator's texts, as pages."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client

from tests.cast import World
from yunquan.dispatch.models import Choice, Template

pytestmark = pytest.mark.django_db
CHOSEN = {
    "money-mail": "now", "decision-mail": "digest", "deadline-mail": "now", "work-mail": "none", "work-sms": "on",
}  # fmt: skip


@pytest.fixture(autouse=True)
def ways(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.YUNQUAN_SMS = "console"
    settings.SECOND_FACTOR_REQUIRED = False


def inside(world: World, name: str) -> Client:
    client = Client()
    client.force_login(world.person(world[name]), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_choices_are_kept_with_the_address(world: World) -> None:
    client = inside(world, "dg_enterprise")
    assert "接收方式" in page(client.get("/desk/notices/"))
    sent = client.post("/desk/notices/", {"email": "a@example.org", "phone": "138 0000 1234", **CHOSEN})
    assert sent.status_code == 302
    person = world.person(world["dg_enterprise"])
    person.refresh_from_db()
    assert (person.email, person.phone) == ("a@example.org", "13800001234")
    kept = {one.group: (one.mail, one.by_sms) for one in Choice.objects.filter(person=person)}
    assert kept["decision"] == ("digest", False)
    assert kept["work"] == ("none", True)


def test_faults_stand_beside_their_fields_and_nothing_is_lost(world: World) -> None:
    client = inside(world, "dg_enterprise")
    answer = client.post(
        "/desk/notices/", {"email": "no address", "phone": "x", **CHOSEN, "money-mail": "fax"}
    )
    assert answer.status_code == 422
    shown = page(answer)
    assert 'id="id_email_error"' in shown and 'id="id_money-mail_error"' in shown
    assert "no address" in shown and "邮箱请写成 name@example.cn 的样子。" in shown and "Email" not in shown
    answer = client.post("/desk/notices/", {"email": "", "phone": "", **CHOSEN})
    assert answer.status_code == 422 and "还没有登记手机号" in page(answer)


def test_a_stranger_logs_in_first(world: World) -> None:
    assert Client().get("/desk/notices/").status_code == 302
    assert inside(world, "dg_enterprise").get("/admin/texts/").status_code == 404


def test_a_text_is_previewed_before_it_is_kept(world: World) -> None:
    client = inside(world, "system_admin")
    assert "paid" in page(client.get("/admin/texts/"))
    text = {"subject": "到账：{title}", "body": "{name}\n{text}", "short": "{title}"}
    shown = client.post("/admin/texts/paid/", {**text, "step": "preview"})
    assert "到账：申领已发放" in page(shown)
    assert not Template.objects.exists()
    wrong = client.post("/admin/texts/paid/", {**text, "short": "{oops}", "step": "preview"})
    assert wrong.status_code == 422 and "oops" in page(wrong)
    assert client.post("/admin/texts/paid/", {**text, "step": "keep"}).status_code == 302
    assert Template.objects.get().subject == "到账：{title}"
    assert client.get("/admin/texts/nosuch/").status_code == 404

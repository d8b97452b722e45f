"""What comes into an inbox reaches people as they chose: once, recorded, and again later when it failed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core import mail

from tests.cast import World, at
from yunquan.dispatch import actions, channels, queries
from yunquan.dispatch.models import Dispatch
from yunquan.journal.actions import notify
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Person

pytestmark = pytest.mark.django_db
NOW = at("2018-11-05 10:00")


@pytest.fixture(autouse=True)
def ways(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.YUNQUAN_SITE_URL = "https://example.org"


@pytest.fixture
def clerk(world: World) -> Person:
    person = world.person(world["dg_enterprise"])
    person.email, person.phone = "clerk@example.org", "13800001234"
    person.save()
    return person


def tell(world: World, kind: str = "paid", key: str = "one", **rest: str) -> None:
    org = world["dg_enterprise"].org
    notify(org=org, obj="voucher:GD", kind=kind, title="奖补已到账（测试）", key=key, now=NOW, **rest)


def choose(person: Person, world: World, mail: str = "now", by_sms: bool = False) -> None:
    actions.choose(choices={"money": (mail, by_sms)}, person=person, by=world["dg_enterprise"], now=NOW)


def test_a_notice_is_mailed_once_however_often_the_clock_ticks(world: World, clerk: Person) -> None:
    tell(world)
    for minutes in range(0, 180, 20):
        actions.work(NOW + timedelta(minutes=minutes))
    assert [one.subject for one in mail.outbox] == ["【云券】奖补已到账（测试）"]
    assert mail.outbox[0].to == ["clerk@example.org"]
    assert "https://example.org/desk/" in str(mail.outbox[0].body)
    row = Dispatch.objects.get()
    assert (row.stage, row.to) == ("sent", "c***@example.org")


def test_who_has_no_address_or_wants_none_gets_none(world: World, clerk: Person) -> None:
    choose(clerk, world, mail="none")
    tell(world)
    actions.work(NOW)
    assert mail.outbox == []


def test_a_digest_is_one_mail_in_the_morning(world: World, clerk: Person) -> None:
    choose(clerk, world, mail="digest")
    for number in range(3):
        tell(world, key=f"n{number}")
    actions.work(NOW)
    assert mail.outbox == []
    actions.work(at("2018-11-06 08:05"))
    assert len(mail.outbox) == 1
    assert "今天有 3 条消息" in mail.outbox[0].subject
    assert str(mail.outbox[0].body).count("奖补已到账") == 3
    assert set(Dispatch.objects.values_list("stage", flat=True)) == {"sent"}


def test_what_fails_is_tried_again_later_and_given_up_in_the_end(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def refuse(**message: str) -> None:
        tried.append(message["to"])
        raise channels.NotSent("网关没有回答")

    monkeypatch.setattr(channels, "send_mail", refuse)
    tell(world)
    for minutes in (0, 1, 6, 40, 170, 900, 2000, 4000):
        actions.work(NOW + timedelta(minutes=minutes))
    assert len(tried) == 5
    row = Dispatch.objects.get()
    assert (row.stage, row.error) == ("failed", "网关没有回答")


def test_a_kill_while_sending_leaves_it_unclear_and_sends_no_second_one(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**message: str) -> None:
        raise KeyboardInterrupt

    tell(world)
    with monkeypatch.context() as patched:
        patched.setattr(channels, "send_mail", killed)
        with pytest.raises(KeyboardInterrupt):
            actions.work(NOW)
    actions.work(NOW + timedelta(minutes=20))
    actions.work(NOW + timedelta(minutes=40))
    assert mail.outbox == []
    assert Dispatch.objects.get().stage == "unclear"


def test_without_a_mark_before_sending_a_kill_would_send_twice(
    world: World, clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the mark taken away, the test above would see a second mail."""
    tell(world)
    actions.work(NOW)
    Dispatch.objects.update(stage="queued", next_at=NOW)
    actions.work(NOW)
    assert len(mail.outbox) == 2


def test_a_person_elsewhere_hears_nothing(world: World, clerk: Person) -> None:
    other = world.person(world["fs_enterprise"])
    other.email = "other@example.org"
    other.save()
    tell(world)
    actions.work(NOW)
    assert [one.to for one in mail.outbox] == [["clerk@example.org"]]


def test_a_late_commit_is_not_passed_by(world: World, clerk: Person) -> None:
    """A notice with a lower number may become visible after one with a higher number."""
    tell(world, key="first")
    tell(world, key="second")
    actions.work(NOW)
    late = Dispatch.objects.order_by("notice_id").first()
    assert late is not None
    Dispatch.objects.filter(pk=late.pk).delete()  # As if this notice had not been there yet.
    actions.work(NOW + timedelta(minutes=5))
    assert len(mail.outbox) == 3


class Gateway(BaseHTTPRequestHandler):
    answers: list[int] = []
    got: list[tuple[dict[str, Any], str]] = []

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Gateway.got.append((content, self.headers["Authorization"]))
        self.send_response(Gateway.answers.pop(0) if Gateway.answers else 200)
        self.end_headers()

    def log_message(self, *said: Any) -> None:
        return None


@pytest.fixture
def gateway(settings: Any) -> Iterator[type[Gateway]]:
    server = HTTPServer(("127.0.0.1", 0), Gateway)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.YUNQUAN_SMS = f"http://127.0.0.1:{server.server_port}/send"
    settings.YUNQUAN_SMS_TOKEN = "token-for-test"
    Gateway.answers, Gateway.got = [], []
    yield Gateway
    server.shutdown()
    server.server_close()


def test_a_short_message_goes_over_the_gateway_and_again_after_a_fault(
    world: World, clerk: Person, gateway: type[Gateway]
) -> None:
    choose(clerk, world, mail="none", by_sms=True)
    gateway.answers = [503]
    tell(world)
    actions.work(NOW)
    actions.work(NOW + timedelta(minutes=10))
    assert [content["to"] for content, _ in gateway.got] == ["13800001234"] * 2
    assert gateway.got[0][1] == "Bearer token-for-test"
    assert Dispatch.objects.get().stage == "sent"


@pytest.mark.parametrize("answer", [302, 401])
def test_a_gateway_that_leads_elsewhere_or_refuses_is_not_followed(
    world: World, clerk: Person, gateway: type[Gateway], answer: int
) -> None:
    choose(clerk, world, mail="none", by_sms=True)
    gateway.answers = [answer]
    tell(world)
    told = actions.work(NOW)
    assert told.errors == [f"短信网关回答 {answer}"]
    assert len(gateway.got) == 1


def test_a_text_of_ones_own_is_sent_and_a_wrong_word_in_it_refused(world: World, clerk: Person) -> None:
    admin = world["system_admin"]
    with pytest.raises(Refused) as refused:
        actions.reword(kind="paid", subject="{titel}", body="{", short=" ", by=admin, now=NOW)
    assert {refusal.field for refusal in refused.value.refusals} == {"subject", "body", "short"}
    actions.reword(kind="paid", subject="到账：{title}", body="{text}", short="{title}", by=admin, now=NOW)
    tell(world, text="{name} 换行\x07")
    actions.work(NOW)
    assert mail.outbox[0].subject == "到账：奖补已到账（测试）"
    assert mail.outbox[0].body == "{name} 换行"


def test_choices_need_an_address(world: World) -> None:
    person = world.person(world["dg_enterprise"])
    with pytest.raises(Refused) as refused:
        actions.choose(choices={"money": ("now", True)}, person=person, by=world["dg_enterprise"], now=NOW)
    assert {refusal.field for refusal in refused.value.refusals} == {"money-mail", "money-sms"}


def test_the_log_holds_no_address(world: World, clerk: Person) -> None:
    choose(clerk, world)
    told = " ".join(LogEntry.objects.values_list("entry", flat=True))
    told += " ".join(LogPayload.objects.values_list("payload", flat=True))
    assert "clerk@example.org" not in told
    assert "13800001234" not in told


def test_thinking_of_everyone_asks_no_more_as_notices_grow(
    world: World, clerk: Person, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        tell(world, kind="to_review", key=f"many{number}")
    with django_assert_max_num_queries(25):
        actions.work(NOW)
    assert Dispatch.objects.count() == 60


def test_what_a_person_sees_of_it(world: World, clerk: Person) -> None:
    tell(world)
    actions.work(NOW)
    assert [row.get_stage_display() for row in queries.sent_to(clerk)] == ["已发"]
    assert queries.choices_of(clerk)["money"] == ("now", False)

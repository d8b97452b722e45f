"""The pull interface against the reference supplier endpoint over HTTP, and against what goes wrong there."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any

import pytest

from examples.supplier_endpoint import supplier_endpoint as example
from tests.cast import World, at
from tests.vouchers.refusing import fields
from yunquan.journal import clock
from yunquan.journal.models import Notice
from yunquan.usage import deliveries, envelope, fetching, pulling, working
from yunquan.usage.models import Delivery, PullAttempt, PullSource

NOW = at("2019-06-17 10:00")
USER = "YQ-001"


def records(start: datetime, end: datetime) -> Iterator[dict[str, str]]:
    """An operation every six hours, in a log without end or beginning."""
    moment = start.replace(hour=start.hour - start.hour % 6, minute=0, second=0)
    while moment < end:
        if moment >= start:
            yield {"time": moment.isoformat(), "user": "U1", "ip": "14.23.10.8", "action": "login"}
        moment += timedelta(hours=6)


Serve = Callable[[Any], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a server until the test ends; gives its address."""
    running: list[ThreadingHTTPServer] = []

    def start(server: ThreadingHTTPServer) -> str:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        running.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}/usage"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def private(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoints lie on this machine; a short key is made quickly."""
    monkeypatch.setattr(envelope, "BITS", 2048)
    settings.USAGE_PULL_PRIVATE = True


def endpoint(*, fingerprint: str = "", given: Any = records) -> ThreadingHTTPServer:
    return example.make_server(
        ("127.0.0.1", 0), user_id=USER, fingerprint=fingerprint or pulling.fingerprint(), records=given
    )


def answering(respond: Callable[[BaseHTTPRequestHandler], None]) -> ThreadingHTTPServer:
    """A server that answers as the test says."""

    class Endpoint(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            respond(self)

        def log_message(self, format: str, *words: object) -> None: ...

    return ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)


def saying(body: bytes, status: int = 200, length: int | None = None) -> ThreadingHTTPServer:
    def respond(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(status)
        asked.send_header("Content-Length", str(len(body) if length is None else length))
        asked.send_header("Location", "http://127.0.0.1:1/")
        asked.end_headers()
        asked.wfile.write(body)

    return answering(respond)


def source(world: World, url: str, **typed: str) -> PullSource:
    asked = {
        "url": url, "user_id": USER, "cloud": "mes.example.com", "every_hours": "24", "from_on": "2019-06-14",
        "is_active": "1", **typed,
    }  # fmt: skip
    return pulling.save_source(supplier=world.supplier, typed=asked, by=world["supplier"], now=NOW)


def failure(world: World, url: str) -> str:
    """What the only attempt says; the position has not moved."""
    row = source(world, url)
    told = pulling.pull_due(NOW)
    assert (told.done, len(told.failed)) == (0, 1)
    before = row.fetched_to_at
    row.refresh_from_db()
    assert (row.fetched_to_at, row.failures) == (before, 1)
    assert row.next_at == NOW + timedelta(minutes=5)
    assert Delivery.objects.count() == 0
    return PullAttempt.objects.get().message


@pytest.mark.clause("D47-5.12", "D47-5.16")
def test_periods_follow_one_another_without_gap_or_overlap(world: World, serve: Serve) -> None:
    row = source(world, serve(endpoint()))
    assert pulling.pull_due(NOW).done == 4
    attempts = list(PullAttempt.objects.order_by("pk"))
    assert attempts[0].from_at == at("2019-06-14 00:00")
    for earlier, later in pairwise(attempts):
        assert earlier.to_at == later.from_at
    row.refresh_from_db()
    assert row.fetched_to_at == attempts[-1].to_at == NOW - pulling.LAG
    assert row.next_at == NOW + timedelta(hours=24)
    assert pulling.pull_due(NOW).done == 0
    assert {one.channel for one in Delivery.objects.all()} == {"pull"}
    told = working.work(NOW + timedelta(hours=24))
    assert told.done["periods_pulled"] == 1
    assert told.done["deliveries_loaded"] == 5
    assert sum(one.records for one in Delivery.objects.all()) == 4 * 4 + 2


def test_an_answer_without_records_moves_on_without_a_delivery(world: World, serve: Serve) -> None:
    row = source(world, serve(endpoint(given=lambda start, end: ())))
    assert pulling.pull_due(NOW).done == 4
    row.refresh_from_db()
    assert row.fetched_to_at == NOW - pulling.LAG
    assert {one.message for one in PullAttempt.objects.all()} == {"这段时间没有记录"}
    assert Delivery.objects.count() == 0


def test_a_supplier_that_knows_another_key_answers_nothing(world: World, serve: Serve) -> None:
    assert "403" in failure(world, serve(endpoint(fingerprint="0" * 64)))


def test_an_answer_under_another_key_is_refused(world: World, serve: Serve, tmp_path: Any) -> None:
    other = envelope.key_of(tmp_path / "other.pem")
    body = example.sealed(b"{}\n", other.public_der, b"")
    assert "fingerprint 不符" in failure(world, serve(saying(body)))
    said = json.loads(body) | {"fingerprint": pulling.fingerprint()}
    with pytest.raises(envelope.BadAnswer, match="不能用平台私钥解开"):
        envelope.opened(
            json.dumps(said).encode(), envelope.key_of(pulling.key_place()), user_id="", start="", end=""
        )


def sealed_for(user_id: str, start: str, end: str) -> bytes:
    key = envelope.key_of(pulling.key_place())
    line = b'{"time": "2019-06-14T08:00:00+08:00", "user": "U", "ip": "14.23.10.8", "action": "login"}\n'
    return example.sealed(line, key.public_der, envelope.bound_to(user_id, start, end))


def test_damaged_cipher_text_is_refused(world: World, serve: Serve) -> None:
    said = json.loads(sealed_for(USER, "2019-06-14T00:00:00+08:00", "2019-06-15T00:00:00+08:00"))
    data = bytearray(base64.b64decode(said["data"]))
    data[5] ^= 1
    said["data"] = base64.b64encode(bytes(data)).decode()
    assert "密文被改动" in failure(world, serve(saying(json.dumps(said).encode())))


def test_an_answer_to_another_request_is_refused(world: World, serve: Serve) -> None:
    body = sealed_for(USER, "2019-06-13T00:00:00+08:00", "2019-06-14T00:00:00+08:00")
    assert "不是对本次" in failure(world, serve(saying(body)))


def test_records_of_another_period_are_refused(world: World, serve: Serve) -> None:
    late = endpoint(given=lambda start, end: records(start - timedelta(hours=7), end))
    assert "不在所请求的" in failure(world, serve(late))


def test_half_an_answer_is_refused(world: World, serve: Serve) -> None:
    body = sealed_for(USER, "2019-06-14T00:00:00+08:00", "2019-06-15T00:00:00+08:00")
    assert "断开" in failure(world, serve(saying(body[:200], length=len(body))))
    with pytest.raises(envelope.BadAnswer, match="中途断开"):
        envelope.opened(body[:200], envelope.key_of(pulling.key_place()), user_id=USER, start="", end="")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"[]", "不是 JSON 对象"),
        (b"{}", "version"),
        (b"\xff\xfe", "不是完整的 UTF-8 JSON"),
        (b"[" * 100_000, "不是完整的 UTF-8 JSON"),
    ],
)
def test_an_answer_that_is_none_is_refused(said: bytes, words: str, tmp_path: Any) -> None:
    with pytest.raises(envelope.BadAnswer, match=words):
        envelope.opened(said, envelope.key_of(tmp_path / "key.pem"), user_id="", start="", end="")


@pytest.mark.parametrize(
    "change",
    [{"key": 1}, {"key": "%%"}, {"nonce": "AAAA"}, {"data": ""}, {"version": "2"}, {"fingerprint": None}],
)
def test_every_part_of_an_answer_is_held_to_its_description(change: dict[str, Any], tmp_path: Any) -> None:
    key = envelope.key_of(tmp_path / "key.pem")
    said = json.loads(example.sealed(b"", key.public_der, envelope.bound_to("", "", ""))) | change
    with pytest.raises(envelope.BadAnswer):
        envelope.opened(json.dumps(said).encode(), key, user_id="", start="", end="")


def test_redirects_are_not_followed(world: World, serve: Serve) -> None:
    assert "不跟随跳转" in failure(world, serve(saying(b"", status=302)))


def test_a_supplier_that_dawdles_is_given_up(serve: Serve) -> None:
    rest = threading.Event()

    def drip(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(200)
        asked.end_headers()
        for _ in range(200):
            asked.wfile.write(b" ")
            asked.wfile.flush()
            if rest.wait(0.05):
                return

    url = serve(answering(drip))
    with pytest.raises(fetching.FetchFailed, match="秒内没有答完"):
        fetching.fetch(url, query={}, headers={}, private=True, limits=fetching.Limits(seconds=0.4))
    rest.set()


def test_an_answer_without_end_is_cut(serve: Serve) -> None:
    url = serve(saying(b"x" * 300_000))
    with pytest.raises(fetching.FetchFailed, match="应答超过"):
        fetching.fetch(url, query={}, headers={}, private=True, limits=fetching.Limits(most_bytes=100_000))


def test_nobody_there(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        assert "没有在这个端口提供服务" in failure(world, url)


@pytest.mark.parametrize(
    "url",
    [
        "http://pull.example.com/", "ftp://pull.example.com/", "https://127.0.0.1/", "https://[::1]/",
        "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data", "https://localhost:8443/",
        "https://user:word@pull.example.com/", "https://pull.example.com/?a=1", "https:///x", "https://[::", "",
        "https://[::ffff:192.168.1.1]/", "https://pull.example.com:99999/", "https://pull.example.com/\nx",
    ],
)  # fmt: skip
def test_addresses_that_the_platform_never_asks(url: str) -> None:
    assert fetching.url_fault(url, private=False)
    with pytest.raises(fetching.FetchFailed):
        fetching.target_of(url, private=False)


def test_a_name_that_points_inside_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    def look_up(host: str, port: int, **_rest: Any) -> list[Any]:
        return [(2, 1, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for inside in (
        "10.0.0.8",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "64:ff9b::a00:1",
    ):
        found[:] = ["14.23.10.8", inside]
        with pytest.raises(fetching.FetchFailed, match="内网"):
            fetching.target_of("https://pull.example.com/", private=False)
    found[:] = ["14.23.10.8"]
    assert fetching.target_of("https://pull.example.com/a", private=False).address == "14.23.10.8"
    found[:] = ["14.23.10.8"]
    with pytest.raises(fetching.FetchFailed, match="https"):
        fetching.target_of("http://pull.example.com/a", private=True)


def test_failures_come_later_each_time_and_the_supplier_is_told(world: World, serve: Serve) -> None:
    row = source(world, serve(saying(b"", status=500)))
    now, pauses = NOW, []
    for _ in range(11):
        pulling.pull_due(now)
        row.refresh_from_db()
        pauses.append(int((row.next_at - now).total_seconds() // 60))
        now = row.next_at
    assert pauses == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]
    assert Notice.objects.filter(kind="pull_failing", org=world["supplier"].org).count() >= 1
    row.url = serve(endpoint())
    row.save()
    assert pulling.pull_due(now).done > 3
    row.refresh_from_db()
    assert row.failures == 0


def test_a_worker_that_comes_second_changes_nothing(world: World, serve: Serve) -> None:
    row = source(world, serve(endpoint()))
    stale = PullSource.objects.get(pk=row.pk)
    assert pulling.pull(row, NOW) is not None
    assert pulling.pull(stale, NOW) is None
    assert (PullAttempt.objects.count(), Delivery.objects.count()) == (1, 1)


@pytest.mark.clause("D47-5.12")
def test_every_fault_of_the_settings_stands_beside_its_field(world: World, settings: Any) -> None:
    settings.USAGE_PULL_PRIVATE = False
    wrong = {"url": "http://x", "user_id": "", "cloud": "a b", "every_hours": "0", "from_on": "2020-01-01"}
    asked = {"supplier": world.supplier, "typed": wrong, "by": world["supplier"], "now": NOW}
    assert fields(pulling.save_source, **asked) == {
        ("bad_url", "url"), ("bad_user_id", "user_id"), ("bad_cloud", "cloud"), ("bad_hours", "every_hours"),
        ("bad_from_on", "from_on"),
    }  # fmt: skip
    asked["by"] = world["other_supplier"]
    assert fields(pulling.save_source, **asked) == {("not_your_role", "")}


def test_the_key_is_kept_to_its_owner_and_rotation_tells_suppliers(world: World) -> None:
    source(world, "https://pull.example.com/")
    before = pulling.fingerprint()
    assert pulling.key_place().stat().st_mode & 0o777 == 0o600
    after = pulling.rotate_key(by=pulling.CLOCK, now=NOW)
    assert after == pulling.fingerprint() != before
    assert pulling.key_place().stat().st_mode & 0o777 == 0o600
    assert after in Notice.objects.get(kind="pull_key_rotated").text


def test_the_example_says_what_is_wrong_with_a_request() -> None:
    def ask(**change: str) -> int:
        der = envelope.key_of(pulling.key_place()).header
        headers = {
            "x-yunquan-public-key": change.pop("key", der),
            "x-yunquan-version": change.pop("version", "1"),
        }
        query = {"user_id": USER, "start": "2019-06-14T00:00:00+08:00", "end": "2019-06-15T00:00:00+08:00"}
        try:
            example.answer_to(
                query | change, headers, user_id=USER, fingerprint=pulling.fingerprint(), records=records
            )
        except example.NotAsked as refused:
            return refused.status
        return 200

    assert ask() == 200
    assert [ask(key="%"), ask(key="AAAA"), ask(version="2"), ask(user_id="x")] == [400, 403, 400, 404]
    assert [ask(start="x"), ask(start="2019-06-14T00:00:00"), ask(end="2019-06-14T00:00:00+08:00")] == [
        400
    ] * 3
    assert deliveries.CLOCK.role == "clock"


def test_the_worker_and_the_rotation_are_commands(world: World, serve: Serve) -> None:
    from click.testing import CliRunner

    from yunquan.usage.commands.rotate_key import rotate_key
    from yunquan.usage.commands.work import work

    row = source(world, serve(endpoint(given=lambda start, end: ())))
    row.fetched_to_at = clock.read() - timedelta(days=2)  # The command goes by the real clock.
    row.save()
    told = CliRunner().invoke(work, ["--once"], catch_exceptions=False)
    assert told.exit_code == 0
    assert "periods_pulled" in told.output
    before = pulling.fingerprint()
    told = CliRunner().invoke(rotate_key, [], catch_exceptions=False)
    assert pulling.fingerprint() in told.output
    assert pulling.fingerprint() != before

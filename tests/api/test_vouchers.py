"""A voucher walked through the API, and what the API says when a step can't be taken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.conftest import Caller
from tests.cast import APPLYING, CLAIMING, PDF, World, at, broken
from yunquan.journal.models import LogEntry
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db
Callers = Callable[..., Caller]


def _application(world: World, **changes: Any) -> dict[str, Any]:
    """What a system sends: files and numbers as numbers, sums as text in 元."""
    form = world.typed(**changes)
    numbers = {"contract_file": int(form["contract_file"]), "supplier": int(form["supplier"])}
    lines = [
        {**line, "service": int(line["service"])}
        | ({"devices": int(line["devices"])} if "devices" in line else {})
        for line in form["lines"]
    ]
    return {**form, **numbers, "lines": lines}


@pytest.mark.clause("D47-5.7b", "D47-5.9", "D47-5.10", "D47-5.11", "D47-5.12")
def test_a_voucher_walks_from_draft_to_attested(world: World, caller: Callers, set_clock: Any) -> None:
    enterprise, supplier, city = caller("dg_enterprise"), caller("supplier"), caller("dg_reviewer")
    started = enterprise.send("/vouchers", {})
    assert started.status_code == 201
    number = started.json()["number"]
    saved = enterprise.send(f"/vouchers/{number}/application", _application(world), method="put")
    assert saved.status_code == 200
    submitted = enterprise.send(f"/vouchers/{number}/submit", {})
    assert submitted.json()["state"] == "submitted"
    assert submitted.json()["face_fen"] == 110_000_00
    seen = {"seen_hash": submitted.json()["content_hash"]}
    assert supplier.send(f"/vouchers/{number}/confirm", seen).json()["state"] == "confirmed"
    assert city.send(f"/vouchers/{number}/issue", seen).json()["state"] == "issued"

    set_clock(CLAIMING)
    voucher = Voucher.objects.get(number=number)
    claim = world.typed_claim(voucher)
    for row in [*claim["invoices"], *claim["proofs"], claim["report"]]:
        row["file"] = int(row["file"])
    claimed = enterprise.send(f"/vouchers/{number}/claim", {"claim": claim})
    assert claimed.status_code == 200, claimed.content.decode()
    ends = [dict(end) | ({"port": 443} if "port" in end else {}) for end in world.ends(voucher)]
    attested = supplier.send(
        f"/vouchers/{number}/attest", {"seen_hash": claimed.json()["claim_hash"], "ends": ends}
    )
    assert attested.json()["state"] == "attested"
    assert broken() == []

    told = city.get(f"/vouchers/{number}").json()
    assert [line["award_fen"] for line in told["lines"]] == [80_000_00, 30_000_00]
    assert told["invoices"][0]["gross_fen"] == 150_000_00
    assert told["steps"] == []


def test_withdrawing_gives_the_draft_back(world: World, caller: Callers) -> None:
    voucher = world.apply()
    answer = caller("dg_enterprise").send(f"/vouchers/{voucher.number}/withdraw")
    assert answer.json()["state"] == "draft"


@pytest.mark.clause("D47-5.11")
def test_a_claim_taken_back_waits_issued_with_what_was_typed(
    world: World, caller: Callers, set_clock: Callable[[datetime], None]
) -> None:
    set_clock(CLAIMING)
    voucher = world.claim(world.issued())
    address, typed = f"/vouchers/{voucher.number}/withdraw-claim", voucher.typed_claim
    assert caller("supplier").send(address).status_code == 404
    enterprise = caller("dg_enterprise")
    answers = [enterprise.send(address, key="once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert (answers[0].json()["state"], answers[0].json()["claim_hash"]) == ("issued", "")
    again = enterprise.send(address)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_from_this_state")
    voucher.refresh_from_db()
    assert (voucher.claim_seq, voucher.typed_claim) == (None, typed)
    assert enterprise.send(f"/vouchers/{voucher.number}/claim", {}).json()["state"] == "claimed"
    assert broken() == []


@pytest.mark.clause("D47-5.18")
def test_after_the_window_a_claim_can_not_be_taken_back(
    world: World, caller: Callers, set_clock: Callable[[datetime], None]
) -> None:
    voucher = world.claim(world.issued())
    set_clock(at("2019-03-31 17:00"))
    answer = caller("dg_enterprise").send(f"/vouchers/{voucher.number}/withdraw-claim")
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 1)
    voucher.refresh_from_db()
    assert voucher.state == "claimed"


def test_a_supplier_returns_with_reasons(world: World, caller: Callers) -> None:
    supplier, voucher = caller("supplier"), world.apply()
    assert supplier.send(f"/vouchers/{voucher.number}/decline", {"reasons": []}).status_code == 422
    reasons = {"reasons": [{"code": "fee_differs", "label": "费用与合同不一致"}]}
    assert supplier.send(f"/vouchers/{voucher.number}/decline", reasons).json()["state"] == "returned"
    claimed = world.claim(world.issued())
    answer = supplier.send(f"/vouchers/{claimed.number}/decline-claim", reasons)
    assert answer.json()["state"] == "claim_returned"


def test_every_fault_of_a_submit_is_said_at_once_beside_its_field(world: World, caller: Callers) -> None:
    voucher = world.start()
    bad = {"total": "abc", "lines": [{"service": 99}, {"service": 2, "fee": "1.234"}]}
    answer = caller("dg_enterprise").send(f"/vouchers/{voucher.number}/submit", {"application": bad})
    assert answer.status_code == 422
    fields = {error["field"] for error in answer.json()["errors"]}
    assert {"contract_number", "signed_on", "total", "supplier", "lines-0-service", "lines-1-fee"} <= fields
    assert all(error["message"] and error["article"] for error in answer.json()["errors"])
    voucher.refresh_from_db()
    assert voucher.state == "draft"


@pytest.mark.clause("D47-5.9")
def test_the_same_key_is_carried_out_once(world: World, caller: Callers) -> None:
    enterprise = caller("dg_enterprise")
    first = enterprise.send("/vouchers", {}, key="one")
    again = enterprise.send("/vouchers", {}, key="one")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert Voucher.objects.count() == 1
    other = enterprise.send("/vouchers", {"cycle": "2018"}, key="one")
    assert other.status_code == 409
    assert other.json()["errors"][0]["code"] == "idempotency_conflict"
    assert enterprise.send("/vouchers", {}, key="two").json()["number"] != first.json()["number"]


def test_a_key_belongs_to_whoever_used_it(world: World, caller: Callers) -> None:
    world.add_enterprise("other")
    one, two = caller("dg_enterprise"), caller("other")
    numbers = {each.send("/vouchers", {}, key="same").json()["number"] for each in (one, two)}
    assert len(numbers) == 2


def test_a_refused_attempt_is_told_again_and_stays_in_the_log(world: World, caller: Callers) -> None:
    voucher, enterprise = world.start(), caller("dg_enterprise")
    answers = [enterprise.send(f"/vouchers/{voucher.number}/submit", {}, key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    entries = LogEntry.objects.filter(act="voucher.submit", obj=voucher.journal_key)
    assert ['"res":"refused"' in entry.entry for entry in entries] == [True]
    assert broken() == []


@pytest.mark.parametrize("key", ["", "a b", "键", "x" * 81])
def test_a_change_without_a_proper_key_is_refused(world: World, caller: Callers, key: str) -> None:
    headers = caller("dg_enterprise").headers() | ({"Idempotency-Key": key} if key else {})
    answer = Client().post("/api/v1/vouchers", "{}", content_type="application/json", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Voucher.objects.count() == 0


def test_what_has_moved_on_is_a_conflict(world: World, caller: Callers) -> None:
    voucher = world.confirm(world.apply())
    seen = {"seen_hash": voucher.content_hash}
    city = caller("dg_reviewer")
    assert city.send(f"/vouchers/{voucher.number}/issue", seen).status_code == 200
    again = city.send(f"/vouchers/{voucher.number}/issue", seen)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "not_from_this_state")
    other = world.apply()
    wrong = caller("supplier").send(f"/vouchers/{other.number}/confirm", {"seen_hash": "0" * 64})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (409, "content_changed")


@pytest.mark.clause("D47-5.2")
def test_what_belongs_to_others_is_not_there(world: World, caller: Callers) -> None:
    voucher = world.confirm(world.apply())
    world.add_enterprise("other")
    seen = {"seen_hash": voucher.content_hash}
    for name in ("other", "other_supplier", "fs_reviewer", "hc_reviewer"):
        stranger = caller(name)
        absent = stranger.get("/vouchers/GD2018-DG-999999")
        there = stranger.get(f"/vouchers/{voucher.number}")
        assert (there.status_code, there.json()) == (404, absent.json())
        assert stranger.get("/vouchers").json() == {"items": [], "next": ""}
        for step, body in (
            ("issue", seen),
            ("confirm", seen),
            ("submit", {}),
            ("claim", {}),
            ("withdraw", None),
            ("withdraw-claim", None),
        ):
            assert stranger.send(f"/vouchers/{voucher.number}/{step}", body).status_code == 404
    voucher.refresh_from_db()
    assert voucher.state == "confirmed"


def test_a_step_of_another_role_is_not_there(world: World, caller: Callers) -> None:
    voucher = world.confirm(world.apply())
    seen = {"seen_hash": voucher.content_hash}
    for name in ("dg_enterprise", "supplier", "auditor", "dg_approver", "province_officer"):
        answer = caller(name).send(f"/vouchers/{voucher.number}/issue", seen)
        assert (name, answer.status_code) == (name, 404)
    saved = caller("dg_reviewer").send(f"/vouchers/{voucher.number}/application", {}, method="put")
    assert saved.status_code == 404
    assert caller("supplier").send("/vouchers", {}).status_code == 404


def test_a_draft_is_the_enterprises_own(world: World, caller: Callers) -> None:
    voucher = world.start()
    assert caller("dg_enterprise").get(f"/vouchers/{voucher.number}").status_code == 200
    assert caller("dg_reviewer").get(f"/vouchers/{voucher.number}").status_code == 404


def test_a_reading_token_changes_nothing(world: World, caller: Callers) -> None:
    answer = caller("dg_enterprise", may_write=False).send("/vouchers", {})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "token_read_only")
    assert Voucher.objects.count() == 0


def test_without_a_token_nothing_is_read(world: World, set_clock: Any) -> None:
    for token in ("", "yq_unknown", "\x00"):
        answer = Caller(token).get("/vouchers")
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"application": {"place": "a\\u0000b"}}', 422),
        (b'{"application": {"supplier": 99999999999999999999999999}}', 422),
        (b'{"application": {"supplier": 1e400}}', 422),
        (b'{"application": {"supplier": "7"}}', 422),
        (b'{"application": {"supplier": 1.5}}', 422),
        (b'{"application": {"place": "\\ud800"}}', 422),
        (b'{"application": {"plaec": "x"}}', 422),
        (b'{"application": {"lines": [' + b'{"service": 1},' * 60 + b'{"service": 1}]}}', 422),
        (b'{"application": {"place": "' + b"x" * 3000 + b'"}}', 422),
        (b"[" * 5000, 400),
    ],
)
def test_bad_bodies_are_said_to_be_bad(world: World, caller: Callers, body: bytes, status: int) -> None:
    voucher = world.start()
    answer = caller("dg_enterprise").send(f"/vouchers/{voucher.number}/submit", body)
    assert answer.status_code == status
    assert all(error["code"] and error["message"] for error in answer.json()["errors"])


def test_a_fault_names_its_place(world: World, caller: Callers) -> None:
    voucher = world.start()
    body = {"application": {"lines": [{"service": "x"}]}}
    answer = caller("dg_enterprise").send(f"/vouchers/{voucher.number}/submit", body)
    assert answer.json()["errors"][0]["field"] == "application-lines-0-service"


@pytest.mark.parametrize("number", ["x", "%00", "a" * 300, "GD2018-DG-000001'--", "..%2f"])
def test_strange_numbers_are_absent(world: World, caller: Callers, number: str) -> None:
    answer = caller("dg_enterprise").get(f"/vouchers/{number}")
    assert answer.status_code == 404
    assert answer.json()["errors"]


def test_pages_follow_one_another_without_a_count(
    world: World, caller: Callers, django_assert_max_num_queries: Any
) -> None:
    numbers = [world.start().number for _ in range(5)]
    enterprise, found, cursor = caller("dg_enterprise"), [], ""
    for _ in range(3):
        with django_assert_max_num_queries(3) as captured:
            page = enterprise.get("/vouchers", limit=2, cursor=cursor).json()
        assert not any("COUNT(" in query["sql"] for query in captured)
        found += [row["number"] for row in page["items"]]
        cursor = page["next"]
    assert (found, cursor) == (numbers[::-1], "")
    assert enterprise.get("/vouchers", cursor="x").status_code == 422
    assert enterprise.get("/vouchers", state="issued").json()["items"] == []


def test_a_file_is_taken_once_and_used_in_an_application(world: World, caller: Callers) -> None:
    enterprise = caller("dg_enterprise")

    def upload(content: bytes, key: str) -> Any:
        file = SimpleUploadedFile("合同.pdf", content, content_type="application/pdf")
        headers = enterprise.headers() | {"Idempotency-Key": key}
        return Client().post("/api/v1/files", {"file": file}, headers=headers)

    first, again = upload(PDF, "f"), upload(PDF, "f")
    assert first.status_code == 201
    assert first.json() == again.json()
    assert upload(PDF + b"%2", "f").status_code == 409
    assert upload(b"MZ not a document", "g").status_code == 422
    missing = enterprise.send("/files", {})
    assert missing.status_code == 422
    body = {"application": _application(world) | {"contract_file": first.json()["id"]}}
    answer = enterprise.send(f"/vouchers/{world.start().number}/submit", body)
    assert answer.status_code == 200


def test_another_organisations_file_is_not_there(world: World, caller: Callers) -> None:
    world.add_enterprise("other")
    foreign = world.file(world["other"]).pk
    body = {"application": _application(world) | {"contract_file": foreign}}
    answer = caller("dg_enterprise").send(f"/vouchers/{world.start().number}/submit", body)
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown_file"]


def test_a_lean_issue(world: World, caller: Callers, django_assert_max_num_queries: Any) -> None:
    voucher = world.confirm(world.apply(now=APPLYING))
    city = caller("dg_reviewer")
    with django_assert_max_num_queries(60) as captured:
        city.send(f"/vouchers/{voucher.number}/issue", {"seen_hash": voucher.content_hash})
    assert not any("django_session" in query["sql"] for query in captured)


@pytest.mark.clause("D47-5.14", "D47-5.23")
def test_a_claim_declares_another_firm_and_a_supplier_its_relation(
    world: World, caller: Callers, set_clock: Any
) -> None:
    enterprise, supplier, city = caller("dg_enterprise"), caller("supplier"), caller("dg_reviewer")
    voucher = world.apply()
    relation = {"is_related": True, "note": "同一控制人"}
    sent = {"seen_hash": voucher.content_hash, "relation": relation}
    refused = supplier.send(f"/vouchers/{voucher.number}/confirm", sent)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["fair_price_vowed"]
    relation["fair_price_vowed"] = True
    assert supplier.send(f"/vouchers/{voucher.number}/confirm", sent).json()["state"] == "confirmed"
    assert voucher.related_declarations.get().note == "同一控制人"
    seen = {"seen_hash": voucher.content_hash, "dissent_reason": ""}
    assert city.send(f"/vouchers/{voucher.number}/issue", seen).json()["state"] == "issued"
    set_clock(CLAIMING)
    voucher.refresh_from_db()
    claim = world.typed_claim(voucher)
    for row in [*claim["invoices"], *claim["proofs"], claim["report"]]:
        row["file"] = int(row["file"])
    claim["proofs"][0]["payer_name"] = "虚构集团（测试）有限公司"
    party = {
        "part": "payer",
        "name": "虚构集团（测试）有限公司",
        "relation": "parent",
        "reason": "集团统一付款",
    }
    sent = {"claim": {**claim, "parties": [party]}}
    refused = enterprise.send(f"/vouchers/{voucher.number}/claim", sent)
    assert ("missing", "parties-0-file") in {(one["code"], one["field"]) for one in refused.json()["errors"]}
    party["file"] = world.file(world["dg_enterprise"]).pk  # type: ignore[assignment]
    assert enterprise.send(f"/vouchers/{voucher.number}/claim", sent).json()["state"] == "claimed"
    told = city.get(f"/vouchers/{voucher.number}").json()
    assert [(one["part"], one["name"], one["is_accepted"]) for one in told["parties"]] == [
        ("payer", "虚构集团（测试）有限公司", False)
    ]
    assert told["alarms"] == []

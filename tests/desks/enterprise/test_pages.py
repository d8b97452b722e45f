"""Each page of the enterprise's desk opens in every state, for its own people only."""

from __future__ import annotations

import pytest
from django.template import engines

from tests.cast import CLAIMING, World, at

PLAIN = ("", "apply/", "claims/", "standing/", "messages/", "profile/", "vouchers/")


@pytest.fixture(autouse=True)
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that a template doesn't know stands out."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "UNKNOWN-VARIABLE(%s)")


def _opens(client, path):  # type: ignore[no-untyped-def]
    answer = client.get(f"/enterprise/{path}")
    assert answer.status_code == 200, (path, answer.status_code)
    text = b"".join(answer) if answer.streaming else answer.content
    assert b"UNKNOWN-VARIABLE" not in text, text[text.index(b"UNKNOWN-VARIABLE") :][:80]
    return text.decode()


@pytest.mark.parametrize("path", PLAIN)
def test_a_page_opens_before_there_is_any_voucher(world: World, enter, path: str) -> None:
    _opens(enter("dg_enterprise"), path)


def test_every_state_of_a_voucher_has_a_page(world: World, enter, at_moment) -> None:
    client = enter("dg_enterprise")

    def everywhere(number: str) -> None:
        _opens(client, "")
        _opens(client, f"vouchers/{number}/")
        _opens(client, "vouchers/")

    draft = world.start()
    everywhere(draft.number)
    for step in ("contract", "services", "place", "check"):
        _opens(client, f"apply/{draft.number}/{step}/")
        _opens(client, f"apply/{draft.number}/{step}/?check=1")
    voucher = world.apply()
    everywhere(voucher.number)
    voucher = world.confirm(voucher)
    everywhere(voucher.number)
    voucher = world.issue(voucher)
    everywhere(voucher.number)
    at_moment(CLAIMING)
    _opens(client, "claims/")
    for step in ("invoices", "proofs", "report", "check"):
        _opens(client, f"claims/{voucher.number}/{step}/")
        _opens(client, f"claims/{voucher.number}/{step}/?check=1")
    voucher = world.claim(voucher)
    everywhere(voucher.number)
    voucher = world.attest(voucher)
    everywhere(voucher.number)
    voucher = world.approve(world.verdict(voucher))
    everywhere(voucher.number)
    world.standing()
    world.pay_all(world.released())
    at_moment(at("2019-05-30 10:00"))
    voucher.refresh_from_db()
    assert voucher.state == "paid"
    everywhere(voucher.number)


@pytest.mark.clause("A1")
def test_a_stranger_finds_nothing(world: World, enter) -> None:
    voucher = world.issued()
    stranger, official = enter("fs_enterprise"), enter("dg_reviewer")
    number = voucher.number
    for path in (
        f"vouchers/{number}/", f"vouchers/{number}/contract.docx", f"vouchers/{number}/withdraw",
        f"vouchers/{number}/cancel", f"apply/{number}/contract/", f"claims/{number}/invoices/",
    ):  # fmt: skip
        address = f"/enterprise/{path}"
        assert stranger.get(address).status_code == 404, path
        assert official.get(address).status_code == 404, path
    assert official.get("/enterprise/").status_code == 404


def test_a_visitor_logs_in_first(world: World, client) -> None:
    answer = client.get("/enterprise/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer.headers["Location"]


def test_the_first_page_says_whose_turn_it_is_until_when_how_much_and_why(world, enter, at_moment) -> None:
    world.issued()
    at_moment(at("2019-03-13 09:00"))
    text = _opens(enter("dg_enterprise"), "")
    for said in (
        "现在轮到您", "请在 2019-03-31 17:00 前提出兑现申请", "工作日", "开始兑现", "110,000.00", "这笔钱怎么算的",
        "0.2 万元 × 60 台套", "390,000.00", "逾期未兑现，本券作废，并记 1 次未兑现", "供应商确认", "截止 2019-03-31 17:00",
    ):  # fmt: skip
        assert said in text, said


def test_the_number_of_queries_does_not_grow_with_vouchers(
    world: World, enter, django_assert_max_num_queries
) -> None:
    for _ in range(6):
        world.start()
    client = enter("dg_enterprise")
    with django_assert_max_num_queries(45):
        client.get("/enterprise/")
    with django_assert_max_num_queries(30):
        client.get("/enterprise/vouchers/")


def test_the_list_can_be_exported(world: World, enter) -> None:
    voucher = world.issued()
    for kind in ("csv", "xlsx"):
        answer = enter("dg_enterprise").get(f"/enterprise/vouchers/?format={kind}")
        content = b"".join(answer)
        assert answer.status_code == 200
        if kind == "csv":
            assert voucher.number in content.decode("utf-8-sig")
            assert "已发放" in content.decode("utf-8-sig")


def test_the_contract_form_comes_filled(world: World, enter) -> None:
    voucher = world.apply()
    answer = enter("dg_enterprise").get(f"/enterprise/vouchers/{voucher.number}/contract.docx")
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")


def test_a_voucher_in_public_leads_to_its_list(world: World, enter, at_moment) -> None:
    voucher = world.approved()
    published = world.published()
    at_moment(at("2019-04-09 09:00"))
    text = _opens(enter("dg_enterprise"), f"vouchers/{voucher.number}/")
    assert "已列入结算清单公示" in text
    assert f"/publicity/{published.pk}/" in text


def test_a_returned_voucher_tells_its_whole_story(world: World, enter, at_moment) -> None:
    from yunquan.vouchers import actions

    voucher = world.apply()
    reasons = [{"code": "other", "label": "其他", "text": "附件第 3 页缺失"}]
    actions.decline(voucher=voucher, reasons=reasons, by=world["supplier"], now=at("2018-12-05 10:00"))
    at_moment(at("2018-12-06 10:00"))
    text = _opens(enter("dg_enterprise"), f"vouchers/{voucher.number}/")
    story = text[text.index("g-timeline") :]
    places = [story.index(said) for said in ("提交申领", "供应商退回", "附件第 3 页缺失", "修改后重新提交")]
    assert places == sorted(places)
    assert "2018-12-03 10:02" in story


@pytest.mark.parametrize("reason", ["账号户名不符", ""])
def test_a_payment_that_the_bank_sent_back_says_why_and_what_to_do(
    world: World, enter, at_moment, reason: str
) -> None:
    from yunquan.settlement import actions as settlement

    voucher = world.approved()
    world.standing()
    run = world.released()
    sent_back = world.result(run, "失败", reason=reason)
    settlement.take_result(run=run, columns=sent_back, by=world["dg_cashier"], now=at("2019-05-22 10:00"))
    at_moment(at("2019-05-23 10:00"))
    text = _opens(enter("dg_enterprise"), f"vouchers/{voucher.number}/")
    assert (f"被银行退回（{reason}）。" if reason else "被银行退回。") in text
    assert "变更收款账户" in text

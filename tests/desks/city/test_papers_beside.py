"""On a review screen stands what was filled in beside what was read, with its place, and all that speaks beside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import CLAIMING, World, at
from tests.desks.officials import paid_by_its_parent, text_of
from yunquan.evidence.models import Alike, InvoiceAlarm, Reading, StoredFile
from yunquan.evidence.reading.facts import (
    Conflict,
    ContractFacts,
    ContractLine,
    InvoiceFacts,
    Place,
    ProofFacts,
)
from yunquan.evidence.readings import VERSIONS
from yunquan.parties.models import Bureau
from yunquan.vouchers import actions
from yunquan.vouchers.models import Voucher

PLACE = Place(page=1, box=(100, 200, 300, 240))


def read(file: StoredFile, reader: str, facts: Any = None, *, error: str = "") -> None:
    """Keep a reading of a file, as the reader would have said it."""
    told: Any = None
    if facts is not None:
        told = facts.as_json()
        if reader != "contract":
            key = "invoices" if reader == "invoice" else "proofs"
            told = {key: [{"row": None, "facts": told, "error": None}]}
    Reading.objects.create(
        sha256=file.sha256, reader=reader, version=VERSIONS[reader], facts=told, error=error, read_at=CLAIMING
    )


def contract_of(voucher: Voucher, **changes: Any) -> ContractFacts:
    """What the contract's file says: the same as was filled in, but for what is changed."""
    contract = voucher.contract
    assert contract is not None and voucher.supplier is not None
    facts = ContractFacts(
        number=contract.number,
        party_a=voucher.enterprise.name,
        party_b=voucher.supplier.name,
        signed_on=contract.signed_on,
        total_fen=contract.total_fen,
        cloud_fee_fen=contract.cloud_fee_fen,
        lines=tuple(ContractLine(line.service_name, line.fee_fen) for line in voucher.lines.all()),
        sources={"cloud_fee_fen": ("text", "capitals")},
        places={"cloud_fee_fen": PLACE},
    )
    return replace(facts, **changes)


@pytest.fixture
def confirmed(world: World) -> Voucher:
    return world.confirm(world.apply())


@pytest.fixture
def claimed(world: World, moment: Any) -> Voucher:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    moment("2019-03-20 10:00")
    return voucher


@pytest.mark.clause("D47-5.10")
def test_what_was_filled_in_stands_beside_what_was_read_with_source_and_place(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    read(confirmed.contract.file, "contract", contract_of(confirmed, cloud_fee_fen=110_000_00))
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    page = text_of(client.get(place))
    assert "130,000.00" in page and "110,000.00" in page and "差 20,000.00" in page
    assert "文字、大写金额" in page and "1 项请核对" in page
    link = f"{place}?file={confirmed.contract.file_id}&amp;page=1&amp;box=100,200,300,240#place"
    assert link in page
    assert 'class="is-bad" x="96" y="196" width="208" height="48"' in page
    shown = text_of(client.get(f"{place}?file={confirmed.contract.file_id}&page=1&box=100,200,300,240"))
    assert 'id="place" class="is-shown" x="96"' in shown
    assert " style=" not in shown


def test_a_file_that_could_not_be_read_says_why_and_nothing_is_said_to_agree(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    read(confirmed.contract.file, "contract", ContractFacts(reason="扫描件，没有文字"))
    page = text_of(enter("dg_reviewer").get(f"/city/applications/{confirmed.number}/"))
    assert "扫描件，没有文字。请打开原件逐项核对" in page
    assert "未读取" in page and "请看原件" in page and ">一致<" not in page


def test_what_a_document_itself_says_twice_differently_stands_red(
    world: World, enter: Any, claimed: Voucher
) -> None:
    invoice = claimed.claim_invoices.get().invoice
    facts = InvoiceFacts(
        code=invoice.code, number=invoice.number, issued_on=invoice.issued_on, seller=invoice.seller_name,
        seller_no=invoice.seller_uscc, buyer=claimed.enterprise.name, buyer_no=invoice.buyer_uscc,
        gross_fen=invoice.gross_fen, conflicts=(Conflict("gross_fen", (("xml", 15_000_000), ("text", 14_000_000))),),
        sources={"gross_fen": ("xml", "text")},
    )  # fmt: skip
    read(invoice.file, "invoice", facts)
    page = text_of(enter("dg_reviewer").get(f"/city/claims/{claimed.number}/"))
    assert "原件自身不一致" in page and "140,000.00 元" in page and "XML" in page and "is-conflict" in page


def test_a_box_of_an_address_is_four_numbers_in_order_or_nothing(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/applications/{confirmed.number}/"
    file = confirmed.contract.file_id
    for box in (
        "1,2,3",
        "300,0,100,10",
        "0,0,2000,10",
        '"><script>,1,2,3',
        "-1,0,5,5",
        "1,2,3,4,5",
        "９,0,10,10",
    ):
        page = text_of(client.get(place, {"file": file, "page": "1", "box": box}))
        assert "is-shown" not in page and "<script>,1" not in page, box
    assert 'id="place"' in text_of(client.get(place, {"file": file, "box": "0,0,1000,1000"}))


def test_only_the_document_is_drawn_again_for_another_page_and_strangers_find_nothing(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    place = f"/city/applications/{confirmed.number}/"
    part = text_of(enter("dg_reviewer").get(place, headers={"HX-Target": "pane"}))
    assert part.lstrip().startswith(("<figure", "<ul", "<nav")) and "<html" not in part
    assert enter("fs_reviewer").get(place, headers={"HX-Target": "pane"}).status_code == 404


@pytest.mark.clause("D47-5.14")
def test_the_queries_of_a_claim_do_not_grow_with_its_papers(
    world: World, enter: Any, claimed: Voucher
) -> None:
    client, place = enter("dg_reviewer"), f"/city/claims/{claimed.number}/"

    def queries() -> int:
        client.get(place)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(place).status_code == 200
        return len(caught)

    before = queries()
    proofs = claimed.claim_proofs.get()
    invoices = claimed.claim_invoices.get()
    for turn in range(6):
        one, other = invoices.invoice, proofs.proof
        one.pk = other.pk = None
        one.file, other.file = world.file(world["dg_enterprise"]), world.file(world["dg_enterprise"])
        one.key, one.number, one.gross_fen = f"k{turn}", f"9000000{turn}", 100
        other.key, other.serial, other.amount_fen = f"p{turn}", f"P{turn}", 100
        one.save()
        other.save()
        claimed.claim_invoices.create(invoice=one)
        claimed.claim_proofs.create(proof=other)
        read(one.file, "invoice", InvoiceFacts(number=one.number, gross_fen=100))
        read(other.file, "proof", ProofFacts(serial=other.serial, amount_fen=100))
    assert queries() <= before + 1


@pytest.mark.clause("D47-5.14")
def test_a_declared_firm_is_accepted_from_the_screen_once_its_proof_was_seen(
    world: World, enter: Any, claimed: Voucher
) -> None:
    party = paid_by_its_parent(world, claimed)
    client, place = enter("dg_reviewer"), f"/city/claims/{claimed.number}/"
    page = text_of(client.get(place))
    assert "集团统一付款" in page and f'name="accept" value="{party.pk}"' in page
    assert 'value="approve_claim" disabled' in page
    assert client.post(place, {"accept": "999999"}).status_code == 404
    assert enter("fs_reviewer").post(place, {"accept": str(party.pk)}).status_code == 404
    assert client.post(place, {"accept": str(party.pk)}).status_code == 302
    page = text_of(client.get(place))
    assert "已认可" in page and 'value="approve_claim" disabled' not in page


@pytest.mark.clause("D47-5.23")
def test_related_parties_are_looked_at_by_a_second_reviewer_before_one_decides(
    world: World, enter: Any
) -> None:
    bureau = Bureau.objects.get(code="441900")
    world.appoint("dg_second", world["dg_reviewer"].role, bureau=bureau)
    said = {"is_related_party": "1", "related_party_note": "同一控制人（测试）", "fair_price_vowed": "1"}
    voucher = world.confirm(world.apply(**said))
    place = f"/city/applications/{voucher.number}/"
    client, second = enter("dg_reviewer"), enter("dg_second")
    page = text_of(client.get(place))
    assert "同一控制人（测试）" in page and 'value="issue" disabled' in page
    assert f"可以复核的：{world.person(world['dg_second']).name}。" in page
    assert page.count("须由另一位审核人先复核") == 1 and page.count('href="#related"') == 1
    empty = text_of(second.post(place, {"look": "agree", "note": "", "seen": voucher.content_hash}), 422)
    assert "请写明复核意见" in empty
    kept = {"look": "object", "note": "价格高于同类（测试）", "seen": voucher.content_hash}
    assert second.post(place, kept).status_code == 302
    page = text_of(client.get(place))
    assert "复核不同意" in page and "价格高于同类（测试）" in page and 'name="dissent_reason"' in page
    assert "可以复核的" not in page
    sent = {"decision": "issue", "seen": voucher.content_hash}
    assert "请写明仍作此决定的理由" in text_of(client.post(place, sent), 422)
    assert client.post(place, {**sent, "dissent_reason": "已核对报价单（测试）"}).status_code == 302
    assert Voucher.objects.get(pk=voucher.pk).state == "issued"


@pytest.mark.clause("D47-5.17")
def test_alike_documents_are_named_and_a_stranger_is_not(world: World, enter: Any, claimed: Voucher) -> None:
    world.add_enterprise("fs_enterprise_2", city="440600", title="虚构佛山（测试）有限公司")
    report = claimed.report
    assert report is not None
    for clerk in ("dg_enterprise", "fs_enterprise_2"):
        other = world.file(world[clerk])
        type(report).objects.create(key=f"r-{clerk}", number="YS-9", accepted_on=date(2019, 2, 1), file=other)
        one, two = sorted((report.file.sha256, other.sha256))
        Alike.objects.create(
            one=one, other=two, kind="other_names", score=960, why="只有名称不同", found_at=CLAIMING
        )
    page = text_of(enter("dg_reviewer").get(f"/city/claims/{claimed.number}/"))
    assert "与其他地区一家单位的材料（名称不显示）：只换了名称" in page
    assert "虚构佛山（测试）有限公司" not in page


@pytest.mark.clause("D47-5.14", "D47-5.23")
def test_an_open_alarm_stands_on_top_and_keeps_the_claim_from_approval(
    world: World, enter: Any, claimed: Voucher
) -> None:
    invoice = claimed.claim_invoices.get().invoice
    actions.raise_alarm(
        key=invoice.key, kind=InvoiceAlarm.Kind.RED, happened_on=date(2019, 3, 1), note="查验平台（测试）",
        by=world["dg_cashier"], now=at("2019-03-19 09:00"),
    )  # fmt: skip
    page = text_of(enter("dg_reviewer").get(f"/city/claims/{claimed.number}/"))
    assert "发票警示，暂停兑付" in page and "红冲" in page
    assert 'value="approve_claim" disabled' in page


@pytest.mark.clause("D108-4.1.3", "D26-2")
def test_prices_stand_beside_the_decision_and_few_cases_are_said(
    world: World, enter: Any, confirmed: Voucher
) -> None:
    page = text_of(enter("dg_reviewer").get(f"/city/applications/{confirmed.number}/"))
    assert "只有 0 例（不足 8 例），不作比较" in page
    assert "价格比较只供审核和抽查参考，不是结论" in page


@pytest.mark.clause("D47-5.14")
def test_a_declared_firm_that_waits_is_told_once(world: World, enter: Any, claimed: Voucher) -> None:
    proof = claimed.claim_proofs.get().proof
    party = paid_by_its_parent(world, claimed)
    client, place = enter("dg_reviewer"), f"/city/claims/{claimed.number}/"
    checks = text_of(client.get(place)).split('id="checks"')[1].split("</div>")[0]
    assert checks.count(f"{proof.serial} 的付款方") == 1 and "请先核对代付说明" in checks
    assert 'href="#declared"' in checks
    client.post(place, {"accept": str(party.pk)})
    checks = text_of(client.get(place)).split('id="checks"')[1].split("</div>")[0]
    assert checks.count(f"{proof.serial} 的付款方") == 1 and "审核人已认可" in checks

"""Signatures cover what is closed; a changed sheet voids them; the last one completes the visit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World
from tests.inspections import visits
from yunquan.inspections import visit_invariants
from yunquan.inspections.actions import sheets, signing, visiting
from yunquan.inspections.models import CheckSheet, Signature, Visit
from yunquan.inspections.visit_queries import current_hash, wanted_signatures
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


def unsigned(visit: Visit) -> list[str]:
    return [one["party"] for one in wanted_signatures(visit) if one["signature"] is None]


@pytest.mark.clause("D108-3.3")
def test_experts_enterprise_and_supplier_sign_and_the_visit_is_done(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.closed(world)
    assert unsigned(visit) == ["technical_expert", "technical_expert", "enterprise", "supplier"]
    one, other = visits.everybody(world, visit)
    visits.put_name(world, visit, "technical_expert", by=one)
    visits.put_name(world, visit, "enterprise")
    visits.put_name(world, visit, "technical_expert", by=other)
    assert visits.put_name(world, visit, "supplier").state == "signed"
    assert {row.content_hash for row in Signature.objects.all()} == {current_hash(visit)}
    assert list(visit_invariants.breaches()) == []
    # The finance table of this regime is still to come: nothing is concluded yet.
    assert concluded == []


@pytest.mark.clause("D108-3.2")
def test_both_tables_together_conclude_and_the_graver_counts(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    voucher = world.approved()
    visit = visits.signed(world, vouchers=[voucher])
    finance = visits.stage.experts(world, 1, "finance")
    from yunquan.inspections.actions import appointing

    officer = world["province_officer"]
    starts = visit.starts_at + timedelta(days=2)
    other = appointing.appoint(
        plan=visit.plan, inspections=list(visit.inspections.all()), table="finance", mode="on_site", place="供应商会议室",
        starts_at=starts, ends_at=starts + timedelta(hours=2), experts=finance, by=officer, now=visit.starts_at - timedelta(days=2),
    )  # fmt: skip
    other = appointing.announce(visit=other, by=officer, now=visit.starts_at - timedelta(days=2))
    visits.present(world, other, "finance_expert", "supplier")
    other = visiting.begin(visit=other, by=visits.lead(world, other), now=starts)
    visits.fill(
        world, other, invoice__finding="unmet", invoice__remark="发票查无", conclusion__outcome="fraud",
        **{"conclusion__g__fraud__0": True},
    )  # fmt: skip
    sheets.close_sheets(visit=other, by=visits.lead(world, other), now=starts)
    visits.put_name(world, other, "finance_expert", now=starts)
    assert visits.put_name(world, other, "supplier", now=starts).state == "signed"
    (told,) = concluded
    assert told["outcome"] == "fraud" and "虚假合同" in told["grounds"][0]
    assert told["opinion"].count("建议扩大联网范围") == 2


def test_a_regime_with_one_table_concludes_with_it(world: World, concluded: list[dict[str, Any]]) -> None:
    visits.signed(world, regime="d26")
    assert [(one["outcome"], one["grounds"]) for one in concluded] == [("qualified", [])]


@pytest.mark.clause("D108-3.3")
def test_an_absent_supplier_accepts(world: World, concluded: list[dict[str, Any]]) -> None:
    visit = visits.closed(world, regime="d26", parties=("technical_expert", "enterprise"))
    for actor in visits.everybody(world, visit):
        visits.put_name(world, visit, "technical_expert", by=actor)
    visits.put_name(world, visit, "enterprise")
    visit = signing.accept_absent(visit=visit, key="away", by=visits.lead(world, visit), now=visit.starts_at)
    assert visit.state == "signed" and Signature.objects.get(key="away").is_absent and len(concluded) == 1


def test_a_supplier_that_is_there_signs_itself(world: World) -> None:
    visit = visits.closed(world)
    with pytest.raises(Refused) as raised:
        signing.accept_absent(visit=visit, key="away", by=visits.lead(world, visit), now=visit.starts_at)
    assert codes(raised) == {"supplier_there"}


@pytest.mark.clause("D108-3.3")
def test_who_changes_the_sheet_after_a_signature_voids_it(world: World) -> None:
    visit = visits.closed(world)
    first = current_hash(visit)
    visits.put_name(world, visit, "enterprise")
    assert "enterprise" not in unsigned(visit)
    sheet = visit.sheets.get()
    changed = visits.sent(sheet, {"genuine.remark": "补充说明"}, device="z", first=900)
    sheets.take_entries(
        visit=visit, device="z", entries=changed, by=visits.lead(world, visit), now=visit.starts_at
    )
    assert current_hash(visit) == "" and "enterprise" in unsigned(visit)
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "enterprise")
    assert codes(raised) == {"sheet_open"}
    sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    assert current_hash(visit) not in ("", first) and "enterprise" in unsigned(visit)
    back = visits.sent(sheet, {"genuine.remark": ""}, device="z", first=901)
    sheets.take_entries(
        visit=visit, device="z", entries=back, by=visits.lead(world, visit), now=visit.starts_at
    )
    sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    # The very content that was signed stands again.
    assert current_hash(visit) == first and "enterprise" not in unsigned(visit)


def test_the_same_word_again_opens_nothing(world: World) -> None:
    visit = visits.closed(world)
    before = current_hash(visit)
    again = visits.sent(visit.sheets.get(), {"genuine.finding": "met"}, device="z", first=900)
    sheets.take_entries(
        visit=visit, device="z", entries=again, by=visits.lead(world, visit), now=visit.starts_at
    )
    assert current_hash(visit) == before


def test_a_signature_without_network_counts_when_the_sheets_say_what_was_shown(world: World) -> None:
    visit = visits.begun(world)
    sheet = visit.sheets.get()
    whole = visits.good(sheet)
    visits.put_name(world, visit, "enterprise", shown={sheet.pk: whole})
    visits.put_name(world, visit, "supplier", shown={sheet.pk: {**whole, "genuine.finding": "unmet"}})
    visits.fill(world, visit)
    sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    left = unsigned(Visit.objects.get(pk=visit.pk))
    assert "enterprise" not in left and "supplier" in left


def test_an_expert_signs_with_the_own_account_alone(world: World) -> None:
    visit = visits.closed(world)
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "finance_expert")
    assert codes(raised) == {"not_your_seat"}
    visits.put_name(world, visit, "technical_expert")
    assert unsigned(visit).count("technical_expert") == 1


def test_parties_sign_with_their_own_login_and_the_platform_completes(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.closed(world, regime="d26")
    for actor in visits.everybody(world, visit):
        visits.put_name(world, visit, "technical_expert", by=actor)
    visits.put_name(world, visit, "enterprise", by=world["dg_enterprise"])
    with pytest.raises(Refused):
        visits.put_name(world, visit, "supplier", by=world["other_supplier"])
    assert visits.put_name(world, visit, "supplier", by=world["supplier"]).state == "signed"
    assert concluded[0]["by"].role == "clock"


@pytest.mark.clause("D108-6")
def test_who_does_not_agree_says_why_and_signs(world: World) -> None:
    visit = visits.closed(world)
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "supplier", agrees=False)
    assert codes(raised) == {"remark_missing"}
    visits.put_name(world, visit, "supplier", agrees=False, remark="金额含硬件")
    assert Signature.objects.get(party="supplier").remark == "金额含硬件"


@pytest.mark.parametrize(
    "strokes", [[[1]], [["a", 2]], [[1, -2]], [[1, 99999]], [[True, 1]], [[1.5, 2]], [[1, 2]] * 99]
)
def test_strokes_that_are_none_are_refused(world: World, strokes: Any) -> None:
    visit = visits.closed(world)
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "enterprise", strokes=strokes)
    assert codes(raised) == {"strokes_bad"}


def test_a_typed_name_is_a_signature_too(world: World) -> None:
    visit = visits.closed(world)
    visits.put_name(world, visit, "enterprise", strokes=[])
    assert "enterprise" not in unsigned(visit)
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "supplier", strokes=[], name=" ")
    assert codes(raised) == {"name_missing"}


def test_the_same_signature_sent_twice_is_one(world: World) -> None:
    visit = visits.closed(world)
    for _ in range(3):
        visits.put_name(world, visit, "enterprise", key="one")
    assert Signature.objects.filter(party="enterprise").count() == 1


def test_names_stay_out_of_the_log(world: World) -> None:
    visit = visits.closed(world)
    visits.put_name(world, visit, "enterprise", name="李某某")
    seqs = LogEntry.objects.filter(obj=visit.journal_key).values("seq")
    told = "".join(LogPayload.objects.filter(seq__in=seqs).values_list("payload", flat=True))
    assert "visit.signature" in set(LogEntry.objects.values_list("act", flat=True))
    assert "李某某" not in told and current_hash(visit) in told


def test_a_scan_of_the_paper_is_accepted_by_another_officer(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.closed(world, regime="d26")
    officer = world["dg_reviewer"]
    visit = signing.bring_paper(visit=visit, file=world.file(officer), by=officer, now=visit.starts_at)
    with pytest.raises(Refused) as raised:
        signing.accept_paper(visit=visit, by=officer, now=visit.starts_at)
    assert codes(raised) == {"same_person"}
    second = world.appoint("second_officer", Role.CITY_REVIEWER, bureau=Bureau.objects.get(code="441900"))
    visit = signing.accept_paper(visit=visit, by=second, now=visit.starts_at)
    assert visit.state == "signed" and len(concluded) == 1
    assert list(visit_invariants.breaches()) == []


def test_a_scan_over_an_older_content_is_no_signature(world: World) -> None:
    visit = visits.closed(world, regime="d26")
    officer = world["dg_reviewer"]
    visit = signing.bring_paper(visit=visit, file=world.file(officer), by=officer, now=visit.starts_at)
    changed = visits.sent(visit.sheets.get(), {"genuine.remark": "改"}, device="z", first=900)
    sheets.take_entries(
        visit=visit, device="z", entries=changed, by=visits.lead(world, visit), now=visit.starts_at
    )
    sheets.close_sheets(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    second = world.appoint("second_officer", Role.CITY_REVIEWER, bureau=Bureau.objects.get(code="441900"))
    with pytest.raises(Refused) as raised:
        signing.accept_paper(visit=visit, by=second, now=visit.starts_at)
    assert codes(raised) == {"unsigned"}


@pytest.mark.clause("D858-3")
def test_nobody_signs_while_a_supplier_is_there_who_must_not(world: World) -> None:
    visit = visits.closed(world, regime="d858", parties=("technical_expert", "enterprise"))
    visits.present(world, visit, "supplier")
    with pytest.raises(Refused) as raised:
        visits.put_name(world, visit, "enterprise")
    assert codes(raised) == {"party_forbidden"}


def test_a_signed_sheet_takes_nothing_more(world: World, concluded: list[dict[str, Any]]) -> None:
    visit = visits.signed(world, regime="d26")
    late = visits.sent(visit.sheets.get(), {"genuine.remark": "改"}, device="z", first=900)
    with pytest.raises(Refused) as raised:
        sheets.take_entries(
            visit=visit, device="z", entries=late, by=visits.lead(world, visit), now=visit.starts_at
        )
    assert codes(raised) == {"not_from_this_state"}


def test_a_signed_sheet_that_was_changed_behind_the_verbs_is_found(
    world: World, concluded: list[dict[str, Any]]
) -> None:
    visit = visits.signed(world, regime="d26")
    sheet = visit.sheets.get()
    CheckSheet.objects.filter(pk=sheet.pk).update(prefilled={"head": {}, "parts": {}})
    assert [one.row for one in visit_invariants.breaches()] == [visit.journal_key]

"""The demonstration: every state, valid codes, plainly invented, healthy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Q

from tests.demo import lists
from tests.desks.officials import hold_clock
from yunquan.config import cli
from yunquan.demo.build import ENDS_AT, build
from yunquan.demo.stage import at
from yunquan.evidence.models import (
    AcceptanceReport,
    Alike,
    Contract,
    DeclaredParty,
    Invoice,
    InvoiceAlarm,
    PaymentProof,
    Reading,
    StoredFile,
)
from yunquan.evidence.readings import contract_in, invoices_in, proofs_in
from yunquan.inspections import draw_files
from yunquan.inspections.models import Inspection, Plan, Visit
from yunquan.jobs.doctor import breaches
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Appointment, Bureau, Enterprise, Supplier
from yunquan.pilots.models import PilotCall
from yunquan.policy.drawing import bundle
from yunquan.policy.roles import Role
from yunquan.policy.uscc import is_valid_uscc
from yunquan.settlement.lifecycle import OBJECTION
from yunquan.settlement.models import Objection
from yunquan.usage.queries import latest_verdict
from yunquan.vouchers import findings, price_queries, queries
from yunquan.vouchers.lifecycle import VOUCHER
from yunquan.vouchers.models import RelatedDeclaration, Voucher


@pytest.mark.django_db
@pytest.mark.clause("D47-5.1", "D47-5.2")
def test_the_demonstration_shows_every_state_and_is_healthy(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    build(lambda line: None)
    assert set(Voucher.objects.values_list("state", flat=True)) == set(VOUCHER.states)
    decided = set(Objection.objects.values_list("state", flat=True))
    assert decided >= set(OBJECTION.states) - {"escalated"}
    assert Bureau.objects.filter(level="city").count() == 21
    for party in [*Enterprise.objects.all(), *Supplier.objects.all()]:
        assert is_valid_uscc(party.uscc), party.name
        assert "虚构" in party.name
        assert "演示" in party.name
    assert StoredFile.objects.exists()
    papers_are_read()
    a_clean_claim_waits()
    inspections_stand_at_every_step()
    assert list(breaches()) == []
    titles = list(PilotCall.objects.values_list("title", flat=True))
    assert len(set(titles)) == len(titles) == 3
    hold_clock(monkeypatch, at(ENDS_AT))
    settings.SECOND_FACTOR_REQUIRED = False
    lists.every_list_is_taken_away()


def papers_are_read() -> None:
    """What stands in the papers was read by the real readers, and what was planted is there to be found."""
    read = {row.sha256: row for row in Reading.objects.all()}
    for contract in Contract.objects.filter(is_live=True).select_related("file"):
        facts, why = contract_in(read[contract.file.sha256])
        assert facts is not None and facts.number == contract.number, (contract.number, why)
    for invoice in Invoice.objects.filter(is_live=True).select_related("file"):
        found, why = invoices_in(read[invoice.file.sha256])
        assert [one.facts.number for one in found if one.facts] == [invoice.number], why
    differing = 0
    for proof in PaymentProof.objects.filter(is_live=True).select_related("file"):
        found, why = proofs_in(read[proof.file.sha256])
        assert [one.facts.serial for one in found if one.facts] == [proof.serial], why
        differing += found[0].facts is not None and found[0].facts.amount_fen != proof.amount_fen
    assert differing == 1
    assert DeclaredParty.objects.filter(part="payer", relation="parent", accepted_at=None).count() == 1
    assert InvoiceAlarm.objects.filter(kind="red", answer="open").count() == 1
    assert RelatedDeclaration.objects.filter(is_related=True).values("side").distinct().count() == 2
    reports = AcceptanceReport.objects.values("file__sha256")
    assert Alike.objects.filter(one__in=reports, other__in=reports).exists()
    markets = price_queries.markets(Actor(person="x", role=Role.PROVINCE_OFFICER, org="bureau:440000"))
    assert len({line.number for line in price_queries.far_out(markets)}) == 1
    assert [share.stands_out for share in price_queries.cap_shares_of_all()].count(True) == 1


def inspections_stand_at_every_step() -> None:
    """A plan of the province was drawn as anyone can check, its inspections stand at different steps; 东莞's waits."""
    drawn = Plan.objects.get(state="drawn")
    files = draw_files.bundle_of(drawn)
    assert bundle.difference(files) == ""
    states = set(Inspection.objects.values_list("state", flat=True))
    assert states >= {"selected", "appointed", "concluded", "informed", "published"}
    assert set(Visit.objects.values_list("state", flat=True)) >= {"noticed", "under_way", "signed"}
    assert Visit.objects.filter(state="noticed", starts_at__gt=at(ENDS_AT)).exists()
    begun = Visit.objects.get(state="under_way")
    assert [seat.expert.person.username for seat in begun.panelists.all()] == ["expert4"]
    failed = Inspection.objects.get(state="published")
    assert (failed.outcome, failed.voucher.state) == ("terms_unmet", "revoked")
    own = Plan.objects.get(state="published", city="441900")
    assert own.custodians.filter(commitment="").values_list("person__username", flat=True).get() == "auditor"


def a_clean_claim_waits() -> None:
    """One claim of 东莞 has nothing to look at: papers that agree, used by the operator's records, nothing alike."""
    reviewer = Appointment.objects.get(person__username="dg-review")
    actor = Actor(person=reviewer.person.key, role=Role.CITY_REVIEWER, org=reviewer.org_key)
    clean = []
    for voucher in Voucher.objects.filter(city="441900", state="verified", cycle__code="2019"):
        refused, _bonus = queries.claim_review(voucher, actor, on=voucher.claimed_at.date())
        verdict = latest_verdict(voucher.number)
        found = [one for one in findings.claim_findings(voucher) if not one.passed]
        report = voucher.report.file.sha256
        alike = Alike.objects.filter(Q(one=report) | Q(other=report)).exists()
        if not (refused or found or alike) and verdict.source == "computed":
            clean.append(voucher)
    (voucher,) = clean
    assert voucher.claim_invoices.count() == 5


def test_who_serves_the_demonstration_has_not_built_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A server forks its workers, and the typesetter's threads would stay behind: no PDF would ever come."""
    asked: list[list[str]] = []

    def built(command: list[str], **_options: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", built)
    with pytest.raises(SystemExit, match="3"):
        cli._build_demo(tmp_path / "new")
    assert asked == [[sys.executable, "-m", "yunquan.demo", str(tmp_path / "new")]]

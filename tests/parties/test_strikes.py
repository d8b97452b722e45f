"""Vouchers let lapse: two suspend, three cancel the eligibility (D47-5.19, S5)."""

from __future__ import annotations

import pytest

from tests.parties.making import CLOCK, NOW, RULES, registered
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.parties import actions, queries
from yunquan.parties.models import Enterprise

pytestmark = [pytest.mark.django_db, pytest.mark.clause("D47-5.19")]


def strike(enterprise, voucher):
    return actions.count_strike(
        enterprise=enterprise, voucher=voucher, cycle="2018", by=CLOCK, now=NOW, rules=RULES
    )


def test_the_same_voucher_counts_once():
    enterprise, _ = registered()
    assert [strike(enterprise, voucher) for voucher in ("a", "a", "b", "a")] == [1, 1, 2, 2]
    assert [row.voucher for row in queries.strikes(enterprise)] == ["a", "b"]


def test_the_second_tells_of_the_suspension_and_the_third_bars(django_capture_on_commit_callbacks):
    enterprise, by = registered()
    with django_capture_on_commit_callbacks(execute=True):
        strike(enterprise, "a")
        strike(enterprise, "b")
    assert Notice.objects.filter(org=by.org, kind="enterprise.suspend").count() == 1
    assert Enterprise.objects.get(pk=enterprise.pk).barred_at is None
    strike(enterprise, "c")
    assert Enterprise.objects.get(pk=enterprise.pk).barred_at == NOW
    acts = [act["act"] for act in history(enterprise.journal_key)]
    assert acts[-2:] == ["enterprise.strike", "enterprise.bar"]
    strike(enterprise, "d")
    assert [act["act"] for act in history(enterprise.journal_key)].count("enterprise.bar") == 1

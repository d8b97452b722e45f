"""The demonstration: every state, valid codes, plainly invented, healthy."""

from __future__ import annotations

import pytest

from yunquan.demo.build import build
from yunquan.evidence.models import StoredFile
from yunquan.jobs.doctor import breaches
from yunquan.parties.models import Bureau, Enterprise, Supplier
from yunquan.policy.uscc import is_valid_uscc
from yunquan.settlement.lifecycle import OBJECTION
from yunquan.settlement.models import Objection
from yunquan.vouchers.lifecycle import VOUCHER
from yunquan.vouchers.models import Voucher


@pytest.mark.django_db
@pytest.mark.clause("D47-5.1", "D47-5.2")
def test_the_demonstration_shows_every_state_and_is_healthy() -> None:
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
    assert list(breaches()) == []

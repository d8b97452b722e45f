"""An expert reads contract, invoices and payments of a visit while he sits on it and it is open, and nothing else (A1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World
from tests.desks.officials import hold_clock, text_of
from tests.inspections import stage, visits
from yunquan.evidence import previews
from yunquan.inspections.actions import appointing, visiting
from yunquan.vouchers.models import Voucher


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without the confined process that draws them."""
    monkeypatch.setattr(previews, "page_count", lambda file: 2)
    monkeypatch.setattr(previews, "page_png", lambda file, page=1, width=900: b"\x89PNG" + bytes([page]))


@pytest.mark.clause("D108-3.3", "A1")
def test_the_panel_reads_the_papers_of_its_visit_and_of_no_other(
    world: World, enter: Any, pictures: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    experts = stage.experts(world, 3)
    strange: Voucher = world.approved()
    visit = visits.announced(world, experts=experts[:2])
    hold_clock(monkeypatch, visit.starts_at - timedelta(days=1))
    voucher = visits.inspection_of(visit).voucher
    base = f"/expert/visits/{visit.pk}/"
    lead, outsider = enter(experts[0].person.username), enter(experts[2].person.username)
    assert f'href="{base}papers/"' in text_of(lead.get(base))
    page = text_of(lead.get(f"{base}papers/"))
    contract = voucher.contract.file
    invoice, proof = voucher.claim_invoices.get().invoice, voucher.claim_proofs.get().proof
    for said in (voucher.contract.number, invoice.number, proof.serial):
        assert said in page
    assert "下载原件" not in page and f"/files/{contract.pk}/" not in page
    for file in (contract, invoice.file, proof.file):
        picture = lead.get(f"{base}papers/{file.pk}/2.png")
        assert picture.content == b"\x89PNG\x02" and "no-store" in picture["Cache-Control"]
        # The door is this visit's own: the common one stays shut, and so does this one for everybody else.
        assert lead.get(f"/files/{file.pk}/").status_code == 404
        assert outsider.get(f"{base}papers/{file.pk}/1.png").status_code == 404
    assert lead.get(f"{base}papers/{strange.contract.file_id}/1.png").status_code == 404
    assert outsider.get(f"{base}papers/").status_code == 404
    assert enter("province_officer").get(f"{base}papers/").status_code == 404
    # Who withdrew, and everybody once the visit is over, finds nothing.
    other = enter(experts[1].person.username)
    assert other.get(f"{base}papers/").status_code == 200
    appointing.recuse(
        visit=visit, expert=experts[1], reason="同学", by=world[experts[1].person.username],
        now=visit.starts_at - timedelta(days=1),
    )  # fmt: skip
    assert other.get(f"{base}papers/").status_code == 404
    monkeypatch.setattr("yunquan.inspections.actions.handing._conclude", lambda *args, **facts: None)
    visiting.obstruct(visit=visit, reason="阻拦", by=world["province_officer"], now=visit.starts_at)
    assert lead.get(f"{base}papers/").status_code == 404
    assert f'href="{base}papers/"' not in text_of(lead.get(base))


@pytest.mark.clause("D108-3.3")
def test_functions_are_told_in_words_and_ticked_by_the_expert_alone(
    world: World, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = visits.begun(world)
    hold_clock(monkeypatch, visit.starts_at)
    sheet = visit.sheets.get()
    sheet.prefilled["parts"]["products"] = ["设备上云 功能模块：设备接入、数据采集、远程监控"]
    sheet.save()
    seat = visit.panelists.select_related("expert__person").order_by("rank")[0]
    page = text_of(enter(seat.expert.person.username).get(f"/expert/visits/{visit.pk}/"))
    assert "功能模块：设备接入、数据采集、远程监控" in page
    assert 'type="checkbox"' in page and " checked" not in page.split('id="photos"')[0].split("v-sheet", 1)[1]

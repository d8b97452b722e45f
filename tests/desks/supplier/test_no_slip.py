"""A supplier that ticked reasons confirms nothing by a slip of key or button (D47-5.9, D47-5.12)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World
from tests.desks.supplier.test_pages import _ends, _text


@pytest.mark.clause("D47-5.9")
def test_an_application_with_reasons_is_not_confirmed_and_enter_decides_nothing(
    world: World, enter: Any
) -> None:
    voucher, client = world.apply(), enter("supplier")
    address = f"/supplier/confirm/{voucher.number}/"
    sent = {"seen_hash": voucher.content_hash, "relation": "no", "reasons": ["fee_differs"]}
    text = _text(client.post(address, {**sent, "action": "confirm"}), 422)
    assert "没有办理" in text and 'value="fee_differs" checked' in text
    text = _text(client.post(address, {**sent, "action": ""}), 422)
    assert "请选择确认或退回企业" in text and 'value="fee_differs" checked' in text
    form = text.split('name="seen_hash"')[1].split("</form>")[0]
    assert 'name="action" value=""' in form.split("</button>")[0]
    assert 'value="confirm"' in form and 'value="decline"' in form
    voucher.refresh_from_db()
    assert voucher.state == "submitted"


@pytest.mark.clause("D47-5.12")
def test_a_claim_with_reasons_is_not_attested_and_its_ends_are_kept(
    world: World, enter: Any, at_moment: Any
) -> None:
    voucher = world.claim(world.issued())
    at_moment(CLAIMING)
    client, address = enter("supplier"), f"/supplier/attest/{voucher.number}/"
    sent = {"action": "attest", "seen_hash": voucher.claim_hash, "reasons_text": "回单看不清", **_ends()}
    text = _text(client.post(address, sent), 422)
    assert "没有办理" in text and "回单看不清" in text and "mes.example.com" in text
    form = text.split('name="seen_hash"')[1].split("</form>")[0]
    assert 'value="check"' in form.split("</button>")[0]
    assert 'value="attest"' in form and 'value="decline"' in form
    voucher.refresh_from_db()
    assert voucher.state == "claimed"

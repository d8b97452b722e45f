"""Messages go out after the commit, each once, to an organisation's inbox."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, DONGGUAN, World
from tests.vouchers.refusing import codes
from yunquan.journal.actions import mark_read, notify
from yunquan.journal.models import Notice
from yunquan.journal.queries import inbox, notice_sent, unread_count
from yunquan.vouchers import actions as vouchers


@pytest.mark.clause("D47-5.9", "D47-5.10")
def test_whoever_is_next_is_told(world: World, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        world.issued()
    kinds = {(row.org, row.kind) for row in Notice.objects.filter(obj__startswith="voucher:")}
    assert kinds == {
        (world["supplier"].org, "to_confirm"),
        (f"bureau:{DONGGUAN}", "to_review"),
        (world["dg_enterprise"].org, "issued"),
    }
    assert [row.kind for row in inbox([world["supplier"].org])] == ["to_confirm"]


def test_a_refused_act_tells_nobody(world: World, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        voucher = world.start()
        assert codes(vouchers.submit, voucher=voucher, typed={}, by=world["dg_enterprise"], now=APPLYING)
    assert not Notice.objects.filter(obj__startswith="voucher:").exists()


def test_a_message_is_sent_once_and_read_once(db: None, django_capture_on_commit_callbacks: Any) -> None:
    told = {
        "org": "bureau:1",
        "obj": "voucher:1",
        "kind": "test",
        "title": "测试",
        "key": "k",
        "now": APPLYING,
    }
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            notify(**told)
    assert Notice.objects.count() == 1
    assert notice_sent("k")
    assert unread_count(["bureau:1"]) == 1
    assert (mark_read(org="bureau:1", now=APPLYING), mark_read(org="bureau:1", now=APPLYING)) == (1, 0)
    assert unread_count(["bureau:1"]) == 0

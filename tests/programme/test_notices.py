"""A notice or guide is written by one person and published by another; what is over stays in the archive."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import World, at, broken
from yunquan.jobs.tick import tick
from yunquan.kernel.refusal import Refused
from yunquan.programme import access, actions, queries
from yunquan.programme.models import PublicNotice

pytestmark = pytest.mark.django_db
NOW = at("2018-09-10 10:00")


def drafted(world: World, who: str = "province_officer", **changes: Any) -> PublicNotice:
    facts = {"title": "申领开始", "body": "请按时申领。", "kind": "notice", **changes}
    return actions.draft_notice(**facts, by=world[who], now=NOW)


def published(world: World, **changes: Any) -> PublicNotice:
    row = actions.submit_notice(notice=drafted(world, **changes), by=world["province_officer"], now=NOW)
    return actions.publish_notice(notice=row, by=world["province_approver"], now=NOW)


@pytest.mark.clause("D47-5.1", "public")
def test_a_notice_is_seen_by_the_public_only_after_a_second_person(world: World) -> None:
    row = drafted(world, "province_approver")
    assert queries.notices() == [] and queries.notice(row.pk) is None
    assert access.notice_for(world["dg_reviewer"], row.pk) is None
    actions.submit_notice(notice=row, by=world["province_approver"], now=NOW)
    for by in (world["province_officer"], world["province_approver"]):
        with pytest.raises(Refused):
            actions.publish_notice(notice=row, by=by, now=NOW)
    assert queries.notices() == []
    row = published(world)
    assert queries.notices() == [row]
    assert broken() == []


def test_a_notice_that_lacks_anything_is_told_all_of_it_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        drafted(world, title=" ", body="", kind="gossip", audience="nobody", until_on=date(2018, 9, 1))
    told = {one.field for one in refused.value.refusals}
    assert told == {"title", "body", "kind", "audience", "until_on"}
    with pytest.raises(Refused) as refused:
        drafted(world, kind="guide")
    assert refused.value.refusals[0].field == "audience"
    with pytest.raises(Refused):
        drafted(world, "dg_reviewer")


def test_a_draft_goes_back_with_a_reason_and_is_written_anew(world: World) -> None:
    row = actions.submit_notice(notice=drafted(world), by=world["province_officer"], now=NOW)
    with pytest.raises(Refused):
        actions.send_back_notice(notice=row, reason=" ", by=world["province_approver"], now=NOW)
    row = actions.send_back_notice(notice=row, reason="请写明时间", by=world["province_approver"], now=NOW)
    text = {"title": "申领开始", "body": "10 月 15 日起。", "kind": "notice"}
    row = actions.edit_notice(notice=row, **text, by=world["province_officer"], now=NOW)
    row = actions.submit_notice(notice=row, by=world["province_officer"], now=NOW)
    row = actions.publish_notice(notice=row, by=world["province_approver"], now=NOW)
    assert (row.body, row.return_reason) == ("10 月 15 日起。", "")
    with pytest.raises(Refused):
        actions.edit_notice(notice=row, **text, by=world["province_officer"], now=NOW)
    discarded = actions.discard_notice(notice=drafted(world), by=world["province_officer"], now=NOW)
    assert discarded.state == "discarded" and queries.notice(discarded.pk) is None
    assert broken() == []


def test_what_is_over_goes_into_the_archive_and_stays_readable(world: World) -> None:
    row = published(world, until_on=date(2018, 9, 20))
    stays = published(world, title="长期有效")
    tick(NOW + timedelta(days=10))
    assert len(queries.notices()) == 2
    tick(NOW + timedelta(days=11))
    assert queries.notices() == [stays]
    assert [one.pk for one in queries.archived_notices()] == [row.pk]
    found = queries.notice(row.pk)
    assert found is not None and found.archived_reason == "到期自动归档"
    with pytest.raises(Refused):
        actions.archive_notice(notice=stays, reason="", by=world["province_officer"], now=NOW)
    assert broken() == []

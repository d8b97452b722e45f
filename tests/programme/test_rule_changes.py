"""Rules change by draft, second person and date, and then never again (D47-4.4.1, D47-4.4.4, S3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.parties.making import APPROVER, OFFICER, PUBLIC, REVIEWER, officer
from tests.programme.making import NOW, WAN
from yunquan.kernel.refusal import Refused
from yunquan.policy.roles import Role
from yunquan.programme import access, actions, invariants, queries
from yunquan.programme.models import CalendarDay, RuleChange
from yunquan.programme.rules import rulebook, working_calendar

pytestmark = pytest.mark.django_db
FROM = date(2018, 12, 1)
CAP = {"per": "service", "amount": "12 万元"}


def draft(by=OFFICER, **changes):
    form = {
        "pack": "gd-2018",
        "rule": "award.cap.1",
        "value": CAP,
        "from_on": FROM,
        "article": "D47-4.4.1",
        "meaning": "研发管理协同上限调整为 12 万元。",
    }
    return actions.draft_rule_change(**{**form, **changes}, by=by, now=NOW)


def published(**changes):
    change = actions.submit_rule_change(change=draft(**changes), by=OFFICER, now=NOW)
    return actions.publish_rule_change(change=change, by=APPROVER, now=NOW)


def cap(on):
    return rulebook("gd-2018").value("award.cap.1", on).value.amount


@pytest.mark.clause("D47-4.4.1", "D47-4.4.4")
def test_a_published_change_holds_from_its_day_and_not_before():
    before = rulebook("gd-2018").version
    change = draft()
    assert cap(FROM) == 10 * WAN
    diff = queries.rule_diff(change)
    assert (diff.before.value.amount, diff.after.value.amount, diff.faults) == (10 * WAN, 12 * WAN, ())
    change = actions.submit_rule_change(change=change, by=OFFICER, now=NOW)
    assert cap(FROM) == 10 * WAN
    actions.publish_rule_change(change=change, by=APPROVER, now=NOW)
    assert (cap(FROM - timedelta(days=1)), cap(FROM)) == (10 * WAN, 12 * WAN)
    assert rulebook("gd-2018").version != before
    assert rulebook("gd-2018-draft").id == "gd-2018-draft"
    assert list(invariants.breaches()) == []


def test_the_later_publication_for_the_same_day_holds():
    first = published()
    second = published(value={"per": "service", "amount": "15 万元"})
    assert cap(FROM) == 15 * WAN
    # A published change still shows what it changed, not itself.
    diffs = [queries.rule_diff(row) for row in (first, second)]
    told = [(diff.before.value.amount, diff.after.value.amount) for diff in diffs]
    assert told == [(10 * WAN, 12 * WAN), (12 * WAN, 15 * WAN)]


def test_the_drafter_does_not_publish_and_neither_does_whoever_edited_last():
    change = draft(by=APPROVER)
    change = actions.submit_rule_change(change=change, by=OFFICER, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.publish_rule_change(change=change, by=APPROVER, now=NOW)
    assert refused.value.codes == ("own_draft",)
    second = officer("440000", Role.PROVINCE_APPROVER, "second")
    change = actions.send_back_rule_change(change=change, reasons=["依据写错"], by=second, now=NOW)
    assert (change.state, change.return_reasons) == ("draft", ["依据写错"])
    change = actions.edit_rule_change(
        change=change, value=CAP, from_on=FROM, article="D47-4.4.1", meaning="改正", by=second, now=NOW
    )
    change = actions.submit_rule_change(change=change, by=second, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.publish_rule_change(change=change, by=second, now=NOW)
    assert refused.value.codes == ("own_draft",)
    assert actions.publish_rule_change(change=change, by=APPROVER, now=NOW).state == "published"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": {"per": "service", "amount": "12"}}, "amount"),
        ({"value": "十二万"}, ""),
        ({"rule": "award.cap.99x"}, ""),
        ({"article": "第四条"}, "article"),
        ({"meaning": " "}, "meaning"),
        ({"from_on": NOW.date()}, "from_on"),
        ({"rule": "catalogue.edition", "value": {"id": "2", "title": "第二版", "services": [1, 99]}}, ""),
    ],
)
def test_a_change_that_does_not_hold_is_refused_before_the_second_person_sees_it(changes, field):
    change = draft(**changes)
    with pytest.raises(Refused) as refused:
        actions.submit_rule_change(change=change, by=OFFICER, now=NOW)
    assert all(r.message and r.mend for r in refused.value.refusals)
    assert not field or field in [r.field.rpartition(".")[2] for r in refused.value.refusals]
    assert RuleChange.objects.get().state == "draft"


def test_a_change_whose_day_has_come_meanwhile_is_not_published():
    change = actions.submit_rule_change(change=draft(), by=OFFICER, now=NOW)
    late = NOW.replace(month=12, day=1)
    with pytest.raises(Refused) as refused:
        actions.publish_rule_change(change=change, by=APPROVER, now=late)
    assert refused.value.codes == ("from_on_not_ahead",)


@pytest.mark.parametrize("by", [REVIEWER, PUBLIC])
def test_only_the_province_drafts(by):
    with pytest.raises(Refused) as refused:
        draft(by=by)
    assert refused.value.codes == ("not_your_role",)


def test_an_officer_does_not_publish_and_a_return_says_why():
    change = actions.submit_rule_change(change=draft(), by=OFFICER, now=NOW)
    other = officer("440000", Role.PROVINCE_OFFICER, "other")
    with pytest.raises(Refused) as refused:
        actions.publish_rule_change(change=change, by=other, now=NOW)
    assert refused.value.codes == ("not_your_role",)
    with pytest.raises(Refused) as refused:
        actions.send_back_rule_change(change=change, reasons=[" "], by=APPROVER, now=NOW)
    assert refused.value.codes == ("reason_missing",)
    assert actions.withdraw_rule_change(change=change, by=OFFICER, now=NOW).state == "withdrawn"


def test_a_published_change_is_immutable_even_past_the_code():
    change = published()
    with pytest.raises(Refused):
        actions.edit_rule_change(
            change=change, value=CAP, from_on=FROM, article="D47-4.4.1", meaning="x", by=OFFICER, now=NOW
        )
    for attempt in (
        lambda: RuleChange.objects.filter(pk=change.pk).update(value={"per": "service", "amount": "99 万元"}),
        lambda: RuleChange.objects.filter(pk=change.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            attempt()
    assert cap(FROM) == 12 * WAN


def test_the_database_itself_demands_a_second_person():
    change = draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        RuleChange.objects.filter(pk=change.pk).update(state="published", published_by=OFFICER.person)


def test_the_public_sees_published_changes_only():
    hidden, shown = draft(), published(rule="settlement.publicity_days", value=10)
    assert access.rule_change_for(PUBLIC, hidden.pk) is None
    assert access.rule_change_for(PUBLIC, shown.pk) == shown
    assert list(queries.rule_changes(OFFICER)) == [shown, hidden]


@pytest.mark.clause("D47-5.20")
def test_a_declared_day_changes_the_working_days_and_a_year_must_be_announced():
    assert working_calendar().add_working_days(date(2018, 10, 9), 1) == date(2018, 10, 10)
    actions.declare_day(
        on=date(2018, 10, 10), is_working=False, source="台风停工通知（测试）", by=OFFICER, now=NOW
    )
    assert working_calendar().add_working_days(date(2018, 10, 9), 1) == date(2018, 10, 11)
    with pytest.raises(Refused) as refused:
        actions.announce_year(year=2090, source="放假通知（测试）", by=OFFICER, now=NOW)
    assert refused.value.codes == ("year_empty",)
    actions.declare_day(on=date(2090, 1, 2), is_working=False, source="放假通知（测试）", by=OFFICER, now=NOW)
    assert not working_calendar().is_announced(2090)
    actions.announce_year(year=2090, source="放假通知（测试）", by=OFFICER, now=NOW)
    assert working_calendar().is_announced(2090)
    for by, source, code in ((REVIEWER, "x", "not_your_role"), (OFFICER, " ", "missing")):
        with pytest.raises(Refused) as refused:
            actions.declare_day(on=FROM, is_working=True, source=source, by=by, now=NOW)
        assert refused.value.codes == (code,)
    assert CalendarDay.objects.count() == 2

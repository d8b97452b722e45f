"""A city reviews registrations: approve, return, reject, transfer (D47-5.20, S3, S6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tests.parties.making import (
    CALENDAR,
    DONGGUAN,
    FOSHAN,
    HUICHENG,
    HUIZHOU,
    NOW,
    OFFICER,
    REVIEWER,
    RULES,
    STRANGER,
    officer,
    registered,
    submitted,
)
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions, queries
from yunquan.parties.models import Bureau, Enterprise
from yunquan.parties.reading import read_enterprise
from yunquan.policy.roles import Role

pytestmark = pytest.mark.django_db
LICENCE = {"code": "licence_unreadable", "text": "缺第 2 页"}
CONTACT = {"code": "contact_incomplete", "text": ""}


def send_back(enterprise, *reasons, by=REVIEWER):
    return actions.send_back_enterprise(enterprise=enterprise, reasons=reasons, by=by, now=NOW, rules=RULES)


def approve(enterprise, by=REVIEWER):
    return actions.approve_enterprise(enterprise=enterprise, by=by, now=NOW, rules=RULES)


def transfer(enterprise, city, county="", by=REVIEWER, now=NOW):
    return actions.transfer_enterprise(
        enterprise=enterprise, city=city, county=county, by=by, now=now, rules=RULES, calendar=CALENDAR
    )


def resubmit(enterprise, by, **typed):
    actions.save_enterprise(enterprise=enterprise, typed=typed, by=by, now=NOW)
    return actions.submit_enterprise(enterprise=enterprise, by=by, now=NOW, rules=RULES, calendar=CALENDAR)


@pytest.mark.clause("D47-5.20")
def test_the_city_approves_and_the_enterprise_is_told(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        enterprise, by = registered()
    assert (enterprise.state, enterprise.due_on, enterprise.reviewed_by) == (
        "registered",
        None,
        REVIEWER.person,
    )
    assert Notice.objects.filter(org=by.org, kind="enterprise.approve").exists()


@pytest.mark.clause("D47-5.20")
def test_a_return_keeps_every_reason_with_its_way_to_mend():
    enterprise, _ = submitted()
    row = send_back(enterprise, LICENCE, CONTACT, {"code": "other", "text": "请补充审计报告"})
    assert row.state == "returned"
    assert [reason["code"] for reason in row.return_reasons] == [
        "licence_unreadable",
        "contact_incomplete",
        "other",
    ]
    assert row.return_reasons[0]["mend"]
    assert not any(reason["flagged"] for reason in row.return_reasons)


@pytest.mark.parametrize(
    "reasons",
    [[], [{"code": "other", "text": " "}], [{"code": "no_such"}], [{"code": "unlawful", "text": "x"}]],
)
def test_a_return_without_a_reason_is_refused(reasons):
    enterprise, _ = submitted()
    with pytest.raises(Refused) as refused:
        send_back(enterprise, *reasons)
    assert refused.value.codes == ("reason_missing",)


@pytest.mark.clause("D47-5.20")
def test_a_second_return_for_a_reason_visible_the_first_time_is_flagged(django_capture_on_commit_callbacks):
    enterprise, by = submitted()
    send_back(enterprise, LICENCE)
    resubmit(enterprise, by, address="示例镇示例路 8 号")
    with django_capture_on_commit_callbacks(execute=True):
        row = send_back(enterprise, LICENCE, CONTACT)
    flags = {reason["code"]: reason["flagged"] for reason in row.return_reasons}
    # The licence was named before and is still unmended; the contact could have been named before.
    assert flags == {"licence_unreadable": False, "contact_incomplete": True}
    assert history(row.journal_key)[-1]["why"].endswith("S6")
    assert Notice.objects.filter(org="bureau:440000", kind="late_reason").count() == 1


def test_a_second_return_for_something_changed_meanwhile_is_not_flagged():
    enterprise, by = submitted()
    send_back(enterprise, LICENCE)
    resubmit(enterprise, by, contact_phone="0769-22222222")
    row = send_back(enterprise, CONTACT)
    assert [reason["flagged"] for reason in row.return_reasons] == [False]


@pytest.mark.clause("D47-5.20")
def test_a_breach_of_law_is_rejected_for_good_with_the_reason():
    enterprise, by = submitted()
    row = actions.reject_enterprise(
        enterprise=enterprise,
        reasons=[{"code": "unlawful", "text": "营业执照系伪造"}],
        by=REVIEWER,
        now=NOW,
        rules=RULES,
    )
    assert (row.state, row.return_reasons[0]["text"]) == ("rejected", "营业执照系伪造")
    with pytest.raises(Refused):
        resubmit(enterprise, by)


def test_a_rejection_without_a_reason_is_refused():
    enterprise, _ = submitted()
    with pytest.raises(Refused) as refused:
        actions.reject_enterprise(enterprise=enterprise, reasons=[], by=REVIEWER, now=NOW, rules=RULES)
    assert refused.value.codes == ("reason_missing",)


def test_another_city_s_reviewer_is_refused():
    enterprise, _ = submitted()
    for attempt in (
        lambda: approve(enterprise, STRANGER),
        lambda: send_back(enterprise, LICENCE, by=STRANGER),
        lambda: transfer(enterprise, FOSHAN, "禅城区", by=STRANGER),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == ("not_your_area",)


@pytest.mark.parametrize("role", [r for r in Role if r not in (Role.CITY_REVIEWER, Role.COUNTY_REVIEWER)])
def test_no_other_role_approves(role):
    enterprise, _ = submitted()
    with pytest.raises(Refused) as refused:
        approve(enterprise, officer(DONGGUAN, role))
    assert refused.value.codes == ("not_your_role",)


def test_the_person_who_submitted_does_not_review():
    enterprise, by = submitted()
    with pytest.raises(Refused) as refused:
        approve(enterprise, Actor(by.person, Role.CITY_REVIEWER, f"bureau:{DONGGUAN}"))
    assert refused.value.codes == ("own_submission",)


def test_of_two_reviewers_at_once_the_second_is_told():
    enterprise, _ = submitted()
    approve(enterprise)
    with pytest.raises(Refused) as refused:
        send_back(enterprise, LICENCE)
    assert refused.value.codes == ("not_from_this_state",)


@pytest.mark.clause("D47-5.10")
def test_a_county_reviews_only_where_its_city_so_set():
    enterprise, _ = submitted(1, city="惠州", county="惠城区")
    county = officer(HUICHENG, Role.COUNTY_REVIEWER)
    assert not queries.enterprises_due(county).exists()
    with pytest.raises(Refused):
        approve(enterprise, county)
    bureau = Bureau.objects.get(code=HUIZHOU)
    actions.let_counties_review(bureau=bureau, reviews=True, by=OFFICER, now=NOW)
    assert queries.reviewing_bureau(HUIZHOU, HUICHENG).code == HUICHENG
    assert list(queries.enterprises_due(county)) == [enterprise]
    assert approve(enterprise, county).state == "registered"


def test_a_city_without_counties_cannot_let_them_review():
    with pytest.raises(Refused) as refused:
        actions.let_counties_review(
            bureau=Bureau.objects.get(code=DONGGUAN), reviews=True, by=OFFICER, now=NOW
        )
    assert refused.value.codes == ("no_counties",)


@pytest.mark.clause("D47-5.20")
def test_a_wrongly_chosen_region_is_handed_over_and_its_limit_starts_anew():
    enterprise, _by = submitted()
    later = NOW + timedelta(days=3)
    row = transfer(enterprise, "佛山", "禅城区", now=later)
    assert (row.state, row.city, row.county) == ("submitted", FOSHAN, "440604")
    assert row.due_on == date(2018, 10, 19)
    assert list(queries.enterprises_due(STRANGER)) == [row]
    assert not queries.enterprises_due(REVIEWER).exists()
    assert approve(row, STRANGER).state == "registered"
    assert Enterprise.objects.get(pk=row.pk).typed["city"] == FOSHAN


@pytest.mark.parametrize(
    ("city", "county", "code"),
    [("东莞", "", "same_region"), ("北京", "", "unknown_city"), ("佛山", "惠城区", "unknown_county")],
)
def test_a_transfer_to_nowhere_is_refused(city, county, code):
    enterprise, _ = submitted()
    with pytest.raises(Refused) as refused:
        transfer(enterprise, city, county)
    assert code in refused.value.codes


def test_the_province_may_hand_over_but_not_approve():
    enterprise, _ = submitted()
    assert transfer(enterprise, "佛山", "禅城区", by=OFFICER).city == FOSHAN
    with pytest.raises(Refused):
        approve(enterprise, OFFICER)


def test_an_approved_enterprise_amends_and_is_reviewed_again():
    enterprise, by = registered()
    actions.amend_enterprise(enterprise=enterprise, by=by, now=NOW)
    row = resubmit(enterprise, by, address="示例镇新路 3 号")
    assert (row.state, row.address) == ("submitted", "示例镇新路 3 号")
    assert approve(row).state == "registered"


def test_an_amendment_that_is_dropped_leaves_what_was_approved():
    enterprise, by = registered()
    actions.amend_enterprise(enterprise=enterprise, by=by, now=NOW)
    actions.save_enterprise(enterprise=enterprise, typed={"address": "别处"}, by=by, now=NOW)
    row = actions.keep_enterprise(enterprise=enterprise, by=by, now=NOW)
    assert (row.state, row.address) == ("registered", "示例镇示例路 1 号")
    assert row.typed["address"] == "示例镇示例路 1 号"
    assert row.typed["revenue"] == "23000000.00"


def changing(**changes):
    enterprise, by = registered()
    actions.amend_enterprise(enterprise=enterprise, by=by, now=NOW)
    return resubmit(enterprise, by, **changes), by


@pytest.mark.clause("D47-5.20")
def test_a_change_that_is_not_agreed_to_leaves_the_registration_as_it_was_approved():
    enterprise, _ = changing(address="示例镇新路 3 号", revenue="25000000")
    row = actions.refuse_change(
        enterprise=enterprise, reasons=[{"text": "未提供地址变更证明"}], by=REVIEWER, now=NOW, rules=RULES
    )
    assert (row.state, row.address, row.revenue_fen) == ("registered", "示例镇示例路 1 号", 23_000_000_00)
    assert row.typed["address"] == "示例镇示例路 1 号"
    assert row.return_reasons[0]["text"] == "未提供地址变更证明"
    assert row.due_on is None


# What the change itself leaves behind: its steps, its reasons, its returns, and when and by whom it was sent.
OF_THE_CHANGE = {
    "version",
    "return_reasons",
    "returns",
    "submitted_at",
    "submitted_by",
    "reviewed_by",
    "due_on",
}
EVERYTHING_ELSE = {
    "name": "改名后的工厂", "address": "示例镇新路 3 号", "revenue": "25000000", "industry": "家具制造业",
    "bank_name": "另一银行", "bank_account": "6222000000000000001", "contact_name": "另一人",
    "contact_phone": "0769-00000001",
}  # fmt: skip


def columns(enterprise):
    """Every column of the row, but those that tell of the change itself; the form as it is understood."""
    row = Enterprise.objects.filter(pk=enterprise.pk).values().get()
    row["typed"] = read_enterprise(row["typed"])
    return {name: value for name, value in row.items() if name not in OF_THE_CHANGE}


@pytest.mark.clause("D47-5.20")
@pytest.mark.parametrize("ending", ["refused", "given_up_before", "given_up_after_return"])
def test_a_change_that_comes_to_nothing_leaves_every_column_as_it_was(ending):
    enterprise, by = registered()
    before = columns(enterprise)
    actions.amend_enterprise(enterprise=enterprise, by=by, now=NOW)
    given = {"enterprise": enterprise, "by": by, "now": NOW}
    if ending == "given_up_before":
        actions.save_enterprise(**given, typed=EVERYTHING_ELSE)
    else:
        resubmit(enterprise, by, **EVERYTHING_ELSE)
        assert columns(enterprise) != before
        stated = {"reasons": [{"text": "缺少证明"}], "by": REVIEWER, "now": NOW, "rules": RULES}
        end = actions.refuse_change if ending == "refused" else actions.send_back_enterprise
        end(enterprise=enterprise, **stated)
    if ending != "refused":
        actions.keep_enterprise(**given)
    after = columns(enterprise)
    assert {name: after[name] for name in after if after[name] != before[name]} == {}


def test_a_change_can_be_refused_only_where_something_was_approved_before():
    enterprise, _ = submitted()
    with pytest.raises(Refused) as refused:
        actions.refuse_change(
            enterprise=enterprise, reasons=[{"text": "不同意"}], by=REVIEWER, now=NOW, rules=RULES
        )
    assert refused.value.codes == ("nothing_approved_before",)


def test_a_refused_change_states_why():
    enterprise, _ = changing(address="示例镇新路 3 号")
    with pytest.raises(Refused) as refused:
        actions.refuse_change(enterprise=enterprise, reasons=[], by=REVIEWER, now=NOW, rules=RULES)
    assert refused.value.codes == ("reason_missing",)


def test_a_change_that_came_back_can_be_given_up():
    enterprise, by = changing(address="示例镇新路 3 号")
    actions.send_back_enterprise(
        enterprise=enterprise, reasons=[{"text": "缺少证明"}], by=REVIEWER, now=NOW, rules=RULES
    )
    row = actions.keep_enterprise(enterprise=enterprise, by=by, now=NOW)
    assert (row.state, row.address) == ("registered", "示例镇示例路 1 号")


def test_a_first_registration_that_came_back_can_not_be_called_registered():
    enterprise, by = submitted()
    actions.send_back_enterprise(
        enterprise=enterprise, reasons=[{"text": "缺少证明"}], by=REVIEWER, now=NOW, rules=RULES
    )
    with pytest.raises(Refused) as refused:
        actions.keep_enterprise(enterprise=enterprise, by=by, now=NOW)
    assert refused.value.codes == ("nothing_approved_before",)


def test_an_approved_change_is_what_stands_from_then_on():
    enterprise, by = changing(address="示例镇新路 3 号")
    assert approve(enterprise).address == "示例镇新路 3 号"
    actions.amend_enterprise(enterprise=enterprise, by=by, now=NOW)
    row = actions.keep_enterprise(enterprise=enterprise, by=by, now=NOW)
    assert row.address == "示例镇新路 3 号"


def test_a_year_without_announced_holidays_is_a_clear_refusal_to_guess():
    enterprise, _ = submitted()
    far = datetime(2090, 1, 3, 9, 0, tzinfo=NOW.tzinfo)
    with pytest.raises(Refused, match="2090") as refused:
        transfer(enterprise, "佛山", "禅城区", now=far)
    assert refused.value.codes == ("calendar_not_announced",)

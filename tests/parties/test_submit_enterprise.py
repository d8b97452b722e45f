"""An enterprise submits its basic information (D47-5.7a, D47-4.1, D47-5.20)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.parties.making import (
    CALENDAR,
    CLOCK,
    DONGGUAN,
    HUICHENG,
    NOW,
    PASSWORD,
    PUBLIC,
    REVIEWER,
    RULES,
    drafted,
    submitted,
)
from yunquan.journal.models import LogEntry, Notice
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.parties import actions
from yunquan.parties.models import Appointment, Enterprise
from yunquan.policy.uscc import make_uscc

pytestmark = pytest.mark.django_db


def submit(enterprise, by):
    return actions.submit_enterprise(enterprise=enterprise, by=by, now=NOW, rules=RULES, calendar=CALENDAR)


def register(**changes):
    form = {
        "uscc": make_uscc(7),
        "name": "惠州市示例电子有限公司",
        "username": "clerk7",
        "password": PASSWORD,
        "person_name": "王五",
    }
    return actions.register_enterprise(**{**form, **changes}, by=PUBLIC, now=NOW)


@pytest.mark.clause("D47-5.7a")
def test_an_account_comes_with_a_draft_and_an_appointment():
    enterprise, person = register()
    assert (enterprise.state, enterprise.typed["name"]) == ("draft", "惠州市示例电子有限公司")
    assert Appointment.objects.get(person=person).org_key == enterprise.key
    assert person.check_password(PASSWORD)


@pytest.mark.clause("D47-5.7a")
@pytest.mark.parametrize("code", ["", "1234", make_uscc(7)[:-1] + "0", "91110000600037341O"])
def test_a_wrong_social_credit_code_is_refused(code):
    with pytest.raises(Refused) as refused:
        register(uscc=code)
    assert refused.value.codes == ("uscc_invalid",)
    assert not Enterprise.objects.exists()


def test_a_code_or_login_name_already_taken_is_refused_with_both_reasons_at_once():
    register()
    with pytest.raises(Refused) as refused:
        register(name=" ")
    assert refused.value.codes == ("uscc_taken", "missing", "username_taken")


def test_a_weak_password_is_refused():
    with pytest.raises(Refused) as refused:
        register(password="123")
    assert "weak_password" in refused.value.codes


@pytest.mark.clause("D47-5.7a", "D47-5.20")
def test_a_complete_form_goes_to_the_region_s_bureau_with_a_limit_of_five_working_days(
    django_capture_on_commit_callbacks,
):
    with django_capture_on_commit_callbacks(execute=True):
        enterprise, _ = submitted()
    assert (enterprise.state, enterprise.city) == ("submitted", DONGGUAN)
    assert enterprise.revenue_fen == 2_300_000_000
    # 2018-10-09 is a Tuesday; the fifth working day after it is the next Tuesday.
    assert enterprise.due_on == date(2018, 10, 16)
    assert Notice.objects.filter(org="bureau:441900", obj=enterprise.journal_key).count() == 1
    assert [act["act"] for act in history(enterprise.journal_key)] == [
        "enterprise.register",
        "enterprise.submit",
    ]


@pytest.mark.clause("D47-4.1")
def test_every_ground_of_ineligibility_is_said_at_once():
    enterprise, by = drafted(
        founded_on="2018-01-02", revenue="9999999.99", is_legal_person="", has_serious_breach="on"
    )
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    assert set(refused.value.codes) == {
        "not_legal_person",
        "too_young",
        "revenue_too_low",
        "breach_with_public_funds",
    }
    assert {r.field for r in refused.value.refusals} == {
        "is_legal_person",
        "founded_on",
        "revenue",
        "has_serious_breach",
    }
    assert all(r.article == "D47-4.1" and r.mend for r in refused.value.refusals)


def test_every_fault_of_the_form_is_said_at_once_and_nothing_typed_is_lost():
    enterprise, by = drafted(
        city="上海",
        founded_on="2010-13-40",
        revenue="2300万",
        pledge="",
        contact_phone="abc",
        bank_account="12",
    )
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    fields = {r.field for r in refused.value.refusals}
    assert fields == {"city", "founded_on", "revenue", "pledge", "contact_phone", "bank_account"}
    kept = Enterprise.objects.get(pk=enterprise.pk)
    assert (kept.state, kept.typed["revenue"]) == ("draft", "2300万")
    assert LogEntry.objects.filter(act="enterprise.submit", entry__contains='"res":"refused"').count() == 1


@pytest.mark.parametrize(
    ("city", "county", "code"),
    [("惠州", "", "missing"), ("惠州", "禅城区", "unknown_county"), ("东莞", "惠城区", "no_counties")],
)
def test_a_county_must_belong_to_the_city(city, county, code):
    enterprise, by = drafted(city=city, county=county)
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    assert refused.value.codes == (code,)


def test_a_county_is_read_by_name_and_by_code():
    enterprise, _ = submitted(1, city="惠州市", county="惠城区")
    assert enterprise.county == HUICHENG
    other, _ = submitted(2, city="441300", county=HUICHENG)
    assert other.county == HUICHENG


@pytest.mark.clause("D47-5.7a")
def test_another_organisation_s_licence_is_refused_as_if_it_did_not_exist():
    other, _ = submitted(2)
    enterprise, by = drafted(
        1,
    )
    actions.save_enterprise(enterprise=enterprise, typed={"licence": str(other.licence_id)}, by=by, now=NOW)
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    assert refused.value.codes == ("file_missing",)


def test_another_enterprise_cannot_save_or_submit_it():
    enterprise, _ = drafted(1)
    _, other = drafted(2)
    for attempt in (
        lambda: submit(enterprise, other),
        lambda: actions.save_enterprise(enterprise=enterprise, typed={"name": "别家"}, by=other, now=NOW),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == ("not_your_enterprise",)


def test_a_submitted_form_cannot_be_edited_or_submitted_again():
    enterprise, by = submitted()
    with pytest.raises(Refused) as refused:
        actions.save_enterprise(enterprise=enterprise, typed={"name": "新名"}, by=by, now=NOW)
    assert refused.value.codes == ("not_editable",)
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    assert refused.value.codes == ("not_from_this_state",)


@pytest.mark.clause("D47-5.19")
def test_an_enterprise_with_three_strikes_cannot_register_again():
    enterprise, by = drafted()
    for n in range(3):
        actions.count_strike(
            enterprise=enterprise, voucher=f"v{n}", cycle="2018", by=CLOCK, now=NOW, rules=RULES
        )
    with pytest.raises(Refused) as refused:
        submit(enterprise, by)
    assert refused.value.codes == ("enterprise_barred",)


def test_the_reviewer_cannot_submit_for_the_enterprise():
    enterprise, _ = drafted()
    with pytest.raises(Refused):
        submit(enterprise, REVIEWER)


def test_full_width_digits_are_read_and_chinese_brackets_stay():
    enterprise, by = drafted(
        name="东莞市示例（测试）五金有限公司", founded_on="２０１０年５月６日", revenue="２３００００００"
    )
    row = submit(enterprise, by)
    assert (row.name, row.founded_on) == ("东莞市示例（测试）五金有限公司", date(2010, 5, 6))
    assert row.revenue_fen == 2_300_000_000

"""Each bureau names who is responsible, under seal and by a day; accounts and changes of person follow (D47-A3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import DONGGUAN, HUICHENG, HUIZHOU, World, at, broken
from yunquan.jobs.tick import tick
from yunquan.journal.models import LogEntry, LogPayload, Notice
from yunquan.kernel.refusal import Refused
from yunquan.parties import actions, contacts
from yunquan.parties.access import appointments_of
from yunquan.parties.models import Appointment, Bureau, ContactReceipt, ContactRound, Handover, Person
from yunquan.policy.roles import Role

pytestmark = pytest.mark.django_db
NOW = at("2018-09-10 10:00")
DUE = date(2018, 9, 21)


def typed(**changes: Any) -> dict[str, Any]:
    form = {
        "unit": "测试市经济和信息化局", "leader": "测试领导", "leader_phone": "0769-00000001",
        "section": "信息化科", "section_head": "测试科长", "section_head_phone": "0769-00000002",
        "responsible": "测试负责人", "mobile": "13800000000", "landline": "0769-00000003",
        "email": "contact@example.cn", "counties": [],
    }  # fmt: skip
    return {**form, **changes}


def opened(world: World, who: str = "province_officer", **changes: Any) -> ContactRound:
    facts = {"title": "2018 年度工作联系方式", "due_on": DUE, **changes}
    return actions.open_round(**facts, by=world[who], now=NOW)


def of(row: ContactRound, code: str = DONGGUAN) -> ContactReceipt:
    return ContactReceipt.objects.get(round=row, bureau__code=code)


def filed(world: World, receipt: ContactReceipt, who: str = "dg_reviewer", **changes: Any) -> ContactReceipt:
    scan = world.file(world[who])
    return actions.file_receipt(
        receipt=receipt, typed=typed(**changes), scan=scan, by=world[who], now=NOW + timedelta(hours=1)
    )


def accepted(world: World, **changes: Any) -> ContactReceipt:
    receipt = filed(world, of(opened(world)), **changes)
    return actions.accept_receipt(receipt=receipt, by=world["province_officer"], now=NOW + timedelta(hours=2))


def fields(refused: Any) -> set[str]:
    return {refusal.field or refusal.code for refusal in refused.value.refusals}


@pytest.mark.clause("D47-A3")
def test_a_receipt_goes_from_the_call_to_the_account_of_the_responsible_person(world: World) -> None:
    row = opened(world)
    assert row.receipts.count() == 21
    receipt = filed(world, of(row))
    assert Notice.objects.filter(org="bureau:440000", obj=receipt.journal_key, kind="contacts").exists()
    receipt = actions.accept_receipt(receipt=receipt, by=world["province_officer"], now=NOW)
    assert (receipt.state, receipt.stands) == ("accepted", 1)
    edition = contacts.to_open(world["system_admin"]).get()
    account = actions.open_contact_account(
        edition=edition,
        username="dg-fuzeren",
        password="yun-quan-first-2018",
        by=world["system_admin"],
        now=NOW,
    )
    assert account.person.password_is_first and account.person.phone == "13800000000"
    assert appointments_of(account.person, DUE) == []
    assert contacts.to_appoint(world["security_admin"]).get() == account
    actions.appoint_contact(account=account, role=Role.CITY_REVIEWER, by=world["security_admin"], now=NOW)
    assert [one.role for one in appointments_of(account.person, DUE)] == ["city_reviewer"]
    assert not contacts.to_appoint(world["security_admin"]).exists()
    assert broken() == []


@pytest.mark.clause("D47-A3")
def test_everything_wrong_with_a_receipt_is_said_at_once_and_the_seal_is_asked_for(world: World) -> None:
    receipt = of(opened(world), HUIZHOU)
    counties = [
        {"county": "东城", "name": "", "mobile": "1"},
        {"county": HUICHENG, "name": "甲", "mobile": "13800000001"},
    ]
    wrong = typed(unit=" ", leader_phone="没有", mobile="0769", email="contact", counties=counties)
    with pytest.raises(Refused) as refused:
        actions.file_receipt(receipt=receipt, typed=wrong, scan=None, by=world["hz_reviewer"], now=NOW)
    assert fields(refused) == {
        "unit", "leader_phone", "mobile", "email", "scan", "counties-0-county", "counties-0-name",
        "counties-0-mobile",
    }  # fmt: skip
    someone_elses = world.file(world["dg_reviewer"])
    with pytest.raises(Refused) as refused:
        actions.file_receipt(
            receipt=receipt, typed=typed(), scan=someone_elses, by=world["hz_reviewer"], now=NOW
        )
    assert fields(refused) == {"scan"}
    assert of(receipt.round, HUIZHOU).state == "asked"


@pytest.mark.clause("D410")
def test_a_city_asks_its_counties_and_looks_at_what_they_send(world: World) -> None:
    row = opened(world, "hz_reviewer")
    assert {one.bureau.city for one in row.receipts.select_related("bureau")} == {HUIZHOU}
    receipt = filed(world, of(row, HUICHENG), "hc_reviewer")
    for who in ("dg_reviewer", "hc_reviewer", "expert", "supplier", "dg_enterprise"):
        assert contacts.to_judge(world[who]).count() == 0
    assert contacts.receipt_for(world["dg_reviewer"], receipt.pk) is None
    with pytest.raises(Refused):
        actions.accept_receipt(receipt=receipt, by=world["hc_reviewer"], now=NOW)
    actions.send_back_receipt(receipt=receipt, reason="公章不清晰", by=world["hz_reviewer"], now=NOW)
    receipt = filed(world, receipt, "hc_reviewer", mobile="13800000009")
    actions.accept_receipt(receipt=receipt, by=world["hz_reviewer"], now=NOW)
    assert [one.number for one in contacts.editions(receipt)] == [2, 1]
    with pytest.raises(Refused) as refused:
        opened(world, "dg_reviewer")
    assert fields(refused) == {"nobody"}
    assert broken() == []


def test_a_paper_receipt_is_entered_by_one_officer_and_accepted_by_another(world: World) -> None:
    receipt = filed(world, of(opened(world)), "province_officer")
    assert receipt.editions.get().on_behalf
    with pytest.raises(Refused) as refused:
        actions.accept_receipt(receipt=receipt, by=world["province_officer"], now=NOW)
    assert fields(refused) == {"own_entry"}
    actions.accept_receipt(receipt=receipt, by=world["province_approver"], now=NOW)
    assert broken() == []


@pytest.mark.clause("S3")
def test_who_only_wrote_in_the_draft_of_a_receipt_does_not_accept_it_either(world: World) -> None:
    officer, approver = world["province_officer"], world["province_approver"]
    receipt = of(opened(world))
    actions.save_receipt(receipt=receipt, typed=typed(), by=officer, now=NOW)
    receipt = filed(world, receipt, "province_approver")
    for by in (officer, approver):
        assert contacts.to_judge(by).count() == 0
        with pytest.raises(Refused) as refused:
            actions.accept_receipt(receipt=receipt, by=by, now=NOW)
        assert fields(refused) == {"own_entry"}
        with pytest.raises(Refused) as refused:
            actions.send_back_receipt(receipt=receipt, reason="公章不清晰", by=by, now=NOW)
        assert fields(refused) == {"own_entry"}
    province = Bureau.objects.get(code="440000")
    another = world.appoint("another_officer", Role.PROVINCE_OFFICER, bureau=province)
    assert contacts.to_judge(another).count() == 1
    actions.accept_receipt(receipt=receipt, by=another, now=NOW)
    # What was accepted is over: a change that another sends may be looked at by who wrote before.
    receipt = filed(world, receipt, "dg_reviewer", mobile="13800000009")
    assert contacts.to_judge(officer).count() == 1
    actions.accept_receipt(receipt=receipt, by=officer, now=NOW)
    assert broken() == []


@pytest.mark.clause("D47-A3")
def test_who_has_not_sent_is_reminded_once_before_and_once_after_the_day_and_the_province_is_told(
    world: World,
) -> None:
    row = opened(world)
    receipt = filed(world, of(row))

    def told() -> list[str]:
        rows = Notice.objects.filter(kind="reminder", obj__startswith="contact_")
        return sorted(rows.values_list("org", flat=True))

    tick(at("2018-09-14 09:00"))
    assert told() == []
    for _ in range(2):
        tick(at("2018-09-19 09:00"))
    assert len(told()) == 20 and "bureau:441900" not in told()
    for _ in range(2):
        tick(at("2018-09-25 09:00"))
    assert len(told()) == 41
    last = Notice.objects.get(obj=row.journal_key, kind="reminder")
    assert (last.org, "20 个单位" in last.title) == ("bureau:440000", True)
    assert contacts.rounds_of(world["province_officer"])[0].missing == 20
    assert contacts.receipts_of(world["province_officer"], row).get(pk=receipt.pk).responsible == "测试负责人"


def test_the_log_names_nobody_and_an_edition_is_never_written_over(world: World) -> None:
    receipt = accepted(world)
    told = " ".join(LogEntry.objects.values_list("entry", flat=True))
    told += " ".join(LogPayload.objects.values_list("payload", flat=True))
    for secret in ("测试负责人", "13800000000", "contact@example.cn"):
        assert secret not in told
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        receipt.editions.update(mobile="13900000000")


def test_a_change_needs_something_changed_and_leaves_the_old_edition_in_force_until_accepted(
    world: World,
) -> None:
    receipt = accepted(world)
    with pytest.raises(Refused) as refused:
        filed(world, receipt)
    assert fields(refused) == {"nothing_changed"}
    receipt = filed(world, receipt, responsible="测试接任人")
    assert (receipt.edition, receipt.stands, receipt.state) == (2, 1, "filed")
    receipt = actions.send_back_receipt(
        receipt=receipt, reason="请附任职文件", by=world["province_officer"], now=NOW
    )
    assert receipt.stands == 1


@pytest.mark.clause("D47-A3")
def test_a_successor_takes_over_everything_in_one_act(world: World) -> None:
    leaver = world.person(world["dg_reviewer"])
    today = date(2018, 12, 10)
    now = at("2018-12-10 10:00")
    own = Appointment.objects.get(person=leaver)
    colleague = world.person(world["dg_approver"])
    actions.deputise(
        appointment=own, deputy=colleague, starts_on=today, ends_on=today + timedelta(days=9),
        by=world["dg_reviewer"], now=now,
    )  # fmt: skip
    edition = accepted(world, responsible="测试接任人").editions.get()
    account = actions.open_contact_account(
        edition=edition,
        username="dg-jieren",
        password="yun-quan-first-2018",
        by=world["system_admin"],
        now=now,
    )
    with pytest.raises(Refused) as refused:
        actions.appoint_contact(account=account, role="", leaver=leaver, by=world["security_admin"], now=now)
    assert fields(refused) == {"reason"}
    assert appointments_of(leaver, today)
    actions.appoint_contact(
        account=account, role="", leaver=leaver, reason="岗位调整",
        open_work=[{"label": "申领审核", "count": "3"}], by=world["security_admin"], now=now,
    )  # fmt: skip
    assert appointments_of(leaver, today) == []
    assert [one.role for one in appointments_of(account.person, today)] == ["city_reviewer"]
    assert [one.role for one in appointments_of(colleague, today)] == ["city_approver"]
    gone = Person.objects.get(pk=account.person.pk)
    Person.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Refused) as refused:
        actions.hand_over(
            leaver=colleague, successor=gone, bureau=Bureau.objects.get(code=DONGGUAN), reason="换人",
            by=world["security_admin"], now=now,
        )  # fmt: skip
    assert fields(refused) == {"successor"} and appointments_of(colleague, today)
    Person.objects.filter(pk=gone.pk).update(is_active=True)
    done = Handover.objects.get()
    assert (done.ended, len(done.made), len(done.deputies)) == ([own.pk], 1, 1)
    assert done.open_work == [{"label": "申领审核", "count": "3"}]
    assert Notice.objects.get(obj=done.journal_key).org == "bureau:441900"
    assert broken() == []
    with pytest.raises(Refused) as refused:
        actions.hand_over(
            leaver=leaver, successor=account.person, bureau=Bureau.objects.get(code=DONGGUAN), reason="再来一次",
            by=world["security_admin"], now=now,
        )  # fmt: skip
    assert fields(refused) == {"leaver"}


def test_no_single_administrator_makes_and_appoints(world: World) -> None:
    edition = accepted(world).editions.get()
    with pytest.raises(Refused):
        actions.open_contact_account(
            edition=edition, username="x", password="yun-quan-first-2018", by=world["security_admin"], now=NOW
        )
    with pytest.raises(Refused) as refused:
        actions.open_contact_account(edition=edition, username="nobody", by=world["system_admin"], now=NOW)
    assert fields(refused) == {"username"}
    account = actions.open_contact_account(
        edition=edition,
        username="dg-fuzeren",
        password="yun-quan-first-2018",
        by=world["system_admin"],
        now=NOW,
    )
    with pytest.raises(Refused):
        actions.appoint_contact(account=account, role=Role.CITY_REVIEWER, by=world["system_admin"], now=NOW)
    with pytest.raises(Refused) as refused:
        actions.appoint_contact(
            account=account, role=Role.PROVINCE_OFFICER, by=world["security_admin"], now=NOW
        )
    assert fields(refused) == {"role"}
    assert not Appointment.objects.filter(person=account.person).exists()
    assert Person.objects.filter(username="dg-fuzeren").count() == 1

"""Scenes of the contacts receipts: a call of 2018, who sent and who did not, an account, a change of person."""

from __future__ import annotations

from typing import Any

from yunquan.demo.stage import PASSWORD, Stage, at
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties import contacts
from yunquan.parties.models import ContactReceipt, ContactRound, Person
from yunquan.policy.roles import Role

ZHONGSHAN = "442000"


def ask(stage: Stage) -> None:
    """September 2018: the province asks its cities, 惠州 its counties; most cities answer, two on paper or late."""
    province, second = stage["province"], stage["province2"]
    row = parties.open_round(
        title="2018 年度“上云上平台”工作联系方式（演示）",
        due_on=at("2018-09-21 00:00").date(),
        note="请明确具体负责科室和负责人；须县区协助的，一并填报县区负责人。",
        by=province,
        now=stage.wait(minutes=10),
    )
    for letters, code in (("dg", "441900"), ("fs", "440600"), ("sz", "440300")):
        receipt = _send(stage, _of(row, code), stage[f"{letters}-review"])
        parties.accept_receipt(receipt=receipt, by=province, now=stage.wait(minutes=5))
    returned = _send(stage, _of(row, "440100"), stage["gz-review"])
    parties.send_back_receipt(
        receipt=returned, reason="公章不清晰，请重新扫描（演示）。", by=province, now=stage.wait(minutes=5)
    )
    paper = _send(stage, _of(row, ZHONGSHAN), province, responsible="演示中山负责人甲")
    parties.accept_receipt(receipt=paper, by=second, now=stage.wait(minutes=5))
    _account(stage, paper, "zs-jia")
    counties = parties.open_round(
        title="惠州市各县（区）“上云上平台”业务负责人（演示）",
        due_on=at("2018-09-21 00:00").date(),
        by=stage["hz-review"],
        now=stage.wait(minutes=10),
    )
    _send(stage, _of(counties, "441302"), stage["hc-review"])


def change(stage: Stage) -> None:
    """June 2019: the responsible person of 中山 changes; the successor takes over in one act. 东莞's change waits."""
    province, second = stage["province"], stage["province2"]
    row = ContactRound.objects.get(bureau="440000")
    receipt = _send(
        stage, _of(row, ZHONGSHAN), province, responsible="演示中山负责人乙", mobile="13800000002"
    )
    parties.accept_receipt(receipt=receipt, by=second, now=stage.wait(minutes=5))
    leaver = Person.objects.get(username="zs-jia")
    _account(stage, receipt, "zs-yi", leaver=leaver, reason="岗位调整（演示）")
    _send(stage, _of(row, "441900"), stage["dg-review"], responsible="演示东莞负责人乙", mobile="13800000003")


def _of(row: ContactRound, code: str) -> ContactReceipt:
    return ContactReceipt.objects.select_related("bureau").get(round=row, bureau__code=code)


def _send(stage: Stage, receipt: ContactReceipt, by: Actor, **changes: str) -> ContactReceipt:
    """One receipt with invented names and numbers, sent with a scan that says so."""
    name = receipt.bureau.name
    typed: dict[str, Any] = {
        "unit": name,
        "leader": "演示分管领导",
        "leader_phone": "020-00000001",
        "section": "信息化科（演示）",
        "section_head": "演示科长",
        "section_head_phone": "020-00000002",
        "responsible": "演示负责人",
        "mobile": "13800000001",
        "landline": "020-00000003",
        "email": "contact@example.cn",
        "counties": [],
        **changes,
    }
    scan = stage.stored(
        by, "联系人回执（盖章扫描件）", [("单位", name), ("具体负责人", typed["responsible"])]
    )
    return parties.file_receipt(receipt=receipt, typed=typed, scan=scan, by=by, now=stage.wait(minutes=30))


def _account(stage: Stage, receipt: ContactReceipt, username: str, **takes_over: Any) -> None:
    edition = contacts.editions(receipt)[0]
    account = parties.open_contact_account(
        edition=edition,
        username=username,
        password=PASSWORD,
        by=stage["sysadmin"],
        now=stage.wait(minutes=10),
    )
    role = "" if takes_over else Role.CITY_REVIEWER
    parties.appoint_contact(
        account=account, role=role, by=stage["secadmin"], now=stage.wait(minutes=10), **takes_over
    )
    stage.give_password(account.person)

"""/vouchers: read in scope; apply and claim, confirm and attest, issue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status

from yunquan.api import answering as say
from yunquan.api import reading as read
from yunquan.api.answers import absent
from yunquan.api.door import READ_FAULTS, WRITE_FAULTS, Change, Rush, actor_of, change, there
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.programme import queries as programme
from yunquan.vouchers import access, actions, holding, queries

router = Router(tags=["服务券"])
NUMBER = re.compile(r"[A-Z0-9-]{1,40}", re.ASCII)
WROTE: dict[Any, Any] = {200: say.Moved, **WRITE_FAULTS}
Steps = Annotated[str, Query(pattern=r"^[a-z_]{0,20}$", description="状态，如 issued；不填为全部")]


def _submit(asked: Sequence[tuple[Change, Any]]) -> list[Any]:
    return actions.submit_all(
        [
            actions.Submission(
                voucher=voucher,
                typed=read.typed(one.body.application) if one.body.application is not None else None,
                by=one.by,
                now=one.now,
                request=one.request,
            )
            for one, voucher in asked
        ]
    )


def _issue(asked: Sequence[tuple[Change, Any]]) -> list[Any]:
    return actions.issue_all(
        [
            actions.Approval(
                voucher=voucher,
                seen_hash=one.body.seen_hash,
                dissent_reason=one.body.dissent_reason,
                by=one.by,
                now=one.now,
                request=one.request,
            )
            for one, voucher in asked
        ]
    )


SUBMITTING = Rush(find=access.each_for, act=_submit, say=say.moved)
ISSUING = Rush(find=access.each_for, act=_issue, say=say.moved)


class VoucherPage(Schema):
    """One page of vouchers, the latest first."""

    items: list[say.VoucherBrief]
    next: str


def _number(number: str) -> str:
    if not NUMBER.fullmatch(number):
        raise absent("没有这张券。")
    return number


def _voucher(actor: Actor, number: str) -> Any:
    """The voucher of a number through its door."""
    return there(access.voucher_for(actor, _number(number)), "没有这张券。")


def _to_change(actor: Actor, number: str) -> Any:
    """The same without its parties: the action locks the row and reads it afresh."""
    rows = access.visible_to(actor).filter(number=_number(number)).only("number", "enterprise")
    return there(rows.first(), "没有这张券。")


@router.get("", response={200: VoucherPage, **READ_FAULTS}, summary="服务券列表")
def listing(
    request: HttpRequest, cursor: read.Cursor = "", limit: read.Limit = 50, state: Steps = ""
) -> dict[str, Any]:
    """本单位范围内的服务券，最新的在前；用返回的 next 作为 cursor 取下一页。"""
    rows = queries.listed(actor_of(request))
    return say.page(rows.filter(state=state) if state else rows, cursor=cursor, limit=limit, tell=say.brief)


@router.get("/{number}", response={200: say.VoucherDetail, **READ_FAULTS}, summary="一张服务券")
def detail(request: HttpRequest, number: read.VoucherNumber) -> dict[str, Any]:
    """券面、核定说明、合同、发票和付款凭证，以及您现在可以办理的步骤。"""
    actor = actor_of(request)
    row = _voucher(actor, number)
    evidence = queries.evidence_of(row)
    return {
        **say.brief(row),
        "place": row.place,
        "implementation_city": row.implementation_city,
        "edition": row.edition,
        "rule_version": row.rule_version,
        "contract": say.contract(row.contract),
        "lines": [say.line(one) for one in queries.lines_of(row)],
        "invoices": [say.invoice(one) for one in evidence["invoices"]],
        "proofs": [say.proof(one) for one in evidence["proofs"]],
        "parties": [say.party(one) for one in evidence["parties"]],
        "alarms": [say.alarm(one) for one in holding.alarms_of(row)],
        "explanation": row.explanation,
        "return_reasons": row.return_reasons,
        "steps": [
            {"action": step.action, "label": row.lifecycle.actions[step.action], "article": step.article}
            for step in row.lifecycle.offers(row.state, actor.role)
        ],
    }


@router.post("", response={201: say.Moved, **WRITE_FAULTS}, summary="新建申领草稿")
def start(request: HttpRequest, body: read.StartIn, key: read.Key) -> Status[dict[str, Any]]:
    """企业新建一份申领草稿，可同时带上已填内容；草稿不占额度。"""
    actor = actor_of(request)
    own = parties_access.enterprise_number(actor)
    enterprise = there(parties_access.enterprise_for(actor, own) if own else None)
    cycle = there(
        programme.cycle_by_code(body.cycle) if body.cycle else programme.current_cycle(), "没有这个周期。"
    )
    if cycle.state == "draft":
        raise absent("没有这个周期。")

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        voucher = actions.start(enterprise=enterprise, cycle=cycle, by=by, now=now)
        if body.application is not None:
            voucher = actions.save_application(
                voucher=voucher, typed=read.typed(body.application), by=by, now=now
            )
        return say.moved(voucher)

    return change(request, "voucher.start", key, body, act, status=201)


def _enterprise_only(request: HttpRequest) -> None:
    """Saving is no step of the table, so its role is asked here."""
    if parties_access.enterprise_number(actor_of(request)) is None:
        raise absent("没有这张券。")


@router.put("/{number}/application", response=WROTE, summary="保存申领草稿")
def save_application(
    request: HttpRequest, number: read.VoucherNumber, body: read.ApplicationIn, key: read.Key
) -> Status[dict[str, Any]]:
    """原样保存已填内容，不检查；提交时一次性指出全部问题。"""
    _enterprise_only(request)
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.save_application(voucher=voucher, typed=read.typed(body), by=by, now=now))

    return change(request, f"voucher.save {number}", key, body, act)


@router.post("/{number}/submit", response=WROTE, summary="提交申领")
def submit(
    request: HttpRequest, number: read.VoucherNumber, body: read.SubmitIn, key: read.Key
) -> Status[dict[str, Any]]:
    """企业提交申领，交供应商确认；不符合的，一次性列出全部理由。"""
    return SUBMITTING.change(request, f"voucher.submit {number}", key, body, _number(number))


@router.post("/{number}/withdraw", response=WROTE, summary="撤回申领")
def withdraw(request: HttpRequest, number: read.VoucherNumber, key: read.Key) -> Status[dict[str, Any]]:
    """供应商确认前，企业可撤回修改；撤回即放弃原来的申领次序。"""
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.withdraw(voucher=voucher, by=by, now=now))

    return change(request, f"voucher.withdraw {number}", key, None, act)


@router.put("/{number}/claim", response=WROTE, summary="保存兑现材料")
def save_claim(
    request: HttpRequest, number: read.VoucherNumber, body: read.ClaimBody, key: read.Key
) -> Status[dict[str, Any]]:
    """原样保存已填的兑现材料，不检查。"""
    _enterprise_only(request)
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.save_claim(voucher=voucher, typed=read.typed(body), by=by, now=now))

    return change(request, f"voucher.save_claim {number}", key, body, act)


@router.post("/{number}/claim", response=WROTE, summary="提出兑现申请")
def claim(
    request: HttpRequest, number: read.VoucherNumber, body: read.ClaimIn, key: read.Key
) -> Status[dict[str, Any]]:
    """企业凭发票、付款凭证和验收报告提出兑现申请，按到达时间排队。"""
    voucher = _to_change(actor_of(request), number)
    typed = read.typed(body.claim) if body.claim is not None else None

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.claim(voucher=voucher, typed=typed, by=by, now=now))

    return change(request, f"voucher.claim {number}", key, body, act)


@router.post("/{number}/withdraw-claim", response=WROTE, summary="撤回兑现申请")
def withdraw_claim(request: HttpRequest, number: read.VoucherNumber, key: read.Key) -> Status[dict[str, Any]]:
    """供应商确认前、兑现受理期内，企业可撤回兑现申请；已填材料保留，撤回即放弃原来的结算次序。"""
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.withdraw_claim(voucher=voucher, by=by, now=now))

    return change(request, f"voucher.withdraw_claim {number}", key, None, act)


@router.post("/{number}/confirm", response=WROTE, summary="供应商确认申领")
def confirm(
    request: HttpRequest, number: read.VoucherNumber, body: read.ConfirmIn, key: read.Key
) -> Status[dict[str, Any]]:
    """供应商确认所看到的内容；内容已被更新的，确认不生效（409）。"""
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        done = actions.confirm(
            voucher=voucher,
            seen_hash=body.seen_hash,
            tag_pilot=body.tag_pilot,
            declares=_declares(body.relation),
            by=by,
            now=now,
        )
        return say.moved(done)

    return change(request, f"voucher.confirm {number}", key, body, act)


@router.post("/{number}/decline", response=WROTE, summary="供应商退回申领")
def decline(
    request: HttpRequest, number: read.VoucherNumber, body: read.ReasonsIn, key: read.Key
) -> Status[dict[str, Any]]:
    """供应商说明全部理由，把申领退回企业。"""
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.decline(voucher=voucher, reasons=_reasons(body), by=by, now=now))

    return change(request, f"voucher.decline {number}", key, body, act)


@router.post("/{number}/attest", response=WROTE, summary="供应商确认兑现")
def attest(
    request: HttpRequest, number: read.VoucherNumber, body: read.AttestIn, key: read.Key
) -> Status[dict[str, Any]]:
    """供应商确认发票和付款真实，并给出每项服务的用户端和公有云应用端。"""
    voucher = _to_change(actor_of(request), number)
    ends = [end.model_dump(exclude_none=True) for end in body.ends]

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        done = actions.attest(
            voucher=voucher,
            seen_hash=body.seen_hash,
            ends=ends,
            declares=_declares(body.relation),
            by=by,
            now=now,
        )
        return say.moved(done)

    return change(request, f"voucher.attest {number}", key, body, act)


@router.post("/{number}/decline-claim", response=WROTE, summary="供应商退回兑现申请")
def decline_claim(
    request: HttpRequest, number: read.VoucherNumber, body: read.ReasonsIn, key: read.Key
) -> Status[dict[str, Any]]:
    """供应商说明全部理由，把兑现申请退回企业。"""
    voucher = _to_change(actor_of(request), number)

    def act(by: Actor, now: datetime) -> dict[str, Any]:
        return say.moved(actions.decline_claim(voucher=voucher, reasons=_reasons(body), by=by, now=now))

    return change(request, f"voucher.decline_claim {number}", key, body, act)


@router.post("/{number}/issue", response=WROTE, summary="审核通过并发放")
def issue(
    request: HttpRequest, number: read.VoucherNumber, body: read.IssueIn, key: read.Key
) -> Status[dict[str, Any]]:
    """主管部门审核通过，券在额度内发放；供地市、县区自己的系统使用。"""
    return ISSUING.change(request, f"voucher.issue {number}", key, body, _number(number))


def _declares(relation: read.RelationIn | None) -> actions.Declares | None:
    return actions.Declares(**relation.model_dump()) if relation is not None else None


def _reasons(body: read.ReasonsIn) -> list[dict[str, str]]:
    return [reason.model_dump(exclude_defaults=True) for reason in body.reasons]

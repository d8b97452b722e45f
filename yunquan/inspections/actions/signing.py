"""Signatures over the content of the closed sheets; the last one completes the visit (D108-3.2, D108-3.3).

A signature carries the hash of what its signer saw. It counts while the sheets, closed, have that very content. The
log is told party and hash, never a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.inspections.actions.appointing import locked, open_inspections
from yunquan.inspections.actions.handing import hand_over
from yunquan.inspections.actions.visiting import conduct_lines, may_work, presence_facts, still_open
from yunquan.inspections.models import Signature, Visit
from yunquan.inspections.sheet_fields import cleaned, fields
from yunquan.inspections.visit_checks import conduct_confirmed, right_people_there
from yunquan.inspections.visit_queries import (
    EXPERTS,
    current_hash,
    live_sheets,
    regime_find,
    regime_value,
    seat_of,
    sheets_hash,
    wanted_signatures,
)
from yunquan.journal.actions import audited, move, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.policy.roles import Role

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
MOST_STROKES, MOST_POINTS, WIDEST = 80, 6000, 4000
Shown = Mapping[int, Mapping[str, Any]]


@audited("visit.signature", about="visit")
def sign(
    *,
    visit: Visit,
    key: str,
    party: str,
    name: str = "",
    strokes: Sequence[Sequence[int]] = (),
    agrees: bool = True,
    remark: str = "",
    shown: Shown | None = None,
    device_at: datetime | None = None,
    by: Actor,
    now: datetime,
) -> Visit:
    """A party signs; drawn strokes, or the typed name alone. Gives the visit, signed when this was the last.

    `shown` are the findings that the signer saw on a device without network: the signature counts when the closed
    sheets say the same. Raises Refused with every reason.
    """
    visit = locked(visit)
    if Signature.objects.filter(visit=visit, key=key[:40]).exists():
        return visit
    person, name = _signer(visit, party, name, by)
    still_open(visit, ("under_way",))
    refusals = list(right_people_there(presence_facts(visit)))
    refusals += _against(visit, party, name, strokes, agrees, remark, person)
    digest = _seen(visit, shown) if shown is not None else current_hash(visit)
    if not digest:
        refusals.append(Refusal("sheet_open", "抽查表还没有定稿，不能签字。", "D108-3.3", "请先填完并定稿。"))
    if refusals:
        raise Refused(refusals)
    Signature.objects.create(
        visit=visit, key=key[:40], party=party, name=name[:60], strokes=[list(one) for one in strokes],
        agrees=agrees, remark=remark.strip()[:300], content_hash=digest, person=person,
        entered_at=device_at, signed_at=now,
    )  # fmt: skip
    record(
        "visit.signature", by=by, obj=visit.journal_key, now=now, why="D108-3.3",
        payload={"party": party, "content": digest, "agrees": agrees},
    )  # fmt: skip
    return _complete(visit, by=by, now=now)


@audited("visit.absent", about="visit")
def accept_absent(*, visit: Visit, key: str, shown: Shown | None = None, by: Actor, now: datetime) -> Visit:
    """The supplier stayed away: by D108-3.3 it accepts the result; an expert or officer writes it down."""
    visit = locked(visit)
    if Signature.objects.filter(visit=visit, key=key[:40]).exists():
        return visit
    may_work(visit, by)
    still_open(visit, ("under_way",))
    rule = "absent_supplier_accepts"
    article = (
        regime_value(visit.plan, rule).article if regime_find(visit.plan, rule) is not None else "D108-3.3"
    )
    refusals = []
    if not regime_find(visit.plan, rule) or "supplier" not in _signers(visit):
        refusals.append(Refusal("absence_no_consent", "本规程没有“缺席视为接受”。", article))
    if visit.presences.filter(party="supplier").exists():
        mend = "请供应商代表签字，可以在签字时写明异议。"
        refusals.append(Refusal("supplier_there", "供应商已登记到场，不能按缺席办理。", article, mend))
    digest = _seen(visit, shown) if shown is not None else current_hash(visit)
    if not digest:
        refusals.append(Refusal("sheet_open", "抽查表还没有定稿。", "D108-3.3", "请先填完并定稿。"))
    if refusals:
        raise Refused(refusals)
    Signature.objects.create(
        visit=visit, key=key[:40], party="supplier", is_absent=True, content_hash=digest, signed_at=now
    )
    record(
        "visit.absent", by=by, obj=visit.journal_key, now=now, why=article, payload={"content": digest}
    )  # fmt: skip
    return _complete(visit, by=by, now=now)


@audited("visit.paper", about="visit")
def bring_paper(*, visit: Visit, file: StoredFile, by: Actor, now: datetime) -> Visit:
    """An officer brings the scan of a table signed on paper, over the sheets as they are closed now."""
    visit = locked(visit)
    if by.org != visit.plan.org or by.role not in _officers():
        raise Refused([Refusal("not_your_role", "由组织单位的经办人登记纸质表。", "D108-3.3")])
    still_open(visit, ("under_way",))
    digest = current_hash(visit)
    if not digest:
        mend = "请专家先填完并定稿，再打印签字。"
        raise Refused([Refusal("sheet_open", "抽查表还没有定稿，纸质表没有对应的内容。", "D108-3.3", mend)])
    if file.org != by.org:
        raise Refused([Refusal("file_unknown", "请上传签字后的扫描件。", "D108-3.3", field="paper")])
    changes = {"paper": file, "paper_by": by.person, "paper_hash": digest}
    Visit.objects.filter(pk=visit.pk).update(**changes)
    record(
        "visit.paper", by=by, obj=visit.journal_key, now=now, why="D108-3.3",
        payload={"sha256": file.sha256, "content": digest},
    )  # fmt: skip
    visit.refresh_from_db()
    return visit


@audited("visit.paper_accepted", about="visit")
def accept_paper(*, visit: Visit, by: Actor, now: datetime) -> Visit:
    """Another officer holds the scan against the closed sheets and accepts it in the place of drawn signatures."""
    visit = locked(visit)
    if visit.paper_id is None:
        raise Refused([Refusal("no_paper", "还没有上传纸质表的扫描件。", "D108-3.3")])
    if by.org != visit.plan.org or by.role not in _officers():
        raise Refused([Refusal("not_your_role", "由组织单位的另一名经办人核对。", "D108-3.3")])
    facts = _completion_facts(visit) | {"person": by.person, "earlier_persons": [visit.paper_by]}
    if visit.paper_hash == current_hash(visit):
        facts["unsigned"] = []
    return _finish(visit, facts, by=by, now=now)


def _officers() -> tuple[str, ...]:
    return (Role.PROVINCE_OFFICER, Role.CITY_REVIEWER)


def _signers(visit: Visit) -> list[str]:
    return list(regime_value(visit.plan, f"table.{visit.table}").value.signers)


def _signer(visit: Visit, party: str, name: str, by: Actor) -> tuple[str, str]:
    """Whose signature this is: an expert's own login, a party's own login, or a party on an expert's device."""
    seat = seat_of(visit, by)
    if party in EXPERTS:
        if seat is None or f"{seat.expert.speciality}_expert" != party:
            message = "专家只能用本人的账号签字。"
            raise Refused([Refusal("not_your_seat", message, "D108-3.3", field="party")])
        return by.person, seat.expert.person.name
    enterprise, supplier = parties_access.enterprise_number(by), parties_access.supplier_number(by)
    suppliers = {visit.supplier_id, *visit.inspections.values_list("voucher__supplier", flat=True)}
    own = (party == "enterprise" and enterprise is not None and enterprise == visit.enterprise_id) or (
        party == "supplier" and supplier is not None and supplier in suppliers
    )
    if own:
        return by.person, name.strip()
    may_work(visit, by, officers=False)
    return "", name.strip()


def _against(
    visit: Visit,
    party: str,
    name: str,
    strokes: Sequence[Sequence[int]],
    agrees: bool,
    remark: str,
    person: str,
) -> list[Refusal]:
    refusals = []
    if party not in EXPERTS and party not in _signers(visit):
        refusals.append(Refusal("no_signer", "这张表不需要这一方签字。", "D108-3.3", field="party"))
    if not name:
        refusals.append(Refusal("name_missing", "请写明签字人的姓名。", "D108-3.3", field="name"))
    if not agrees and not remark.strip():
        mend = "请写明不认同哪一项、理由是什么。"
        refusals.append(Refusal("remark_missing", "不认同结论的，须写明异议。", "D108-6", mend, "remark"))
    if not _drawable(strokes):
        refusals.append(Refusal("strokes_bad", "签字的笔迹没有收全，请重新签。", "D108-3.3", field="strokes"))
    asked = conduct_lines(visit) if party in EXPERTS else []
    conduct = conduct_confirmed(
        {
            "conduct_lines": len(asked),
            "conduct_confirmed": person in visit.conduct,
            "conduct_article": regime_value(visit.plan, "conduct").article if asked else "",
        }
    )
    return [*refusals, conduct] if conduct else refusals


def _drawable(strokes: Sequence[Sequence[int]]) -> bool:
    """Strokes are lists of x, y, x, y …: whole numbers within the sheet, not too many of them."""
    if not isinstance(strokes, list | tuple) or len(strokes) > MOST_STROKES:
        return False
    if not all(isinstance(one, list | tuple) and len(one) % 2 == 0 for one in strokes):
        return False
    points = [number for one in strokes for number in one]
    return len(points) <= MOST_POINTS and all(
        isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= WIDEST
        for number in points
    )


def _seen(visit: Visit, shown: Shown) -> str:
    """The hash of the sheets with the findings that a signer saw; what isn't a field of them is nothing."""
    found: dict[int, dict[str, Any]] = {}
    for sheet in live_sheets(visit):
        named, seen = fields(sheet.rows), shown.get(sheet.pk, {})
        kept: dict[str, Any] = {}
        for name in sorted(set(named) & set(seen)):
            try:
                kept[name] = cleaned(named[name], seen[name])
            except ValueError:
                continue
        found[sheet.pk] = {name: value for name, value in kept.items() if value not in ("", False)}
    return sheets_hash(visit, found)


def _completion_facts(visit: Visit) -> dict[str, Any]:
    sheets = live_sheets(visit)
    return presence_facts(visit) | {
        "open_sheets": [sheet.inspection.voucher.number for sheet in sheets if sheet.closed_at is None],
        "unsigned": [one["label"] for one in wanted_signatures(visit) if one["signature"] is None],
    }


def _complete(visit: Visit, *, by: Actor, now: datetime) -> Visit:
    """The last signature completes the visit, whoever gave it; a party's own login completes it by the platform."""
    facts = _completion_facts(visit)
    if facts["open_sheets"] or facts["unsigned"] or visit.state != "under_way":
        return visit
    return _finish(visit, facts, by=by if by.role in (Role.EXPERT, *_officers()) else CLOCK, now=now)


def _finish(visit: Visit, facts: dict[str, Any], *, by: Actor, now: datetime) -> Visit:
    digest = current_hash(visit)
    move(
        visit, "sign", by=by, facts=facts, now=now, changes={"signed_at": now},
        payload={"content": digest}, pol=visit.plan.regime_version,
    )  # fmt: skip
    hand_over(visit, open_inspections(visit), by=by, now=now)
    return visit

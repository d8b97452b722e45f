"""On the spot: who is there, the rules of conduct, the beginning, disputes, photographs, obstruction.

Whatever comes from a device carries the device's own key, so that what is sent twice counts once (D108-3.3,
D108-6, D858-3). Names stay out of the log.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from yunquan.evidence.actions import take_file
from yunquan.evidence.kinds import JPEG, PNG, kind_of
from yunquan.inspections.actions.appointing import locked, open_inspections
from yunquan.inspections.actions.handing import hand_over_failed
from yunquan.inspections.models import Photo, Presence, Visit
from yunquan.inspections.visit_queries import live_sheets, regime_find, regime_value, seat_of, visit_facts
from yunquan.journal.actions import audited, move, record
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.regimes.forms import PARTIES

OPEN = ("noticed", "under_way")
MOST_PRESENT, MOST_PHOTOS, MOST_PHOTO_BYTES = 60, 80, 12 * 1024 * 1024


def may_work(visit: Visit, by: Actor, *, officers: bool = True) -> None:
    """Only the panel's experts, and the bureaus that run the visit where allowed; raises Refused."""
    if seat_of(visit, by) is not None or (officers and by.org in visit.plan.acting_orgs - {"platform"}):
        return
    raise Refused(
        [Refusal("not_your_case", "您不在这次抽查的专家组里。", "D108-3.3", "请由专家组成员办理。")]
    )


def still_open(visit: Visit, states: Collection[str] = OPEN) -> None:
    """Raises Refused when the visit is not in one of these states."""
    if visit.state not in states:
        said = visit.lifecycle.states[visit.state]
        raise Refused([Refusal("not_from_this_state", f"这次抽查{said}，不能再填写。", "D108-3.3")])


def presence_facts(visit: Visit) -> dict[str, Any]:
    """Who is there against who has to be, may be and must not be."""
    rule = regime_value(visit.plan, f"present.{visit.table}")
    there = visit.presences.filter(left_at=None).values_list("party", flat=True)
    return {
        "present": sorted(set(there)),
        "must": rule.value.must,
        "may": rule.value.may,
        "never": rule.value.never,
        "present_article": rule.article,
        "supplier_may_be_absent": bool(regime_find(visit.plan, "absent_supplier_accepts")),
    }


@audited("visit.presence", about="visit")
def enter_presence(
    *, visit: Visit, key: str, party: str, name: str, duty: str = "", by: Actor, now: datetime
) -> Presence:
    """Someone is there, of a party; sent twice it is one."""
    visit = locked(visit)
    may_work(visit, by)
    known = Presence.objects.filter(visit=visit, key=key[:40]).first()
    if known is not None:
        return known
    still_open(visit)
    refusals = []
    if party not in PARTIES:
        refusals.append(Refusal("unknown_party", "请选择到场人员的身份。", "D108-3.3", field="party"))
    if not name.strip():
        refusals.append(Refusal("name_missing", "请填写姓名。", "D108-3.3", field="name"))
    if visit.presences.count() >= MOST_PRESENT:
        refusals.append(
            Refusal("too_many", f"到场人员最多登记 {MOST_PRESENT} 人。", "D108-3.3", field="name")
        )
    if refusals:
        raise Refused(refusals)
    row = Presence.objects.create(
        visit=visit, key=key[:40], party=party, name=name.strip()[:60], duty=duty.strip()[:60],
        entered_by=by.person, entered_at=now,
    )  # fmt: skip
    record(
        "visit.presence", by=by, obj=visit.journal_key, now=now, why="D108-3.3", payload={"party": party}
    )  # fmt: skip
    return row


@audited("visit.leave", about="visit")
def leave(*, visit: Visit, key: str, by: Actor, now: datetime) -> None:
    """Someone has left, or was entered by mistake; the row stays with its time."""
    visit = locked(visit)
    may_work(visit, by)
    row = Presence.objects.filter(visit=visit, key=key[:40]).first()
    if row is not None and row.left_at is not None:
        return
    still_open(visit)
    if row is None:
        raise Refused([Refusal("unknown", "没有登记这位到场人员。", "D108-3.3")])
    if row.left_at is None:
        Presence.objects.filter(pk=row.pk).update(left_at=now)
        record(
            "visit.leave", by=by, obj=visit.journal_key, now=now, why="D108-3.3", payload={"party": row.party}
        )  # fmt: skip


@audited("visit.conduct", about="visit")
def confirm_conduct(*, visit: Visit, lines: Collection[int], name: str, by: Actor, now: datetime) -> None:
    """An expert confirms each line of the rules of conduct and puts the name under it (D858-3)."""
    visit = locked(visit)
    may_work(visit, by, officers=False)
    still_open(visit)
    asked = conduct_lines(visit)
    rule = regime_value(visit.plan, "conduct") if asked else None
    article = rule.article if rule is not None else "D858-3"
    refusals = [
        Refusal("conduct_open", f"还没有确认第 {place + 1} 条：{line}。", article, field="conduct")
        for place, line in enumerate(asked)
        if place not in lines
    ]
    if not name.strip():
        refusals.append(Refusal("name_missing", "请在行为规范下签名。", article, field="conduct_name"))
    if refusals:
        raise Refused(refusals)
    told = {"name": name.strip()[:60], "at": now.isoformat(), "lines": content_hash(asked)}
    if by.person in visit.conduct:
        return
    Visit.objects.filter(pk=visit.pk).update(conduct={**visit.conduct, by.person: told})
    record(
        "visit.conduct", by=by, obj=visit.journal_key, now=now, why=article, payload={"lines": told["lines"]}
    )  # fmt: skip


def conduct_lines(visit: Visit) -> list[str]:
    """The lines of conduct that the regime has, none where it has none."""
    found = regime_find(visit.plan, "conduct")
    return list(found.lines) if found is not None else []


@audited("visit.begin", about="visit")
def begin(*, visit: Visit, by: Actor, now: datetime) -> Visit:
    """The visit begins: on its day, with everybody there who has to be and nobody who must not (D108-3.3)."""
    visit = locked(visit)
    may_work(visit, by, officers=False)
    if visit.state == "under_way":
        return visit
    asked = conduct_lines(visit)
    facts = visit_facts(visit.plan, visit.table, starts_at=visit.starts_at, now=now) | presence_facts(visit)
    facts["conduct_lines"], facts["conduct_confirmed"] = len(asked), by.person in visit.conduct
    facts["conduct_article"] = regime_value(visit.plan, "conduct").article if asked else ""
    move(
        visit, "begin", by=by, facts=facts, now=now, changes={"begun_at": now}, pol=visit.plan.regime_version
    )
    return visit


@audited("visit.dispute", about="visit")
def note_dispute(*, visit: Visit, text: str, by: Actor, now: datetime) -> Visit:
    """A dispute is written down on the spot; sent twice it is one (D108-6)."""
    visit = locked(visit)
    may_work(visit, by)
    said = text.strip()[:2000].replace("\r\n", "\n")
    if said and f"\n\n{said}\n\n" in f"\n\n{visit.dispute}\n\n":
        return visit
    still_open(visit)
    if not said:
        raise Refused([Refusal("missing", "请写明异议的内容。", "D108-6", field="dispute")])
    visit.dispute = "\n\n".join(one for one in (visit.dispute, said) if one)
    Visit.objects.filter(pk=visit.pk).update(dispute=visit.dispute)
    record(
        "visit.dispute", by=by, obj=visit.journal_key, now=now, why="D108-6", payload={"text": said}
    )  # fmt: skip
    return visit


@audited("visit.obstruct", about="visit")
def obstruct(*, visit: Visit, reason: str, by: Actor, now: datetime) -> Visit:
    """The visit was kept from being done: it counts as not passed where the regime says so (D108-6)."""
    visit = locked(visit)
    may_work(visit, by, officers=by.org == visit.plan.org)
    if visit.state == "obstructed" and visit.obstruction == reason.strip():
        return visit
    rows = open_inspections(visit)
    facts = visit_facts(visit.plan, visit.table, starts_at=visit.starts_at, now=now)
    facts |= {"reason": reason, "by_bureau": by.org == visit.plan.org}
    move(
        visit, "obstruct", by=by, facts=facts, now=now,
        changes={"obstruction": reason.strip()}, payload={"reason": reason.strip()},
    )  # fmt: skip
    if regime_find(visit.plan, "obstruction_fails"):
        hand_over_failed(visit, rows, reason=reason.strip(), by=by, now=now)
    return visit


def take_photo(
    *,
    visit: Visit,
    key: str,
    content: bytes,
    name: str,
    row: str = "",
    caption: str = "",
    by: Actor,
    now: datetime,
) -> Photo:
    """A photograph through the door of all uploads: PNG or JPEG by its content, sent twice it is one (E1)."""
    known = Photo.objects.filter(visit=visit, key=key[:40]).first()
    if known is not None:
        return known
    may_work(visit, by)
    still_open(visit)
    refusals = []
    if kind_of(content) not in (PNG, JPEG):
        refusals.append(Refusal("not_a_photo", "照片只收 JPEG 或 PNG。", "D47-5.7b", field="photo"))
    if len(content) > MOST_PHOTO_BYTES:
        most = MOST_PHOTO_BYTES // 1024 // 1024
        refusals.append(Refusal("photo_too_large", f"照片超过 {most} MB。", "D47-5.7b", field="photo"))
    if visit.photos.count() >= MOST_PHOTOS:
        refusals.append(
            Refusal("too_many", f"一次抽查最多 {MOST_PHOTOS} 张照片。", "D108-3.3", field="photo")
        )
    if refusals:
        raise Refused(refusals)
    file = take_file(content=content, name=name, org=by.org, by=by, now=now)
    return _keep_photo(visit=visit, key=key[:40], row=row, caption=caption, file=file, by=by, now=now)


@audited("visit.photo", about="visit")
def _keep_photo(
    *, visit: Visit, key: str, row: str, caption: str, file: Any, by: Actor, now: datetime
) -> Photo:
    visit = locked(visit)
    known = Photo.objects.filter(visit=visit, key=key).first()
    if known is not None:
        return known
    still_open(visit)
    numbers = {str(sheet.pk) for sheet in live_sheets(visit)}
    place = row[:60] if row.partition(".")[0] in numbers else ""
    photo = Photo.objects.create(
        visit=visit, key=key, row=place, file=file, caption=caption.strip()[:120],
        taken_by=by.person, received_at=now,
    )  # fmt: skip
    record(
        "visit.photo", by=by, obj=visit.journal_key, now=now, why="D108-3.3", payload={"sha256": file.sha256}
    )  # fmt: skip
    return photo

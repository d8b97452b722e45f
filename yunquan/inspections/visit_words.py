"""What is told to whom about a visit: enterprise, supplier, experts and the bureaus of the place (D108-3.2, 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.models import Expert, Inspection, Visit
from yunquan.inspections.visit_queries import panel, span, supplier_may_see
from yunquan.journal.models import Notice
from yunquan.policy.regimes.forms import MODES, TABLES

PREPARE = {
    "finance": ("合同原件", "发票原件", "支付凭证（转账记录）原件", "负责财务的人员到场配合"),
    "on_site": (
        "合同、发票、转账记录等资料",
        "申请服务券的系统应用，能当场登录、操作和介绍",
        "相关软硬件（联网设备、客户端、移动端等）",
        "安排项目负责人配合查看",
    ),
}


def to_prepare(visit: Visit) -> list[str]:
    """What the party has to have ready, the officer's own lines last."""
    own = [line.strip() for line in visit.prepare.splitlines() if line.strip()]
    return [*PREPARE.get(visit.table, ()), *own]


def told_to(
    visit: Visit,
    rows: Sequence[Inspection],
    title: str,
    *,
    now: datetime,
    text: str = "",
    only: Sequence[Expert] | None = None,
) -> list[Notice]:
    """The messages of one step, once each: with time, place and what to prepare."""
    when = span(visit)
    head = f"{title}：{TABLES[visit.table]}，{when}"
    body = [f"方式：{MODES[visit.mode]}；地点或会议号：{visit.place}"]
    body += [text] if text else [f"请准备：{'；'.join(to_prepare(visit))}"]

    def notice(org: str, link: str) -> Notice:
        # A supplier is told of its own vouchers alone.
        own = [
            row
            for row in rows
            if not org.startswith("supplier:") or org == f"supplier:{row.voucher.supplier_id}"
        ]
        said = "\n".join([*body, f"涉及服务券：{'、'.join(row.voucher.number for row in own)}"])
        key = f"{visit.journal_key}:{visit.version}:{title}:{org}"
        return Notice(
            org=org, obj=visit.journal_key, kind="visit", title=head, text=said, link=link, key=key, at=now
        )

    experts = [seat.expert for seat in panel(visit)] if only is None else list(only)
    told = [notice(one.person.key, f"/expert/visits/{visit.pk}/") for one in experts]
    if only is not None:
        return told
    if visit.enterprise_id:
        told.append(
            notice(f"enterprise:{visit.enterprise_id}", f"/enterprise/inspections/visits/{visit.pk}/")
        )
    if supplier_may_see(visit):
        suppliers = {row.voucher.supplier_id for row in rows} | {visit.supplier_id}
        told += [
            notice(f"supplier:{pk}", f"/supplier/inspections/visits/{visit.pk}/")
            for pk in sorted(one for one in suppliers if one)
        ]
    places = {visit.city} | ({row.voucher.county for row in rows} if visit.enterprise_id else set())
    for code in sorted(one for one in places if one):
        # A county watches by coming; its own page lists the visits.
        link = f"/city/inspections/visits/{visit.pk}/" if code == visit.city else "/city/county-visits/"
        told.append(notice(f"bureau:{code}", link))
    return told

"""Why declared ends, deliveries and pull settings are not taken: pure functions, each with its article."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.roles import Role
from yunquan.usage.ends import (
    ALLOWED,
    CLIENT,
    CLOUD,
    KINDS,
    SIDES,
    BadEnd,
    declared,
    normal_value,
    service_of,
)
from yunquan.usage.reach import OPERATORS

ARTICLE = "D47-5.12"
MOST_ENDS = 500
# So many pairs of ends, written out, are beyond any plant; one voucher must not make the night of all others long.
MOST_WRITTEN_OUT = 65_536


def end_refusals(
    *,
    services: Mapping[int, str],
    ends: Sequence[Mapping[str, Any]],
    counting: Collection[int] = (),
) -> list[Refusal]:
    """Every fault of the declared ends at once: each service needs a client end and a cloud end (D47-5.12).

    `counting` are the services that count devices: they alone may name industrial devices.
    """
    refusals: list[Refusal] = []
    for place, end in enumerate(ends):
        refusals.extend(_end_refusals(end, services, counting, f"ends-{place}"))
    refusals.extend(_repetitions(ends))
    for number, name in services.items():
        for side, label in SIDES.items():
            if not any(service_of(end) == number and end.get("side") == side for end in ends):
                refusals.append(
                    Refusal(
                        "end_missing",
                        f"“{name}”缺少{label}信息。",
                        ARTICLE,
                        "每项应用服务至少填写一个用户端和一个公有云应用端。",
                        "ends",
                    )
                )
    if len(ends) > MOST_ENDS:
        refusals.append(
            Refusal("too_many_ends", f"使用端超过 {MOST_ENDS} 个。", ARTICLE, "请改填专线网段。", "ends")
        )
    elif _written_out(ends) > MOST_WRITTEN_OUT:
        refusals.append(
            Refusal(
                "ends_too_broad",
                "用户端和云端的网段合起来范围过大，无法逐一核对。",
                ARTICLE,
                "请填写企业实际使用的专线网段和应用实际使用的云端地址。",
                "ends",
            )
        )
    return refusals


def _written_out(ends: Sequence[Mapping[str, Any]]) -> int:
    """How many rows the ends of a voucher make where they are matched."""
    from yunquan.usage.rollup.expansion import rows_of

    sides: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for end in ends:
        try:
            one = declared(end)
        except BadEnd:
            continue
        network = one.network
        size, blocks = 1, 1
        if network is not None:
            block = 16 if network.version == 4 else 48
            size, blocks = network.num_addresses, 1 << max(0, block - network.prefixlen)
        sides.setdefault((one.service, one.side), []).append((size, blocks))
    return sum(
        rows_of(client, cloud)
        for (service, side), clients in sides.items()
        if side == CLIENT
        for client in clients
        for cloud in sides.get((service, CLOUD), ())
    )


def _end_refusals(
    end: Mapping[str, Any], services: Mapping[int, str], counting: Collection[int], at: str
) -> Iterable[Refusal]:
    number, side, kind = service_of(end), str(end.get("side")), str(end.get("kind"))
    if number not in services:
        yield Refusal("unknown_service", "请选择本券的应用服务。", ARTICLE, field=f"{at}-service")
    if side not in SIDES:
        yield Refusal("unknown_side", "请选择用户端或公有云应用端。", ARTICLE, field=f"{at}-side")
    if kind not in ALLOWED.get(side, ()):
        label = KINDS.get(kind, "")
        message = f"{SIDES.get(side, '这一侧')}不能用{label or '该类标识'}，请重新选择。"
        yield Refusal("unknown_kind", message, ARTICLE, field=f"{at}-kind")
    elif kind == "machine" and number in services and number not in counting:
        yield Refusal(
            "machine_not_counted",
            f"“{services[number]}”不按联网设备计算，不能用工业设备标识。",
            ARTICLE,
            "请改用 IP、宽带账号、手机号码或终端设备标识。",
            f"{at}-kind",
        )
    try:
        normal_value(kind, str(end.get("value") or ""))
    except BadEnd as bad:
        yield Refusal("bad_end", str(bad), ARTICLE, field=f"{at}-value")
    port = str(end.get("port") or "").strip()
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        yield Refusal("bad_port", "端口应为 1 至 65535，或留空。", ARTICLE, field=f"{at}-port")
    if str(end.get("operator") or "") not in ("", *OPERATORS):
        yield Refusal("unknown_operator", "请从列表中选择运营商，或留空。", ARTICLE, field=f"{at}-operator")


def _repetitions(ends: Sequence[Mapping[str, Any]]) -> Iterable[Refusal]:
    """An end that is typed twice, or stands on both sides of one service."""
    seen: dict[tuple[Any, ...], tuple[str, int]] = {}
    for place, end in enumerate(ends):
        try:
            one = declared(end)
        except BadEnd:
            continue
        earlier = seen.get((one.service, one.kind, one.value))
        port = one.port or 0
        if earlier is not None and earlier[0] != one.side:
            message = f"“{one.value}”同时填在用户端和公有云应用端，不能证明任何连接。"
            yield Refusal("end_on_both_sides", message, ARTICLE, "请核对两侧地址。", f"ends-{place}-value")
        elif earlier is not None and earlier[1] in (0, port):
            message = f"“{one.value}”在同一项服务中填了两次。"
            yield Refusal("end_twice", message, ARTICLE, "请删去重复的一条。", f"ends-{place}-value")
        seen.setdefault((one.service, one.kind, one.value), (one.side, port))


# Deliveries


def may_deliver(facts: Facts) -> Refusal | None:
    """A supplier delivers its own application's logs, the province the operators' records."""
    if (facts["role"], facts["source"]) in (
        (Role.SUPPLIER, "application"),
        (Role.PROVINCE_OFFICER, "operator"),
        (Role.CLOCK, "application"),
    ):
        return None
    return Refusal(
        "may_not_deliver",
        "本岗位不能送达这类行为数据。",
        ARTICLE,
        "应用系统日志由供应商送达，运营商连接记录由省厅送达。",
        "source",
    )


def has_content(facts: Facts) -> Refusal | None:
    """An empty file proves nothing and is most likely a mistake."""
    if facts["size"]:
        return None
    return Refusal("delivery_empty", "收到的文件是空的。", ARTICLE, "请检查导出是否成功后重新送达。", "file")


def cloud_is_an_end(facts: Facts) -> Refusal | None:
    """The application's address, where given, is a host or an address."""
    if facts["cloud"] is not None:
        return None
    return Refusal(
        "bad_cloud",
        "“应用域名”应为域名或 IP 地址，例如 mes.example.com。",
        ARTICLE,
        "不带 http:// 和路径；日志里已有应用端地址的，可以留空。",
        "cloud",
    )


def layout_is_known(facts: Facts) -> Refusal | None:
    """A named format is one that the platform reads."""
    if facts["layout"] in ("", *facts["layouts"]):
        return None
    return Refusal(
        "unknown_layout", "没有这种格式。", ARTICLE, "请从列表中选择，或留空由平台识别。", "layout"
    )


def reach_is_known(facts: Facts) -> Refusal | None:
    """Operator and cities, where given, are ones that there are, and only operators' records have them."""
    if not facts["reach_fault"]:
        return None
    mend = "不填表示各运营商合并、覆盖全省。"
    return Refusal("bad_reach", f"{facts['reach_fault']}。", ARTICLE, mend, "operator")


def room_is_left(facts: Facts) -> Refusal | None:
    """What one sender has waiting stays within bounds, so that nobody fills the disk for all."""
    if not facts["waiting"] or facts["waiting"] + facts["size"] <= facts["most_waiting"]:
        return None
    waits, most = (f"{facts[name] / 1024 / 1024:.0f} MB" for name in ("waiting", "most_waiting"))
    return Refusal(
        "too_much_waiting",
        f"本单位还有 {waits} 的文件等待装入，加上这一份超过 {most}。",
        ARTICLE,
        "请等前面的文件装入以后再送达，通常几分钟到一小时；进度见送达记录。",
        "file",
    )


ON_TAKE = (may_deliver, has_content, cloud_is_an_end, layout_is_known, reach_is_known, room_is_left)


# Completion tables


def frozen_content(facts: Facts) -> Refusal | None:
    """What is sent is what was frozen, to the byte (D47-5.13)."""
    if facts["recomputed_hash"] == facts["content_hash"]:
        return None
    return Refusal(
        "content_changed", "完成情况表的内容与编制时的摘要不符，不能发送。", "D47-5.13", "请作废后重新编制。"
    )


def still_current(facts: Facts) -> Refusal | None:
    """A table is sent while the verdicts it froze still hold (D47-5.13)."""
    if not facts["outdated"]:
        return None
    shown = "、".join(facts["outdated"][:5])
    more = f" 等 {len(facts['outdated'])} 张" if len(facts["outdated"]) > 5 else ""
    return Refusal(
        "draft_outdated",
        f"编制之后判定已有变化：{shown}{more}。",
        "D47-5.13",
        "请作废这份草稿，按最新判定重新编制。",
    )


ON_SEND = (frozen_content, still_current)


# Pull interfaces

MOST_HOURS, MOST_DAYS_BACK, LONGEST_USER_ID = 168, 400, 80


def url_can_be_asked(facts: Facts) -> Refusal | None:
    """The address is one that the platform may ask: https, not inside a private network."""
    if not facts["url_fault"] and len(facts["url"]) <= 300:
        return None
    fault = facts["url_fault"] or "接口地址不能超过 300 个字。"
    return Refusal("bad_url", fault, ARTICLE, "请填写供应商接口的完整公网地址。", "url")


def user_id_given(facts: Facts) -> Refusal | None:
    """Whose records the platform asks for, in the words of the supplier's interface."""
    text = facts["user_id"]
    if 0 < len(text) <= LONGEST_USER_ID and text.isprintable():
        return None
    return Refusal(
        "bad_user_id",
        f"用户标识应为 1 至 {LONGEST_USER_ID} 个字符。",
        ARTICLE,
        "填写接口用来识别平台的用户标识。",
        "user_id",
    )


def hours_in_range(facts: Facts) -> Refusal | None:
    """Between once an hour and once a week."""
    if facts["every_hours"] is not None and 1 <= facts["every_hours"] <= MOST_HOURS:
        return None
    message = f"间隔应为 1 至 {MOST_HOURS} 小时。"
    return Refusal("bad_hours", message, ARTICLE, "通常每 24 小时一次。", "every_hours")


def begins_in_time(facts: Facts) -> Refusal | None:
    """The first day to fetch, chosen once: later periods follow without a gap."""
    day, today = facts["from_on"], facts["today"]
    if not facts["is_first"] or (day is not None and 0 <= (today - day).days <= MOST_DAYS_BACK):
        return None
    return Refusal(
        "bad_from_on",
        f"起始日期应写成 2019-06-01，不晚于今天，不早于 {MOST_DAYS_BACK} 天前。",
        ARTICLE,
        "填写应用开始正式使用的日期。",
        "from_on",
    )


ON_SAVE_SOURCE = (url_can_be_asked, user_id_given, cloud_is_an_end, hours_in_range, begins_in_time)

"""The verbs of usage: ends are declared at the attestation, verdicts are recorded and never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.usage.models import End, Verdict

ARTICLE = "D47-5.12"
CLIENT_KINDS = {"ip", "cidr", "broadband", "mobile", "device"}
CLOUD_KINDS = {"ip", "cidr", "host"}


def end_refusals(*, services: Mapping[int, str], ends: Sequence[Mapping[str, Any]]) -> list[Refusal]:
    """Every fault of the declared ends at once: each service needs a client end and a cloud end (D47-5.12)."""
    refusals: list[Refusal] = []
    for place, end in enumerate(ends):
        refusals.extend(_end_refusals(end, services, f"ends-{place}"))
    for number, name in services.items():
        for side, label in End.Side.choices:
            if not any(_service(end) == number and end.get("side") == side for end in ends):
                refusals.append(
                    Refusal(
                        "end_missing",
                        f"“{name}”缺少{label}信息。",
                        ARTICLE,
                        "每项应用服务至少填写一个用户端和一个公有云应用端。",
                        "ends",
                    )
                )
    return refusals


def _service(end: Mapping[str, Any]) -> int:
    text = str(end.get("service", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _end_refusals(end: Mapping[str, Any], services: Mapping[int, str], at: str) -> list[Refusal]:
    refusals = []
    side, kind, value = str(end.get("side")), str(end.get("kind")), str(end.get("value") or "").strip()
    if _service(end) not in services:
        refusals.append(Refusal("unknown_service", "请选择本券的应用服务。", ARTICLE, field=f"{at}-service"))
    if side not in End.Side.values:
        refusals.append(Refusal("unknown_side", "请选择用户端或公有云应用端。", ARTICLE, field=f"{at}-side"))
    if kind not in (CLIENT_KINDS if side == End.Side.CLIENT else CLOUD_KINDS):
        refusals.append(
            Refusal("unknown_kind", "这一侧不能用该类标识，请重新选择。", ARTICLE, field=f"{at}-kind")
        )
    fault = _value_fault(kind, value)
    if fault:
        refusals.append(Refusal("bad_end", fault, ARTICLE, field=f"{at}-value"))
    port = str(end.get("port") or "").strip()
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        refusals.append(Refusal("bad_port", "端口应为 1 至 65535，或留空。", ARTICLE, field=f"{at}-port"))
    return refusals


def _value_fault(kind: str, value: str) -> str:
    if not value:
        return "请填写地址或账号。"
    if len(value) > 120:
        return "内容过长，请核对。"
    try:
        if kind == "ip":
            ip_address(value)
        elif kind == "cidr":
            ip_network(value, strict=False)
    except ValueError:
        return f"“{value}”不是有效的 IP 地址或网段，例如 120.79.10.8 或 120.79.10.0/28。"
    if kind == "mobile" and not (value.isascii() and value.isdigit() and len(value) == 11):
        return "手机号码应为 11 位数字。"
    return ""


def warning_for(*, side: str, kind: str, value: str) -> str:
    """What an official should know of an end that can't prove much; it is accepted all the same."""
    if kind not in ("ip", "cidr"):
        return ""
    network = ip_network(value, strict=False)
    if network.is_private or network.is_loopback or network.is_link_local:
        return "内网地址，不能证明来自公网的连接"
    if network.is_reserved or network.is_multicast:
        return "保留地址"
    if (
        kind == "cidr"
        and side == End.Side.CLIENT
        and network.prefixlen < (24 if network.version == 4 else 48)
    ):
        return "网段较大，请核对是否为本企业专线"
    return ""


def declare_ends(
    *, voucher: str, services: Mapping[int, str], ends: Sequence[Mapping[str, Any]], by: Actor, now: datetime
) -> None:
    """Replace the ends of a voucher; the earlier ones stay on record as withdrawn (D47-5.12)."""
    End.objects.filter(voucher=voucher, withdrawn_at=None).update(withdrawn_at=now)
    End.objects.bulk_create(
        End(
            voucher=voucher,
            service=_service(end),
            side=end["side"],
            kind=end["kind"],
            value=str(end["value"]).strip(),
            port=int(end["port"]) if str(end.get("port") or "").strip() else None,
            warning=warning_for(side=end["side"], kind=end["kind"], value=str(end["value"]).strip()),
            declared_by=by.person,
            declared_at=now,
        )
        for end in ends
    )


def record_by_hand(
    *,
    voucher: str,
    outcome: str,
    reasons: Sequence[Mapping[str, str]],
    document: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Verdict:
    """Record a verdict by hand: it needs a reason and a document, and says for ever that it was by hand.

    Raises Refused when either is missing or the outcome is unknown (D47-5.13).
    """
    refusals = []
    if outcome not in Verdict.Outcome.values:
        refusals.append(Refusal("unknown_outcome", "请选择判定结果。", "D47-5.13", field="outcome"))
    if not reasons:
        refusals.append(Refusal("no_reason", "人工录入的判定须写明理由。", "D47-5.13", field="reasons"))
    if document is None:
        refusals.append(
            Refusal("no_document", "人工录入的判定须上传依据文件。", "D47-5.13", field="document")
        )
    if refusals:
        raise Refused(refusals)
    return Verdict.objects.create(
        voucher=voucher,
        outcome=outcome,
        source=Verdict.Source.HAND,
        reasons=[dict(reason) for reason in reasons],
        document=document,
        recorded_by=by.person,
        at=now,
    )

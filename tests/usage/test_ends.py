"""Client and cloud ends: what is taken, what is refused, what an official should know (D47-5.12)."""

from __future__ import annotations

from typing import Any

import pytest

from yunquan.usage.actions import end_refusals, warning_for

SERVICES = {2: "生产设备状态监控"}


def end(side: str = "client", kind: str = "ip", value: str = "120.79.10.8", **more: Any) -> dict[str, Any]:
    return {"service": "2", "side": side, "kind": kind, "value": value, **more}


CLOUD = end("cloud", "host", "mes.example.com")


def said(*ends: dict[str, Any]) -> set[tuple[str, str]]:
    return {(refusal.code, refusal.field) for refusal in end_refusals(services=SERVICES, ends=ends)}


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    "given",
    [
        end(),
        end(value="2001:db8::1"),
        end(kind="cidr", value="120.79.10.0/28"),
        end(kind="broadband", value="dg0769-demo"),
        end(kind="mobile", value="13800138000"),
        end(kind="device", value="CNC-0001"),
    ],
)
def test_each_kind_of_client_end_is_taken(given: dict[str, Any]) -> None:
    assert said(given, CLOUD) == set()


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (end(value="300.1.1.1"), ("bad_end", "ends-0-value")),
        (end(value=" "), ("bad_end", "ends-0-value")),
        (end(kind="cidr", value="120.79.10.0/40"), ("bad_end", "ends-0-value")),
        (end(kind="mobile", value="1380013800"), ("bad_end", "ends-0-value")),
        (end(kind="host", value="mes.example.com"), ("unknown_kind", "ends-0-kind")),
        (end(kind="broadband", value="x" * 121), ("bad_end", "ends-0-value")),
        (end(port="0"), ("bad_port", "ends-0-port")),
        (end(port="65536"), ("bad_port", "ends-0-port")),
        (end(port="http"), ("bad_port", "ends-0-port")),
    ],
)
def test_each_fault_stands_beside_its_field(given: dict[str, Any], fault: tuple[str, str]) -> None:
    assert said(given, CLOUD) == {fault}


@pytest.mark.clause("D47-5.12")
def test_every_service_needs_both_sides() -> None:
    assert said() == {("end_missing", "ends")}
    assert len(list(end_refusals(services={**SERVICES, 8: "供应链协同"}, ends=[end(), CLOUD]))) == 2
    assert said({**end(), "service": "x"}, CLOUD) == {
        ("unknown_service", "ends-0-service"),
        ("end_missing", "ends"),
    }


@pytest.mark.parametrize(
    ("side", "kind", "value", "warned"),
    [
        ("client", "ip", "192.168.1.8", "内网"),
        ("client", "ip", "127.0.0.1", "内网"),
        ("client", "ip", "224.0.0.1", "保留"),
        ("client", "cidr", "120.79.0.0/16", "较大"),
        ("client", "cidr", "120.79.10.0/24", ""),
        ("cloud", "cidr", "120.79.0.0/16", ""),
        ("client", "broadband", "dg0769", ""),
    ],
)
def test_an_end_that_proves_little_is_taken_with_a_warning(
    side: str, kind: str, value: str, warned: str
) -> None:
    told = warning_for(side=side, kind=kind, value=value)
    assert warned in told
    assert bool(told) == bool(warned)

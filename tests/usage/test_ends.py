"""Client and cloud ends: what is taken, what is refused, what an official should know (D47-5.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from yunquan.usage.checks import end_refusals
from yunquan.usage.ends import Declared, declared, said, weaknesses
from yunquan.usage.names import point_of

SERVICES = {2: "生产设备状态监控"}


def end(side: str = "client", kind: str = "ip", value: str = "14.23.10.8", **more: Any) -> dict[str, Any]:
    return {"service": "2", "side": side, "kind": kind, "value": value, **more}


CLOUD = end("cloud", "host", "mes.example.com")


def faults(*ends: dict[str, Any], counting: Sequence[int] = (2,)) -> set[tuple[str, str]]:
    found = end_refusals(services=SERVICES, ends=ends, counting=counting)
    return {(refusal.code, refusal.field) for refusal in found}


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (end(), "14.23.10.8"),
        (end(value=" １４.23.10.8 "), "14.23.10.8"),
        (end(value="::ffff:14.23.10.8"), "14.23.10.8"),
        (end(value="240E:03A1::0008"), "240e:3a1::8"),
        (end(kind="cidr", value="14.23.10.9/28"), "14.23.10.0/28"),
        (end(kind="broadband", value="07690000001@163.gd"), "07690000001@163.gd"),
        (end(kind="mobile", value="+86 138-0013-8000"), "13800138000"),
        (end(kind="device", value="CNC-0001"), "CNC-0001"),
        (end(kind="machine", value="PLC:00/17"), "PLC:00/17"),
        (end("cloud", "host", "MES.Example.com."), "mes.example.com"),
        (end("cloud", "ip", "203.107.1.1", port="443"), "203.107.1.1"),
        (end("cloud", "cidr", "203.107.1.0/24"), "203.107.1.0/24"),
    ],
)
def test_each_kind_is_taken_in_one_spelling_the_same_as_a_records(given: dict[str, Any], kept: str) -> None:
    other = CLOUD if given["side"] == "client" else end()
    assert faults(given, other) == set()
    value = declared(given).value
    assert value == kept
    if given["kind"] != "cidr":
        assert point_of(value) == point_of(str(given["value"]))


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (end(value="300.1.1.1"), ("bad_end", "ends-0-value")),
        (end(value="014.23.10.8"), ("bad_end", "ends-0-value")),
        (end(value="fe80::1%eth0"), ("bad_end", "ends-0-value")),
        (end(value="14.23.10.0/28"), ("bad_end", "ends-0-value")),
        (end(value=" "), ("bad_end", "ends-0-value")),
        (end(kind="cidr", value="14.23.10.0/40"), ("bad_end", "ends-0-value")),
        (end(kind="cidr", value="14.23.10.8"), ("bad_end", "ends-0-value")),
        (end(kind="cidr", value="0.0.0.0/0"), ("bad_end", "ends-0-value")),
        (end(kind="mobile", value="1380013800"), ("bad_end", "ends-0-value")),
        (end(kind="mobile", value="0769-22223333"), ("bad_end", "ends-0-value")),
        (end(kind="host", value="erp.example.com"), ("unknown_kind", "ends-0-kind")),
        (end(kind="broadband", value="x" * 121), ("bad_end", "ends-0-value")),
        (end(kind="broadband", value="带 空格"), ("bad_end", "ends-0-value")),
        (end(kind="device", value="#1"), ("bad_end", "ends-0-value")),
        (end("cloud", "broadband", "dg0769"), ("unknown_kind", "ends-0-kind")),
        (end("cloud", "host", "https://mes.example.com/login"), ("bad_end", "ends-0-value")),
        (end("cloud", "host", "erp"), ("bad_end", "ends-0-value")),
        (end(port="0"), ("bad_port", "ends-0-port")),
        (end(port="65536"), ("bad_port", "ends-0-port")),
        (end(port="http"), ("bad_port", "ends-0-port")),
        (end(kind="", value="x"), ("unknown_kind", "ends-0-kind")),
    ],
)
def test_each_fault_stands_beside_its_field(given: dict[str, Any], fault: tuple[str, str]) -> None:
    other = CLOUD if given["side"] == "client" else end()
    assert faults(given, other) == {fault}


@pytest.mark.clause("D47-5.12")
def test_every_service_needs_both_sides() -> None:
    assert faults() == {("end_missing", "ends")}
    assert len(end_refusals(services={**SERVICES, 8: "供应链协同"}, ends=[end(), CLOUD])) == 2
    assert faults({**end(), "service": "x"}, CLOUD) == {
        ("unknown_service", "ends-0-service"),
        ("end_missing", "ends"),
    }


@pytest.mark.clause("D47-5.12")
def test_only_a_service_that_counts_devices_may_name_industrial_devices() -> None:
    machine = end(kind="machine", value="CNC-0001")
    assert faults(machine, CLOUD, counting=[2]) == set()
    assert faults(machine, CLOUD, counting=[]) == {("machine_not_counted", "ends-0-kind")}


def test_the_same_end_twice_or_on_both_sides_is_named() -> None:
    assert faults(end(), end(value="::ffff:14.23.10.8"), CLOUD) == {("end_twice", "ends-1-value")}
    assert faults(end(), end("cloud", "ip"), CLOUD) == {("end_on_both_sides", "ends-1-value")}
    ports = [end("cloud", "ip", "203.107.1.1", port=port) for port in ("80", "443")]
    assert faults(end(), *ports) == set()
    many = [end(value=f"14.{n // 250}.1.{n % 250}") for n in range(501)]
    assert ("too_many_ends", "ends") in faults(*many, CLOUD)


BESIDE = [Declared(2, "cloud", "ip", "203.107.1.1")]


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (end(value="192.168.1.8"), ["private"]),
        (end(value="127.0.0.1"), ["private"]),
        (end(value="100.64.3.3"), ["private"]),
        (end(value="fd00::8"), ["private"]),
        (end(value="224.0.0.1"), ["reserved"]),
        (end(value="0.0.0.0"), ["reserved"]),
        (end(value="120.79.10.8"), ["provider"]),
        (end(value="203.107.1.1"), ["own_cloud"]),
        (end(value="198.19.250.1"), ["private"]),
        (end(kind="cidr", value="14.16.0.0/12"), ["wide"]),
        (end(kind="cidr", value="203.107.1.0/24"), ["own_cloud"]),
        (end(kind="cidr", value="47.96.0.0/16"), ["provider", "wide"]),
        (end(kind="cidr", value="14.23.10.0/24"), []),
        (end(kind="cidr", value="240e:3a1::/32"), ["wide"]),
        (end("cloud", "ip", "47.96.1.1"), []),
        (end("cloud", "ip", "10.0.0.1"), ["private"]),
        (end("cloud", "cidr", "47.96.0.0/15"), ["wide"]),
        (end("cloud", "host", "mes.example.com"), []),
        (end(kind="broadband", value="dg0769"), []),
    ],
)
def test_an_end_that_proves_little_is_taken_with_a_warning(given: dict[str, Any], codes: list[str]) -> None:
    found = weaknesses(declared(given), beside=BESIDE)
    assert [one.code for one in found] == codes
    assert bool(said(found)) == bool(codes)
    assert len(said(found)) <= 120


@pytest.mark.clause("D47-5.12")
def test_a_host_without_an_address_and_a_server_of_another_voucher_are_warned_of() -> None:
    host = declared(CLOUD)
    assert [one.code for one in weaknesses(host, beside=[host])] == ["no_address"]
    with_port = replace(host, port=443)
    assert [one.code for one in weaknesses(with_port, beside=[with_port])] == ["no_address", "host_port"]
    client = declared(end(value="203.107.9.9"))
    elsewhere = [ip_network("203.107.9.0/28")]
    assert [one.code for one in weaknesses(client, beside=[host], own_cloud=elsewhere)] == ["own_cloud"]

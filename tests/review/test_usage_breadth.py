"""No declaration of one voucher makes the night of all others long or impossible (D47-5.12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yunquan.usage.checks import end_refusals
from yunquan.usage.ends import ALLOWED, KINDS, BadEnd, declared
from yunquan.usage.rollup.expansion import write_tables
from yunquan.usage.rollup.registry import Registry

SERVICES = {2: "生产设备状态监控"}


def end(side: str, value: str, kind: str = "cidr") -> dict[str, Any]:
    return {"service": "2", "side": side, "kind": kind, "value": value, "port": ""}


def codes(ends: list[dict[str, Any]]) -> set[str]:
    return {one.code for one in end_refusals(services=SERVICES, ends=ends)}


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    "ends",
    [
        [end("client", "2400::/20"), end("cloud", "2600::/20")],
        [end("client", "2400::/31"), end("cloud", "2600::/31")],
        [end("client", f"14.{n}.0.0/26") for n in range(100)]
        + [end("cloud", f"203.107.{n}.0/26") for n in range(100)],
        [end("client", f"{n}.0.0.0/8") for n in range(20, 60)]
        + [end("cloud", f"{n}.0.0.0/8") for n in range(120, 160)],
    ],
)
def test_ends_that_make_more_pairs_than_any_plant_has_are_refused(ends: list[dict[str, Any]]) -> None:
    assert codes(ends) == {"ends_too_broad"}


@pytest.mark.parametrize(
    "ends",
    [
        [end("client", "14.23.0.0/22"), *(end("cloud", f"203.107.1.{n}", "ip") for n in range(1, 17))],
        [end("client", "240e:3a1::/56"), end("cloud", "2408:4000::/32")],
        [end("client", "2400::/32"), end("cloud", "2600::/32")],
        [end("client", "14.0.0.0/8"), end("cloud", "mes.example.cn", "host")],
        [*(end("client", f"14.23.1.{n}", "ip") for n in range(1, 240)), end("cloud", "203.107.0.0/16")],
    ],
)
def test_wide_ends_that_can_be_matched_are_taken(ends: list[dict[str, Any]], tmp_path: Path) -> None:
    assert codes(ends) == set()
    rows = [{"voucher": "V1", "end": one["side"], **one} for one in ends]
    write_tables(Registry.of(rows), tmp_path)


TEXTS = [
    "14.23.10.8", "2001:db8::1", "10.0.0.0/8", "240e:3a1::/56", "::ffff:14.23.10.8", "12345", "abc:def::1", "1.2.3",
    "GZ-0001", "gd1@163.gd", "13800138000", "8613800138000", "+86 138-0013-8000", "MES.Example.CN", "a.b-.cn", "::",
    "fe80::1", "0.0.0.0", "1:2:3:4:5:6:7:8", "dead:beef::", "mes.example.cn.", "上海.中国", "a" * 64 + ".cn", "x.1",
    "１４.23.10.8", "::/19", "::ffff:0:0/96", "::fffe:0:0/95", "224.0.0.0/4",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_declared_can_be_matched_or_is_refused_at_the_declaration(kind: str) -> None:
    for text in TEXTS:
        for side, kinds in ALLOWED.items():
            if kind not in kinds:
                continue
            try:
                one = declared({"service": "2", "side": side, "kind": kind, "value": text, "port": ""})
            except BadEnd:
                continue
            row = {"voucher": "V1", "service": 2, "end": side, "value": one.value, "port": None}
            Registry.of([{**row, "kind": "device" if kind == "machine" else kind}])

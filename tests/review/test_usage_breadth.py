"""No declaration of one voucher makes the night of all others long or impossible (D47-5.12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from yunquan.usage.checks import end_refusals
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

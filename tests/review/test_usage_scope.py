"""Logs that a supplier delivers speak of its own vouchers alone, whatever hosts stand in them (D47-5.12, A1)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from yunquan.usage.layouts import Options
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store

DAY = date(2019, 3, 4)


def registry(*scopes: str) -> Registry:
    """A voucher of each supplier; all of them name the same client and the same hosts of the cloud."""
    ends = [
        ("client", "ip", "14.23.10.8"),
        ("client", "cidr", "14.24.0.0/16"),
        ("cloud", "host", "mes.example.cn"),
        ("cloud", "cidr", "203.107.0.0/16"),
    ]
    return Registry.of(
        {
            "voucher": f"V{scope[-1:]}",
            "service": "2",
            "end": side,
            "kind": kind,
            "value": value,
            "scope": scope,
        }
        for scope in scopes
        for side, kind, value in ends
    )


def deliver(
    store: Store, folder: Path, name: str, scope: str, seconds: range, source: str = "application"
) -> None:
    path = folder / f"{name}.jsonl"
    lines = [
        {"time": f"2019-03-04T09:00:{second:02}+08:00", "user": "U1", "ip": ip, "host": host, "action": "x"}
        for second in seconds
        for ip, host in (
            ("14.23.10.8", "mes.example.cn"),
            ("14.24.1.1", "mes.example.cn"),
            ("14.24.1.1", "203.107.9.9"),
        )
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    store.load(path, source=source, options=Options(now=datetime.now(UTC)), scope=scope)


def counted(store: Store, groups: Registry) -> dict[str, int]:
    update(store, groups)
    return {row.voucher: row.total.records for row in figures(store, groups, DAY, DAY)}


@pytest.mark.clause("D47-5.12")
def test_a_supplier_cannot_add_to_the_use_of_another_suppliers_voucher(tmp_path: Path) -> None:
    store, groups = Store(tmp_path / "store"), registry("supplier:1", "supplier:2")
    deliver(store, tmp_path, "one", "supplier:1", range(10))
    assert counted(store, groups) == {"V1": 30, "V2": 0}
    deliver(store, tmp_path, "two", "supplier:2", range(20, 25))
    assert counted(store, groups) == {"V1": 30, "V2": 15}


@pytest.mark.clause("D47-5.12")
def test_what_the_province_delivers_speaks_of_every_voucher_and_counts_once(tmp_path: Path) -> None:
    store, groups = Store(tmp_path / "store"), registry("supplier:1", "supplier:2")
    deliver(store, tmp_path, "all", "", range(10))
    deliver(store, tmp_path, "one", "supplier:1", range(5, 15))
    assert counted(store, groups) == {"V1": 45, "V2": 30}


def test_a_registry_without_suppliers_is_held_against_everything(tmp_path: Path) -> None:
    store, groups = Store(tmp_path / "store"), registry("")
    deliver(store, tmp_path, "one", "supplier:1", range(10))
    deliver(store, tmp_path, "two", "supplier:2", range(5, 15))
    assert counted(store, groups) == {"V": 45}


def test_another_supplier_makes_another_group(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    deliver(store, tmp_path, "one", "supplier:1", range(10))
    first, second = registry("supplier:1"), registry("supplier:2")
    assert counted(store, first) == {"V1": 30}
    assert counted(store, second) == {"V2": 0}
    assert first.groups[0].number != second.groups[0].number

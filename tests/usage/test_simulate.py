"""A synthetic year is labelled, invented, the same for the same seed, and honest where it says so."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import CliRunner

from yunquan.config.cli import main
from yunquan.policy.rulebook import load_pack
from yunquan.usage.networks import HARMLESS, built_in, read_networks
from yunquan.usage.rollup.registry import read_registry
from yunquan.usage.simulate import FRAUDS, simulate

FROM_ON, TO_ON = date(2019, 1, 20), date(2019, 4, 10)
WEEKS = timedelta(weeks=3)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synthetic") / "year"
    simulate(out, seed=5, vouchers=60, from_on=FROM_ON, to_on=TO_ON, frauds=0.4)
    return out


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("first", 5), ("again", 5), ("other", 6)):
        simulate(tmp_path / name, seed=seed, vouchers=24, from_on=FROM_ON, to_on=FROM_ON + WEEKS, frauds=0.5)
    assert _digests(tmp_path / "first") == _digests(tmp_path / "again")
    assert _digests(tmp_path / "first") != _digests(tmp_path / "other")


def test_every_kind_of_fraud_is_planted_and_labelled(year: Path) -> None:
    labels = _rows(year / "labels.csv")
    planted = Counter(row["fraud"] for row in labels if row["fraud"])
    assert set(planted) == set(FRAUDS) and sum(planted.values()) == 24
    registered = {(row["voucher"], row["service"]) for row in _rows(year / "registry.csv")}
    assert {(row["voucher"], row["service"]) for row in labels} == registered


def test_everything_says_that_it_is_synthetic(year: Path) -> None:
    assert "SYNTHETIC" in (year / "SYNTHETIC.txt").read_text(encoding="utf-8")
    for folder in ("operator", "application"):
        assert all(path.name.startswith("synthetic-") for path in (year / folder).iterdir())
    registry = _rows(year / "registry.csv")
    for column in ("enterprise", "supplier"):
        assert all(row[column].startswith("合成") and "虚构" in row[column] for row in registry)
    for path in (year / "application").iterdir():
        assert "synthetic" in path.read_text(encoding="utf-8").splitlines()[0]


def test_no_address_or_number_can_belong_to_anyone(year: Path) -> None:
    table = built_in()
    for group in read_registry(year / "registry.csv").groups:
        for end in group.ends:
            if end.name is None:
                network = table.owner_of(
                    (end.first >> 64) - (1 << 63), (end.first & (1 << 64) - 1) - (1 << 63)
                )
                assert network is not None and (network.kind in HARMLESS or network.kind == "private")
            elif end.side == "client":
                assert end.name.startswith(("SYN-", "1000"))
            else:
                assert end.name.endswith(".example")


def test_all_kinds_of_ends_and_of_plants_appear(year: Path) -> None:
    registry = _rows(year / "registry.csv")
    assert {row["kind"] for row in registry} == {"ip", "cidr", "broadband", "mobile", "device", "host"}
    assert any(":" in row["value"] for row in registry)
    assert {row["shifts"] for row in registry} == {"1", "2", "3"}
    services = load_pack("gd-2018").services(TO_ON)
    counted = {str(one.number) for one in services if one.counts_devices}
    assert {row["service"] for row in registry if row["devices"]} == counted
    assert len({row["enterprise"] for row in registry}) < len({row["voucher"] for row in registry})


def test_honest_plants_are_shut_at_spring_festival(year: Path) -> None:
    names = {row["voucher"]: row for row in _rows(year / "registry.csv")}
    honest = {row["voucher"] for row in _rows(year / "labels.csv") if not row["fraud"]}
    single = {
        row["value"]
        for row in _rows(year / "registry.csv")
        if row["end"] == "client" and row["voucher"] in honest and names[row["voucher"]]["shifts"] == "1"
    }
    days = Counter(
        row["start"][:10]
        for path in sorted((year / "operator").iterdir())
        for row in _rows(path)
        if row["client"] in single
    )
    assert sum(days[f"2019-02-{day:02}"] for day in range(4, 11)) == 0
    assert days["2019-03-05"] > 20


def test_the_networks_of_the_synthetic_world_can_be_read(year: Path) -> None:
    table = read_networks(year / "networks.yaml")
    assert {network.kind for starts in table.owners.values() for network in starts.values()} == {
        "cloud",
        "data_centre",
        "supplier",
    }
    regions = {region for starts in table.regions.values() for region in starts.values()}
    assert {row["region"] for row in _rows(year / "registry.csv")} <= regions
    assert ip_network("198.18.0.0/15").num_addresses == 8 * 2**14


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--vouchers", "0"], "0"),
        (["--vouchers", "99999"], "券数应在"),
        (["--frauds", "1.5"], "1.5"),
        (["--from", "2019-02-01", "--to", "2019-01-01"], "止日不能早于起日"),
        (["--from", "yesterday"], "yesterday"),
    ],
)
def test_figures_that_make_no_sense_are_refused(tmp_path: Path, arguments: list[str], said: str) -> None:
    run = CliRunner().invoke(main, ["usage", "simulate", "--out", str(tmp_path / "out"), *arguments])
    assert run.exit_code == 2 and said in run.output
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    run = CliRunner().invoke(main, ["usage", "simulate", "--out", str(tmp_path)])
    assert run.exit_code == 2 and "不是空的" in run.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_short_period_without_frauds_can_be_written(tmp_path: Path) -> None:
    out = tmp_path / "day"
    written = simulate(out, seed=1, vouchers=3, from_on=date(2019, 3, 4), to_on=date(2019, 3, 4), frauds=0)
    assert written.services >= 3 and not written.frauds

"""The table of networks says whose an address is, by the narrowest range, and refuses what it can't read."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from yunquan.usage.ends import provider_of
from yunquan.usage.networks import (
    HARMLESS,
    KINDS,
    NetworksError,
    built_in,
    networks_for,
    read_networks,
)
from yunquan.usage.records import address
from yunquan.usage.signals.clients import same_city


@pytest.mark.clause("D47-5.12")
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("10.1.2.3", "private"),
        ("100.64.9.9", "private"),
        ("fd00::1", "private"),
        ("169.254.1.1", "reserved"),
        ("ff02::1", "reserved"),
        ("::1", "reserved"),
        ("120.79.10.8", "cloud"),
        ("::ffff:120.79.10.8", "cloud"),
        ("2408:4001::1", "cloud"),
        ("198.18.3.4", "example"),
        ("2001:db8::1", "example"),
    ],
)
def test_an_address_is_told_by_its_range(text: str, kind: str) -> None:
    network = built_in().owner_of(*address(text)[:2])
    assert network is not None and network.kind == kind
    assert network.owner and network.source and network.as_of


@pytest.mark.parametrize("text", ["14.23.10.8", "240e:1::1", "113.108.1.1"])
def test_an_operators_address_is_nobody_elses(text: str) -> None:
    assert built_in().owner_of(*address(text)[:2]) is None


def test_every_kind_is_named_and_no_range_is_wider_than_a_provider_holds() -> None:
    table = built_in()
    assert set(KINDS) > HARMLESS
    for network in table.of_kind("cloud"):
        whole = ip_network(network.written)
        assert whole.is_global and whole.prefixlen >= (10 if whole.version == 4 else 20)
    assert table.regions == {}


def test_the_declaration_of_ends_and_the_signals_go_by_one_table() -> None:
    for network in built_in().of_kind("cloud"):
        assert provider_of(ip_network(network.written)) == network.owner


def test_the_provinces_own_table_lies_over_the_built_in_one(tmp_path: Path) -> None:
    assert networks_for(tmp_path) is built_in()
    (tmp_path / "networks.yaml").write_text(
        "ranges:\n"
        "  - {kind: supplier, owner: 合成供应商, as_of: 2018-01-01, source: 合成, networks: [120.79.10.0/24]}\n"
        "regions:\n"
        '  - {region: "441900", networks: [14.0.0.0/8]}\n'
        '  - {region: "440100", networks: [14.23.0.0/16]}\n',
        encoding="utf-8",
    )
    table = networks_for(tmp_path)
    for text, kind in (("120.79.10.8", "supplier"), ("120.79.11.8", "cloud"), ("10.0.0.1", "private")):
        network = table.owner_of(*address(text)[:2])
        assert network is not None and network.kind == kind
    assert [table.region_of(*address(text)[:2]) for text in ("14.23.1.1", "14.24.1.1", "15.0.0.1")] == [
        "440100",
        "441900",
        None,
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- a\n", "应有 edition"),
        ("rangs: []\n", "应有 edition"),
        ("ranges: [\n", "不是 YAML"),
        (
            "ranges:\n  - {kind: moon, owner: a, as_of: b, source: c, networks: [10.0.0.0/8]}\n",
            "类别“moon”无效",
        ),
        ("ranges:\n  - {kind: cloud, as_of: b, source: c, networks: [10.0.0.0/8]}\n", "第 1 条：缺少 owner"),
        ("ranges:\n  - {kind: cloud, owner: a, as_of: b, source: c, networks: 10.0.0.0/8}\n", "网段列表"),
        ("regions:\n  - {region: 1, networks: [10.0.0.1/8]}\n", "“10.0.0.1/8”不是网段"),
    ],
)
def test_a_table_that_does_not_hold_is_refused_with_the_place(
    tmp_path: Path, written: str, said: str
) -> None:
    path = tmp_path / "networks.yaml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(NetworksError, match=r"networks\.yaml") as refused:
        read_networks(path)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("441900", "441900", True),
        ("441302", "441300", True),
        ("440000", "441900", True),
        ("440100", "441900", False),
        ("东莞市", "东莞市", True),
        ("东莞市", "441900", False),
    ],
)
def test_codes_of_one_city_are_the_same_place(one: str, other: str, same: bool) -> None:
    assert same_city(one, other) is same_city(other, one) is same

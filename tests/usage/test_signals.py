"""Each signal finds its cheat, with rows that show it, and leaves the honest look-alike alone."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from tests.usage.town import FROM_ON, TO_ON, Town, working_days
from yunquan.policy.rulebook import load_pack
from yunquan.usage.networks import built_in
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.signals import NOTHING, SIGNALS, Signal, evaluate, facts_on, not_computed

Found = dict[str, dict[str, Signal]]
DAYS = working_days()
CLAIM, PAID = date(2019, 5, 6), date(2019, 5, 6)


def _share_clients(town: Town) -> None:
    for voucher in ("shared-a", "shared-b"):
        town.factory(voucher, clients=["198.18.200.1"])
    town.factories["shared-a"].use(DAYS)
    # One enterprise with two vouchers works from one line.
    for voucher, cloud in (("own-a", "203.0.113.9"), ("own-b", "203.0.113.8")):
        town.factory(voucher, clients=["198.18.201.1"], enterprise="合成企业自有（虚构）", cloud=cloud).use(
            DAYS
        )
    # A guest from another enterprise now and then.
    town.factory("host", clients=["198.18.202.1", "198.18.203.1"]).use(
        DAYS, clients=["198.18.202.1"], a_day=30
    )
    town.factory("guest", clients=["198.18.204.1", "198.18.203.1"]).use(
        DAYS, clients=["198.18.204.1"], a_day=30
    )
    town.factories["guest"].use(DAYS[::9], clients=["198.18.203.1"], a_day=2)


def _foreign_clients(town: Town) -> None:
    town.factory("private", clients=["192.168.3.4"]).use(DAYS)
    town.factory("cloud", clients=["120.79.10.8"]).use(DAYS)
    town.factory("server", clients=["203.0.113.77"]).use(DAYS)
    town.factory("its-supplier", cloud="203.0.113.77").use(DAYS)
    own = town.factory("traveller", clients=["198.18.205.1", "120.79.10.9"])
    own.use(DAYS, clients=["198.18.205.1"], a_day=20)
    own.use(DAYS[::4], clients=["120.79.10.9"], a_day=3)


def _machines(town: Town) -> None:
    clock, sleeper = town.factory("clock"), town.factory("sleeper")
    burst, heartbeat = town.factory("burst"), town.factory("heartbeat", service="2", clients=["198.18.206.1"])
    for day in DAYS:
        slots = 8 * 3600 + np.arange(60) * 600
        clock.at(day, slots + clock.rng.integers(0, 30, 60), clients=clock.clients[:1])
        sleeper.at(
            day, 8 * 3600 + np.cumsum(307 + sleeper.rng.integers(0, 5, 80)), clients=sleeper.clients[:1]
        )
        # One look at the screen makes twelve requests within seconds.
        for look in burst.rng.integers(8 * 3600, 18 * 3600, 2):
            burst.at(day, look + np.sort(burst.rng.integers(0, 20, 12)), clients=burst.clients[:1])
        heartbeat.at(day, slots + heartbeat.rng.integers(0, 30, 60))


def _volumes(town: Town) -> None:
    town.factory("same-volume").use(DAYS, volume=4_000_000)
    # A device's frames are of one length, so its days are near each other, but never the same.
    device = town.factory("frames", service="2")
    for day in DAYS:
        device.use([day], volume=900_000 + 512 * int(device.rng.integers(0, 8)))


def _claims(town: Town) -> None:
    near = working_days(CLAIM - timedelta(days=12), CLAIM + timedelta(days=5))
    town.factory("for-the-claim", claimed_on=CLAIM).use(near, a_day=30)
    town.factory("just-started", claimed_on=CLAIM).use(
        [day for day in DAYS if day >= CLAIM - timedelta(days=10)]
    )
    before = [day for day in DAYS if day <= PAID]
    town.factory("paid-and-gone", paid_on=PAID).use(before)
    town.factory("still-some", paid_on=PAID).use(before)
    # Fewer orders, and two weeks of a broken line.
    fewer = [day for day in DAYS if day > PAID + timedelta(days=14)]
    town.factories["still-some"].use(fewer, a_day=4)


def _two_sources(town: Town) -> None:
    invented = town.factory("only-logged")
    invented.use(DAYS, connected=False)
    invented.use(DAYS[::8], a_day=2, logged=False)
    silent = town.factory("silent-supplier", supplier="合成供应商乙（虚构）", cloud="203.0.113.20")
    silent.use(DAYS, logged=False)
    lost = town.factory("lost-weeks", supplier="合成供应商丙（虚构）", cloud="203.0.113.21")
    lost.use(DAYS[:30])
    lost.use(DAYS[30:], logged=False)


def _copies(town: Town) -> None:
    original = town.factory("original")
    original.use(DAYS, a_day=15)
    copier = town.factory("copier")
    rng = np.random.default_rng(7)
    own = [line for line in town.lines if line[2] in original.clients]
    for user, time, _, host, size in own:
        if rng.random() > 0.02:
            town.lines.append((user.replace("original", "copier"), time, copier.clients[0], host, size))
    # Two vouchers of one enterprise may well be used in step.
    for voucher in ("step-a", "step-b"):
        town.factory(voucher, enterprise="合成企业同步（虚构）")
    for day in DAYS:
        seconds = np.sort(rng.integers(8 * 3600, 18 * 3600, 10))
        for voucher in ("step-a", "step-b"):
            town.factories[voucher].at(day, seconds)


def _devices(town: Town) -> None:
    for voucher, seen in (("few-devices", 4), ("most-devices", 9)):
        names = [f"{voucher}-{number}" for number in range(10)]
        made = town.factory(voucher, service="2", kind="device", clients=names, devices=10)
        made.use(DAYS, clients=names[:seen], logged=False)
    gateway = town.factory("gateway", service="2", clients=["198.18.207.1"], devices=10)
    gateway.use(DAYS, logged=False)


def _users(town: Town) -> None:
    town.factory("one-name").use(DAYS, a_day=60, users=["同一人"])
    town.factory("one-clerk").use(DAYS, a_day=8, users=["文员"])


def _nights(town: Town) -> None:
    night = town.factory("night", shifts="1")
    night.use(DAYS, a_day=4)
    night.use(DAYS, a_day=10, hours=(0, 5))
    overtime = town.factory("overtime", shifts="1")
    overtime.use(DAYS, hours=(8, 21.5))
    overtime.use([day + timedelta(days=1) for day in DAYS if day.weekday() == 4 and day < TO_ON], a_day=8)
    town.factory("three-shifts", shifts="3").use(DAYS, a_day=20, hours=(0, 24))


def _regions(town: Town) -> None:
    town.factory("elsewhere", region="441900", clients=["198.18.150.1"]).use(DAYS)
    town.factory("at-home", region="441900", clients=["198.18.110.1"]).use(DAYS)
    town.factory("unknown-network", region="441900", clients=["2001:db8:9::1"]).use(DAYS)


CHEATS = {
    "shared-a": "shared_client",
    "shared-b": "shared_client",
    "private": "client_origin",
    "cloud": "client_origin",
    "server": "client_origin",
    "clock": "machine_intervals",
    "sleeper": "machine_intervals",
    "same-volume": "identical_volume",
    "for-the-claim": "only_around_claim",
    "paid-and-gone": "stops_after_payment",
    "only-logged": "sources_disagree",
    "copier": "copied_log",
    "few-devices": "missing_devices",
    "one-name": "one_user",
    "night": "shut_hours",
    "elsewhere": "wrong_region",
}
LOOK_ALIKES = {
    "own-a": "one enterprise with two vouchers works from one line",
    "own-b": "the same",
    "host": "a guest from another enterprise uses its line now and then",
    "guest": "the same",
    "its-supplier": "another voucher's client is its application's server",
    "traveller": "a tenth of the use comes through a cloud",
    "burst": "one look at the screen makes twelve requests",
    "heartbeat": "a networked device reports every ten minutes",
    "frames": "a device's frames are of one length",
    "just-started": "the service began ten days before the claim and goes on",
    "still-some": "fewer orders after the payment, and a broken line",
    "silent-supplier": "the supplier delivered no log",
    "lost-weeks": "the supplier's log of some weeks is lost",
    "original": "its log was copied, the operator bears it out",
    "step-a": "two vouchers of one enterprise are used in step",
    "step-b": "the same",
    "most-devices": "one of ten devices was in repair",
    "gateway": "all devices stand behind one address",
    "one-clerk": "a small firm has one clerk",
    "overtime": "overtime in the evening and on Saturdays",
    "three-shifts": "a plant that never shuts",
    "at-home": "clients in the enterprise's own city",
    "unknown-network": "the table does not know the network",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    town = Town()
    for build in (
        _share_clients,
        _foreign_clients,
        _machines,
        _volumes,
        _claims,
        _two_sources,
        _copies,
        _devices,
        _users,
        _nights,
        _regions,
    ):
        build(town)
    assert set(town.factories) == set(CHEATS) | set(LOOK_ALIKES)
    return town.found(tmp_path_factory.mktemp("town"))


@pytest.mark.clause("D47-5.13")
@pytest.mark.parametrize(("voucher", "code"), CHEATS.items(), ids=list(CHEATS))
def test_a_cheat_is_signalled_with_its_evidence(found: Found, voucher: str, code: str) -> None:
    signal = found[voucher][code]
    assert 1 <= len(signal.evidence) <= 20
    assert all(row for row in signal.evidence)
    assert "%" in signal.text and signal.title


@pytest.mark.clause("D47-5.13")
@pytest.mark.parametrize("voucher", LOOK_ALIKES, ids=list(LOOK_ALIKES))
def test_an_honest_look_alike_has_no_signal(found: Found, voucher: str) -> None:
    assert found.get(voucher, {}) == {}, LOOK_ALIKES[voucher]


def test_every_signal_has_a_cheat_that_shows_it() -> None:
    assert set(CHEATS.values()) == set(SIGNALS)


def test_a_cheat_raises_no_other_signal_than_its_own(found: Found) -> None:
    others = {
        voucher: sorted(set(found[voucher]) - {code})
        for voucher, code in CHEATS.items()
        # A log that only the application knows is both copied and without any connection.
        if set(found[voucher]) - {code} and voucher != "copier"
    }
    assert others == {}


def test_evidence_names_clients_days_and_numbers(found: Found) -> None:
    shared = found["shared-a"]["shared_client"].evidence[0]
    assert shared["client"] == "198.18.200.1" and shared["vouchers"] == "shared-a、shared-b"
    origin = found["server"]["client_origin"].evidence[0]
    assert origin["owner"] == "券 its-supplier 登记的公有云应用端"
    assert found["cloud"]["client_origin"].evidence[0]["owner"].startswith("阿里云")
    assert "600 秒" in found["clock"]["machine_intervals"].text
    assert {row["bytes"] for row in found["same-volume"]["identical_volume"].evidence} == {4_000_000}
    assert found["few-devices"]["missing_devices"].evidence == ({"claimed": 10, "seen": 4},)
    assert found["copier"]["copied_log"].evidence[0]["other_voucher"] == "original"
    assert found["elsewhere"]["wrong_region"].evidence[0]["region"] == "440100"
    disagree = found["only-logged"]["sources_disagree"].evidence
    assert all(FROM_ON <= row["day"] <= TO_ON for row in disagree)


def test_the_folder_of_a_town_is_read_again_with_the_same_result(tmp_path: Path) -> None:
    town = Town()
    town.factory("same-volume").use(DAYS[:20], volume=4_000_000)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    assert town.found(tmp_path / "one") == town.found(tmp_path / "two")


def test_without_facts_a_signal_is_not_computed_and_says_for_want_of_what() -> None:
    rulebook = load_pack("gd-2018")
    bare = {"voucher": "V", "service": "5", "end": "client", "kind": "ip", "value": "198.18.1.1"}
    with closing(duckdb.connect(":memory:")) as connection:
        connection.execute(f"create temp view rollup as {NOTHING}")
        facts = facts_on(connection, Registry.of([bare]), {}, FROM_ON, TO_ON, rulebook, networks=built_in())
        assert evaluate(facts) == {}
        wanting = not_computed(facts, ("V", "5"))
    assert wanting == {
        "wrong_region": "没有网段归属地表",
        "shut_hours": "登记表没有班次",
        "only_around_claim": "登记表没有申请兑现日期",
        "stops_after_payment": "登记表没有兑付日期",
        "missing_devices": "登记表没有申报台套数",
    }


def test_thresholds_come_from_the_rules_of_the_day(found: Found) -> None:
    rulebook = load_pack("gd-2018")
    for code in SIGNALS:
        dated = rulebook.value(f"usage.signal.{code}", TO_ON)
        assert dated.meaning.startswith("假定") and dated.article == "D47-5.13"
    assert rulebook.find("usage.signal.one_user", date(2018, 1, 1)) is None


def test_without_enterprises_each_voucher_stands_for_one_and_the_signal_says_so(tmp_path: Path) -> None:
    town = Town()
    for voucher in ("one", "two"):
        town.factory(voucher, clients=["198.18.1.1"], enterprise="", supplier="").use(DAYS[:10])
    found = town.found(tmp_path)
    assert set(found["one"]) == {"shared_client"}
    assert "每张券按一家企业算" in found["one"]["shared_client"].text


def test_someone_punctual_is_no_machine(tmp_path: Path) -> None:
    town = Town()
    punctual = town.factory("punctual")
    for day in DAYS:
        punctual.at(day, [8 * 3600 + int(punctual.rng.normal(0, 120))], users=["文员"])
    assert town.found(tmp_path) == {}

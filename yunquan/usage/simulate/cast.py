"""Who appears in a synthetic year: invented factories, their clients, suppliers and dates, and who cheats how."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from ipaddress import IPv4Address

import numpy as np

FRAUDS = (
    "shared_client",
    "client_origin",
    "machine_intervals",
    "identical_volume",
    "only_around_claim",
    "stops_after_payment",
    "sources_disagree",
    "copied_log",
    "missing_devices",
    "one_user",
    "shut_hours",
    "wrong_region",
)
# These need two enterprises each time.
IN_PAIRS = ("shared_client", "copied_log")
CITIES = ("440100", "440300", "440600", "441900", "442000", "441300", "440500", "440800")
_BENCH = int(IPv4Address("198.18.0.0"))
_CITY_SPAN, _BLOCK = 1 << 14, 8
MOST_VOUCHERS = len(CITIES) * _CITY_SPAN // _BLOCK // 2
SUPPLIER_PLACES = 40
_LINE_KINDS = ("ip", "cidr", "ipv6", "broadband", "mobile")


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client end; `seen_as` is how the operator's file names it, empty where only the log shows it."""

    kind: str
    value: str
    seen_as: tuple[str, ...] = ()
    logged_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cloud:
    """A supplier's application: its address, host and port."""

    supplier: int
    address: str
    host: str
    port: int


@dataclass(frozen=True)
class Plant:
    """One service of one voucher, with all that decides its traffic."""

    index: int
    voucher: str
    service: int
    enterprise: str
    city: str
    shifts: int
    clients: tuple[Client, ...]
    cloud: Cloud
    users: int
    level: float  # sessions on an ordinary working day
    growth: float  # factor over the whole period
    works_saturdays: bool
    live_on: date
    claimed_on: date | None
    paid_on: date | None
    devices: int = 0
    heartbeat: int = 0  # seconds
    fraud: str = ""
    twin: int | None = None  # the plant whose clients or log it shares
    is_connected: bool = True  # the operator has records of it at all
    seeds: tuple[int, ...] = field(default=())

    @property
    def operator_ends(self) -> tuple[str, ...]:
        return tuple(end for client in self.clients for end in client.seen_as)

    @property
    def logged_ends(self) -> tuple[str, ...]:
        return tuple(end for client in self.clients for end in client.logged_as)


def address_block(city: int, place: int) -> int:
    """The first of the eight IPv4 addresses of one enterprise, in 198.18.0.0/15 (RFC 2544), by city."""
    return _BENCH + city * _CITY_SPAN + place * _BLOCK


def draw_cast(
    *,
    seed: int,
    vouchers: int,
    from_on: date,
    to_on: date,
    frauds: float,
    services: tuple[int, ...],
    device_services: tuple[int, ...],
) -> list[Plant]:
    """Draw all plants; the same seed and figures give the same plants."""
    rng = np.random.default_rng([seed, 0])
    kinds = _fraud_kinds(round(vouchers * frauds))
    order = rng.permutation(vouchers)
    fraud_of = {int(place): kind for place, kind in zip(order, kinds, strict=False)}
    suppliers = max(3, min(SUPPLIER_PLACES, vouchers // 30))
    plants: list[Plant] = []
    for place in range(vouchers):
        # Each plant draws from a generator of its own, so that one more draw here moves no other plant.
        own = np.random.default_rng([seed, 1, place])
        fraud = fraud_of.get(place, "")
        plant = _draw(own, place, fraud, suppliers, from_on, to_on, services, device_services)
        plants.append(replace(plant, seeds=(seed, 2, place)))
    _pair(plants, [int(place) for place in order[: len(kinds)]], kinds, rng)
    return _with_companions(plants, seed, services, rng)


def _fraud_kinds(count: int) -> list[str]:
    """So many frauds, evenly over the kinds, those that need two always two in a row."""
    kinds: list[str] = []
    while len(kinds) < count:
        for kind in FRAUDS:
            kinds += [kind, kind] if kind in IN_PAIRS else [kind]
    kinds = kinds[:count]
    for kind in IN_PAIRS:
        if kinds.count(kind) % 2:
            kinds[len(kinds) - 1 - kinds[::-1].index(kind)] = "machine_intervals"
    return kinds


def _draw(
    rng: np.random.Generator,
    place: int,
    fraud: str,
    suppliers: int,
    from_on: date,
    to_on: date,
    services: tuple[int, ...],
    device_services: tuple[int, ...],
) -> Plant:
    span = (to_on - from_on).days
    is_device = fraud == "missing_devices" or (not fraud and rng.random() < 0.12)
    city = int(rng.integers(len(CITIES)))
    shifts = int(rng.choice([1, 1, 1, 2, 2, 3])) if fraud != "shut_hours" else 1
    live_on = from_on + timedelta(days=int(span * rng.uniform(0, 0.3)))
    claimed_on: date | None = live_on + timedelta(days=int(rng.uniform(60, max(61, span * 0.5))))
    paid_on: date | None = claimed_on + timedelta(days=int(rng.uniform(25, 50))) if claimed_on else None
    if fraud in ("only_around_claim", "stops_after_payment"):
        claimed_on = from_on + timedelta(days=int(span * rng.uniform(0.3, 0.5)))
        paid_on = claimed_on + timedelta(days=30)
    elif claimed_on is not None and claimed_on > to_on:
        claimed_on = None
    supplier = int(rng.integers(suppliers))
    level = float(rng.lognormal(np.log(12), 0.4))
    users = max(1, round(level / 4 * rng.uniform(0.7, 1.4)))
    if fraud == "one_user":
        # One person's clicks for a whole plant; fewer than that is any small firm's one clerk.
        level, users = max(level, 28.0), 1
    elif users == 1 and level > 8:
        users = 2
    plant = Plant(
        index=place,
        voucher=f"SYN{from_on.year}-{place + 1:05}",
        service=int(rng.choice(device_services if is_device else services)),
        enterprise=f"合成企业{place + 1:05}（虚构）",
        city=CITIES[city],
        shifts=shifts,
        clients=(),
        cloud=cloud_of(supplier, 0),
        users=users,
        level=level,
        growth=float(rng.uniform(0.6, 1.8)) if fraud != "one_user" else 1.2,
        works_saturdays=bool(rng.random() < 0.5),
        live_on=live_on,
        claimed_on=claimed_on,
        paid_on=paid_on if paid_on is not None and paid_on <= to_on else None,
        devices=int(rng.integers(4, 10)) if is_device else 0,
        heartbeat=int(rng.choice([3600, 7200])) if is_device else 0,
        fraud=fraud,
    )
    return replace(plant, clients=_clients(rng, plant, city))


def cloud_of(supplier: int, application: int) -> Cloud:
    """A supplier's application in TEST-NET-3; the second one listens on another port of the same address."""
    return Cloud(
        supplier,
        f"203.0.113.{1 + supplier}",
        f"app{application + 1}.synthetic-supplier-{supplier + 1:02}.example",
        (443, 8443)[application],
    )


def _clients(rng: np.random.Generator, plant: Plant, city: int) -> tuple[Client, ...]:
    fraud = plant.fraud
    if fraud == "wrong_region":
        city = (city + 1 + int(rng.integers(len(CITIES) - 1))) % len(CITIES)
    # Cities fill independently, so that two plants never have the same block.
    place = plant.index % (_CITY_SPAN // _BLOCK)
    start = address_block(city, place)
    count = int(rng.integers(1, 4))
    if fraud == "client_origin":
        return tuple(_single(text) for text in _foreign(rng, plant.index, count))
    if plant.devices:
        named = tuple(
            Client("device", name, (name,))
            for name in (f"SYN-DEV-{plant.index + 1:05}-{n + 1:02}" for n in range(plant.devices))
        )
        gateway = str(IPv4Address(start))
        return (*named, Client("ip", gateway, (), (gateway,)))
    kind = str(rng.choice(_LINE_KINDS, p=[0.4, 0.2, 0.12, 0.18, 0.1]))
    if fraud == "wrong_region" and kind in ("broadband", "mobile"):
        kind = "ip"
    if kind == "cidr":
        hosts = tuple(str(IPv4Address(start + 1 + n)) for n in range(count + 2))
        return (Client("cidr", f"{IPv4Address(start)}/29", hosts, hosts),)
    if kind == "ipv6":
        return tuple(_single(f"2001:db8:{city + 1:x}:{place:x}::{n + 1:x}") for n in range(count))
    office = str(IPv4Address(start))
    if kind == "broadband":
        account = f"SYN-KD-{plant.index + 1:05}"
        return Client("broadband", account, (account,)), Client("ip", office, (), (office,))
    if kind == "mobile":
        # No mobile number in China begins with 100.
        numbers = [f"1000{plant.index + 1:05}{n + 1:02}" for n in range(count)]
        return (*(Client("mobile", number, (number,)) for number in numbers), _single(office))
    return tuple(_single(str(IPv4Address(start + n))) for n in range(count))


def _single(text: str) -> Client:
    return Client("ip", text, (text,), (text,))


def _foreign(rng: np.random.Generator, index: int, count: int) -> list[str]:
    """Addresses that are nobody's own: a cloud's, a data centre's, a supplier's, a private one."""
    kind = int(rng.integers(4))
    if kind == 3:
        return [f"10.{index >> 8 & 255}.{index & 255}.{n + 1}" for n in range(count)]
    prefix, width = (("192.0.2.", 0), ("192.0.2.", 128), ("198.51.100.", 0))[kind]
    return [f"{prefix}{width + (index * 3 + n) % 120 + 1}" for n in range(1)]


def _pair(plants: list[Plant], order: list[int], kinds: list[str], rng: np.random.Generator) -> None:
    """Tie the frauds that need another enterprise to it."""
    waiting: dict[str, int] = {}
    turn = 0
    for place, kind in zip(order, kinds, strict=True):
        if kind not in IN_PAIRS:
            continue
        if kind not in waiting:
            waiting[kind] = place
            continue
        first = waiting.pop(kind)
        other = plants[first]
        if kind == "shared_client":
            # Both enterprises "use" the service from the agency that files for them.
            plants[place] = replace(
                plants[place], clients=other.clients, cloud=other.cloud, city=other.city, twin=first
            )
            continue
        turn += 1
        honest = [
            one.index
            for one in plants
            if not one.fraud and not one.devices and one.logged_ends and one.users > 1 and one.level > 9
        ]
        plain = [one for one in (first, place) if not plants[one].devices]
        if turn % 2 and honest:
            for copier in plain:
                plants[copier] = replace(plants[copier], twin=int(rng.choice(honest)), is_connected=False)
        else:
            # One log was invented for both, over some real use of each.
            plants[place] = replace(plants[place], twin=first, live_on=other.live_on)


def _with_companions(
    plants: list[Plant], seed: int, services: tuple[int, ...], rng: np.random.Generator
) -> list[Plant]:
    """Second services of one voucher, and second vouchers of one enterprise, both from the same clients."""
    added: list[Plant] = []
    for plant in plants:
        if plant.fraud or plant.devices:
            continue
        drawn = rng.random()
        seeds = (seed, 3, plant.index)
        if drawn < 0.08:
            cloud = cloud_of(plant.cloud.supplier, 1)
            other = services[(services.index(plant.service) + 1) % len(services)]
            added.append(replace(plant, service=other, cloud=cloud, seeds=seeds))
        elif drawn < 0.14:
            cloud = cloud_of((plant.cloud.supplier + 1) % 3, 0)
            if cloud.supplier != plant.cloud.supplier:
                voucher = f"{plant.voucher}B"
                added.append(replace(plant, voucher=voucher, cloud=cloud, seeds=seeds))
    return sorted([*plants, *added], key=lambda one: (one.voucher, one.service))

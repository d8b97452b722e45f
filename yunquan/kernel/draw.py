"""The draw `sd-draw/1`: from a frozen population, secrets and public entropy to a result anyone can repeat.

Everything here is a pure function of its arguments. What may be frozen is judged in `policy.drawing`.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from json.encoder import encode_basestring as quoted
from operator import attrgetter
from struct import Struct
from typing import NamedTuple, Protocol
from unicodedata import is_normalized

Hash = Callable[[bytes], bytes]

_PREFIX = b"sd-draw/1/"
_LENGTH = Struct(">I").pack
_NUMBER = Struct(">H").pack
HEAVIEST = 64
"""The largest weight an item may have."""
REF_LETTERS = 20
"""How long a blinded reference is."""


class DrawError(ValueError):
    """The draw can't be made as asked; the text says why."""


class Outcome(StrEnum):
    """How an item left the draw; the order is that of result.jsonl."""

    MANDATORY = "mandatory"
    DRAWN = "drawn"
    RESERVE = "reserve"


@dataclass(frozen=True, slots=True)
class Item:
    """One voucher or supplier that can be drawn, under its blinded reference."""

    ref: str
    stratum: str
    weight: int = 1
    mandatory: bool = False


class Placed(NamedTuple):
    """An item with its outcome and its place in the ranking of its stratum (0 for mandatory ones)."""

    stratum: str
    outcome: Outcome
    rank: int
    ref: str


@dataclass(frozen=True, slots=True)
class Stratum:
    """What came of one stratum: the mandatory references, all others in ranking order, and how many are drawn."""

    name: str
    mandatory: tuple[str, ...]
    ranking: tuple[str, ...]
    n: int

    @property
    def drawn(self) -> tuple[str, ...]:
        """Those drawn at random, in ranking order."""
        return self.ranking[: self.n]

    @property
    def reserve(self) -> tuple[str, ...]:
        """Those that come next where one must be replaced, in this order."""
        return self.ranking[self.n :]


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert as frozen: fields, the items he may not see, and how many visits he can still take."""

    expert: str
    specialities: frozenset[str]
    conflicts: frozenset[str] = frozenset()
    room: int = 1


# —— hashing ——


def _left(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


_SM3_START: tuple[int, ...] = (
    0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E,
)  # fmt: skip
_SM3_TURNS = tuple(_left(0x79CC4519 if j < 16 else 0x7A879D8A, j % 32) for j in range(64))


def sm3(message: bytes) -> bytes:
    """Give the SM3 digest (GB/T 32905) in plain Python, for machines whose OpenSSL has none.

    >>> sm3(b"abc").hex()
    '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0'
    """
    size = len(message)
    padded = message + b"\x80" + bytes(-(size + 9) % 64) + (8 * size).to_bytes(8, "big")
    state = _SM3_START
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[at : at + 4], "big") for at in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ _left(w[j - 3], 15)
            w.append(x ^ _left(x, 15) ^ _left(x, 23) ^ _left(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j, turn in enumerate(_SM3_TURNS):
            a12 = _left(a, 12)
            ss1 = _left((a12 + e + turn) & 0xFFFFFFFF, 7)
            if j < 16:
                ff, gg = a ^ b ^ c, e ^ f ^ g
            else:
                ff, gg = a & b | a & c | b & c, e & f | ~e & g
            tt1 = (ff + d + (ss1 ^ a12) + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, _left(b, 9), c
            e, f, g, h = tt2 ^ _left(tt2, 9) ^ _left(tt2, 17), e, _left(f, 19), g
        state = tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
    return b"".join(word.to_bytes(4, "big") for word in state)


class _Digested(Protocol):
    def digest(self) -> bytes: ...


class _PlainSm3:
    """Our own SM3 in the manner of hashlib."""

    def __init__(self, message: bytes) -> None:
        self._message = message

    def digest(self) -> bytes:
        return sm3(self._message)


def _quick_sm3() -> Callable[[bytes], _Digested]:
    try:
        hashlib.new("sm3")
    except ValueError:
        return _PlainSm3
    return partial(hashlib.new, "sm3")


_NEW: Mapping[str, Callable[[bytes], _Digested]] = {"sha256": hashlib.sha256, "sm3": _quick_sm3()}
HASHES: Mapping[str, Hash] = {
    "sha256": lambda message: _NEW["sha256"](message).digest(),
    "sm3": lambda message: _NEW["sm3"](message).digest(),
}
"""HASH by the name that stands in `params.alg`."""


def tagged(alg: str, tag: str, *parts: bytes) -> bytes:
    """H(tag, p1…pn) = HASH("sd-draw/1/" || tag || 0x00 || for each p: length as 4 bytes || p)."""
    return HASHES[alg](_message(tag, parts))


def _message(tag: str, parts: Iterable[bytes]) -> bytes:
    return _PREFIX + tag.encode() + b"\x00" + b"".join(_LENGTH(len(part)) + part for part in parts)


# —— before the draw: commitments, blinded references, the seed ——


def commitment(*, alg: str, draw_id: str, custodian: str, secret: bytes) -> bytes:
    """What a custodian publishes before the freeze; the secret can't be changed afterwards."""
    return tagged(alg, "commit", draw_id.encode(), custodian.encode(), secret)


def blinded(*, alg: str, salt: bytes, number: str) -> str:
    """The reference under which a voucher stands in the open until its visit.

    >>> blinded(alg="sha256", salt=b"", number="GD2018-000001")
    'UXGTNXACHO2MFTDROGUB'
    """
    return base64.b32encode(tagged(alg, "item", salt, number.encode())).decode()[:REF_LETTERS]


def population_bytes(items: Iterable[Item]) -> bytes:
    """population.jsonl: one canonical object a line, sorted by the UTF-8 bytes of the reference.

    >>> population_bytes([Item("V1", "深圳")]).decode()
    '{"mandatory":false,"ref":"V1","stratum":"深圳","weight":1}\\n'
    """
    flags = ("false", "true")
    text = "".join(
        f'{{"mandatory":{flags[item.mandatory]},"ref":{quoted(item.ref)},'
        f'"stratum":{quoted(item.stratum)},"weight":{item.weight}}}\n'
        # Texts sort by code points as their UTF-8 does by bytes.
        for item in sorted(items, key=attrgetter("ref"))
    )
    if not is_normalized("NFC", text):
        raise DrawError("编号和分层名称必须是 NFC 形式的文字")
    return text.encode()


def seed_of(
    *,
    alg: str,
    population: bytes,
    params: bytes,
    entropy: Mapping[str, str],
    secrets: Mapping[str, bytes],
) -> bytes:
    """The seed, from population.jsonl, canonical params, values by source and secrets by custodian.

    Raises DrawError without a secret or without a value: then somebody could have known it beforehand.
    """
    if not entropy or not secrets:
        raise DrawError("至少要有一个公开随机源的值和一个按时揭示的秘密")
    values = {source.encode(): value.encode() for source, value in entropy.items()}
    kept = {custodian.encode(): secret for custodian, secret in secrets.items()}
    parts = [HASHES[alg](population), HASHES[alg](params)]
    for pairs in (values, kept):
        for name in sorted(pairs):
            parts += (name, pairs[name])
    return tagged(alg, "seed", *parts)


# —— the draw ——


_TICKETS = tuple(_LENGTH(2) + _NUMBER(j) for j in range(HEAVIEST))
_MORE_TICKETS = tuple(_TICKETS[1:weight] for weight in range(HEAVIEST + 1))
"""The last part of an item's tickets after its first, by its weight."""


def key_of(*, alg: str, seed: bytes, ref: str, weight: int) -> bytes:
    """The smallest of an item's tickets, one ticket per unit of weight: heavier items come first more often."""
    stem = _message("ticket", (seed, ref.encode()))
    return min(HASHES[alg](stem + ticket) for ticket in _TICKETS[:weight])


def asked(*, total: int, eligible: int, num: int, den: int) -> int:
    """How many of a stratum are drawn at random: ceil(N × num / den), never more than can be drawn.

    >>> asked(total=8, eligible=7, num=1, den=5)
    2
    >>> asked(total=5, eligible=0, num=1, den=5)
    0
    """
    return min(-(-total * num // den), eligible)


def draw(items: Iterable[Item], *, alg: str, seed: bytes, num: int, den: int) -> list[Stratum]:
    """Rank every stratum, sorted by the UTF-8 bytes of its name; the order of `items` has no effect."""
    new, head, first = _NEW[alg], _message("ticket", (seed,)), _TICKETS[0]
    mandatory: defaultdict[str, list[bytes]] = defaultdict(list)
    rankings: defaultdict[str, list[bytes]] = defaultdict(list)
    heads: dict[int, bytes] = {}
    for item in items:
        ref = item.ref.encode()
        if item.mandatory:
            mandatory[item.stratum].append(ref)
            continue
        try:
            stem = heads[len(ref)] + ref
        except KeyError:
            heads[len(ref)] = head + _LENGTH(len(ref))
            stem = heads[len(ref)] + ref
        key, weight = new(stem + first).digest(), item.weight
        if weight != 1:
            for ticket in _MORE_TICKETS[weight]:
                other = new(stem + ticket).digest()
                if other < key:
                    key = other
        # Key and reference in one: keys are of one length, so bytes sort as the pair (key, reference) does.
        rankings[item.stratum].append(key + ref)
    names = sorted({*mandatory, *rankings}, key=str.encode)
    return [
        _ranked(name, mandatory[name], rankings[name], len(new(b"").digest()), num, den) for name in names
    ]


def _ranked(
    name: str, mandatory: list[bytes], ranking: list[bytes], key_bytes: int, num: int, den: int
) -> Stratum:
    mandatory.sort()
    ranking.sort()
    return Stratum(
        name,
        tuple(map(bytes.decode, mandatory)),
        tuple([one[key_bytes:].decode() for one in ranking]),
        asked(total=len(mandatory) + len(ranking), eligible=len(ranking), num=num, den=den),
    )


def placed(strata: Iterable[Stratum]) -> Iterator[Placed]:
    """Every item with its outcome and rank, in the order of result.jsonl."""
    for one in strata:
        for ref in one.mandatory:
            yield Placed(one.name, Outcome.MANDATORY, 0, ref)
        for rank, ref in enumerate(one.ranking, start=1):
            yield Placed(one.name, Outcome.DRAWN if rank <= one.n else Outcome.RESERVE, rank, ref)


def result_bytes(strata: Iterable[Stratum]) -> bytes:
    """result.jsonl: one canonical object a line.

    >>> result_bytes([Stratum("汕尾", (), ("V003", "V006"), 1)]).decode().splitlines()[0]
    '{"outcome":"drawn","rank":1,"ref":"V003","stratum":"汕尾"}'
    """
    parts: list[str] = []
    for one in strata:
        end = f',"stratum":{quoted(one.name)}}}\n'
        parts += [f'{{"outcome":"mandatory","rank":0,"ref":{quoted(ref)}{end}' for ref in one.mandatory]
        for outcome, refs, first in (("drawn", one.drawn, 1), ("reserve", one.reserve, one.n + 1)):
            if refs:
                start = f'{{"outcome":"{outcome}","rank":'
                # What all lines share is put between them at once: the lines are as many as the population.
                lines = [f'{rank},"ref":{ref}' for rank, ref in enumerate(map(quoted, refs), first)]
                parts += (start, (end + start).join(lines), end)
    return "".join(parts).encode()


# —— the experts, from the same seed ——


def expert_order(
    experts: Iterable[Expert], *, alg: str, seed: bytes, ref: str, speciality: str
) -> list[Expert]:
    """Experts of a field in the order in which they are asked to one item; conflicts and full load removed.

    Who withdraws is followed by the next of this order.
    """
    free = [
        one for one in experts if speciality in one.specialities and ref not in one.conflicts and one.room > 0
    ]
    return sorted(
        free,
        key=lambda one: (tagged(alg, "expert", seed, ref.encode(), one.expert.encode()), one.expert.encode()),
    )


def panel(
    experts: Sequence[Expert], *, alg: str, seed: bytes, ref: str, speciality: str, needed: int
) -> list[Expert]:
    """The first of the order, as many as the rule asks; raises DrawError where there are too few."""
    order = expert_order(experts, alg=alg, seed=seed, ref=ref, speciality=speciality)
    if len(order) < needed:
        raise DrawError(f"{ref} 需要 {needed} 名“{speciality}”专家，回避和满额之后只剩 {len(order)} 名")
    return order[:needed]

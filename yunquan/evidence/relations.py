"""Computed hints that an enterprise and a supplier are related, and what was declared beside them (D47-5.23).

A hint says what coincides; it is no finding that the parties are related. Numbers of people are shown masked.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

from yunquan.policy.contracts import normalise_name

HintKind = Literal[
    "owner_of", "representative", "shareholder", "representative_holds", "person", "contact", "address", "building",
    "telephone", "mail", "account", "device", "login",
]  # fmt: skip
Strength = Literal["strong", "weak"]
ARTICLE = "D47-5.23"
# What the decree provides where a deal was not disclosed; whether the price was unfair is for an inspection to find.
PROVIDED = "按规定，应披露未披露且有违公平交易的，取消供应商当期及下一期资格，不合理部分予以追回"
LABELS: dict[HintKind, str] = {
    "owner_of": "一方是另一方的股东",
    "representative": "法定代表人相同",
    "shareholder": "有共同股东",
    "representative_holds": "一方法定代表人是另一方股东",
    "person": "同一账号在双方任职",
    "contact": "联系人同名",
    "address": "地址相同",
    "building": "同一门牌",
    "telephone": "电话相同",
    "mail": "邮箱相同",
    "account": "银行账号相同",
    "device": "使用过同一设备登录",
    "login": "登录地址相同",
}
# A value that this many organisations share belongs to a park, an agent or a carrier, not to two related firms.
MOST_SHARING = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A person or firm by name, with an opaque digest of its identity number where that is known."""

    name: str
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of an organisation that could tie it to another."""

    key: str
    name: str
    representative: Holder | None = None
    shareholders: Sequence[Holder] = ()
    people: Sequence[str] = ()
    contacts: Sequence[str] = ()
    addresses: Sequence[str] = ()
    telephones: Sequence[str] = ()
    mails: Sequence[str] = ()
    accounts: Sequence[str] = ()
    devices: Sequence[str] = ()
    logins: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that coincides: what, how strongly it speaks, and the value as it may be shown."""

    kind: HintKind
    strength: Strength
    shown: str

    @property
    def message(self) -> str:
        return f"{LABELS[self.kind]}：{self.shown}"


@dataclass(frozen=True, slots=True)
class Relation:
    """Two organisations and everything that coincides between them."""

    one: str
    other: str
    hints: tuple[Hint, ...]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What both sides declared beside what was computed: what a reviewer must do about it."""

    standing: Literal["none", "declared", "one_sided", "undisclosed", "hinted"]
    second_reviewer: bool
    message: str
    article: str = ARTICLE


def hints(one: Profile, other: Profile) -> tuple[Hint, ...]:
    """Everything that coincides between two organisations, the strong first; the order of the two doesn't matter."""
    ours, theirs = _traits(one), _traits(other)
    found: dict[tuple[HintKind, str], Hint] = {}
    for trait in ours.keys() & theirs.keys():
        kind, shown = min(ours[trait], theirs[trait])
        strength: Strength = _strength(kind, trait)
        found[kind, shown] = Hint(kind, strength, shown)
    for hint in _holdings(one, other):
        found[hint.kind, hint.shown] = hint
    # A door says more than its building.
    if any(kind == "address" for kind, _shown in found):
        found = {at: hint for at, hint in found.items() if at[0] != "building"}
    return tuple(sorted(found.values(), key=lambda hint: (hint.strength != "strong", hint.kind, hint.shown)))


def relations(profiles: Iterable[Profile]) -> list[Relation]:
    """Every two organisations with a hint, found by what they share and not pair by pair.

    What more than twelve share makes no pair: the address of a park or an agent ties nobody to anybody.
    """
    known = {profile.key: profile for profile in profiles}
    sharing: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for profile in known.values():
        for trait in _traits(profile):
            sharing[trait].add(profile.key)
        sharing["party", normalise_name(profile.name)].add(profile.key)
        for holder in profile.shareholders:
            sharing["party", normalise_name(holder.name)].add(profile.key)
            sharing["holds", _who(holder)].add(profile.key)
        if profile.representative is not None:
            sharing["holds", _who(profile.representative)].add(profile.key)
    pairs = {
        pair
        for keys in sharing.values()
        if 1 < len(keys) <= MOST_SHARING
        for pair in combinations(sorted(keys), 2)
    }
    common = {trait for trait, keys in sharing.items() if len(keys) > MOST_SHARING}
    found = []
    for one, other in sorted(pairs):
        told = tuple(
            hint for hint in hints(known[one], known[other]) if not _is_common(hint, known[one], common)
        )
        if told:
            found.append(Relation(one, other, told))
    return found


def disclosure(
    *, enterprise_declares: bool, supplier_declares: bool | None, found: Sequence[Hint], reviewers: int = 1
) -> Disclosure:
    """What the declarations of both sides and the hints come to; `reviewers` is how many this bureau has.

    A related deal isn't refused: both sides vow a fair price, and a second reviewer looks where there is one.
    `supplier_declares` is None where it was not asked yet.
    """
    second = reviewers > 1
    alone = "" if second else "；本单位只有一名审核人，没有第二人复核"
    declared = _declared(enterprise_declares, supplier_declares, found, second)
    if declared.standing in ("none", "hinted"):
        return declared
    return replace(declared, message=declared.message + alone)


def _declared(
    enterprise_declares: bool, supplier_declares: bool | None, found: Sequence[Hint], second: bool
) -> Disclosure:
    told = "；".join(hint.message for hint in found[:6])
    if enterprise_declares and supplier_declares:
        message = "双方均已披露为关联方，并承诺价格公允" + (f"；系统提示：{told}" if told else "")
        return Disclosure("declared", second, message)
    if enterprise_declares or supplier_declares:
        who, silent = ("企业", "供应商") if enterprise_declares else ("供应商", "企业")
        if supplier_declares is None:
            return Disclosure("one_sided", second, f"{who}披露为关联方，{silent}尚未申报，请核实")
        return Disclosure("one_sided", second, f"{who}披露为关联方，{silent}没有披露，请核实。{PROVIDED}")
    if any(hint.strength == "strong" for hint in found):
        message = f"双方均未披露，但{told}；请要求说明。{PROVIDED}"
        return Disclosure("undisclosed", second, message)
    if found:
        return Disclosure("hinted", False, f"双方均未披露；{told}（可能是巧合），供参考")
    return Disclosure("none", False, "双方均未披露关联关系，也没有发现相同信息")


_TRAITS_SHOWN = tuple[HintKind, str]


def _traits(profile: Profile) -> dict[tuple[str, str], _TRAITS_SHOWN]:
    """What could coincide, each as a comparable key with its kind and how it may be shown."""
    traits: dict[tuple[str, str], _TRAITS_SHOWN] = {}
    if profile.representative is not None and profile.representative.name.strip():
        traits["representative", _who(profile.representative)] = (
            "representative",
            profile.representative.name,
        )
    for holder in profile.shareholders:
        if holder.name.strip():
            traits["shareholder", _who(holder)] = ("shareholder", holder.name)
    for person in profile.people:
        traits["person", person] = ("person", person)
    for contact in profile.contacts:
        if contact.strip():
            traits["contact", normalise_name(contact)] = ("contact", contact.strip())
    for address in profile.addresses:
        door, building = normalise_address(address)
        # A street number alone may be a whole park; only the floor or room in it is a door.
        if door != building:
            traits["address", door] = ("address", door)
        if building:
            traits["building", building] = ("building", building)
    for telephone in profile.telephones:
        if plain := normalise_telephone(telephone):
            traits["telephone", plain] = ("telephone", masked(plain))
    for mail in profile.mails:
        if "@" in mail:
            plain = mail.strip().casefold()
            traits["mail", plain] = ("mail", masked_mail(plain))
    for account in profile.accounts:
        plain = re.sub(r"\D", "", unicodedata.normalize("NFKC", account))
        if len(plain) >= 8:
            traits["account", plain] = ("account", masked(plain))
    for device in profile.devices:
        if device.strip():
            traits["device", device.strip()] = ("device", masked(device.strip()))
    for login in profile.logins:
        if network := normalise_login(login):
            traits["login", network] = ("login", network)
    return traits


def _strength(kind: HintKind, trait: tuple[str, str]) -> Strength:
    """Two people may share a name and two firms a building or a carrier's address; numbers are seldom shared."""
    if kind in ("representative", "shareholder"):
        return "strong" if trait[1].startswith("#") else "weak"
    return "weak" if kind in ("contact", "building", "login") else "strong"


def _holdings(one: Profile, other: Profile) -> Iterable[Hint]:
    """A firm that holds the other, and a representative of one who holds the other, both ways."""
    for holding, held in ((one, other), (other, one)):
        for holder in held.shareholders:
            if normalise_name(holder.name) == normalise_name(holding.name):
                yield Hint("owner_of", "strong", f"{holding.name} 持有 {held.name}")
            person = holding.representative
            if person is not None and person.name.strip() and _who(person) == _who(holder):
                strength: Strength = "strong" if holder.identity else "weak"
                yield Hint("representative_holds", strength, f"{person.name} 持有 {held.name}")


def _is_common(hint: Hint, profile: Profile, common: set[tuple[str, str]]) -> bool:
    return any(
        trait in common for trait, shown in _traits(profile).items() if shown == (hint.kind, hint.shown)
    )


def _who(holder: Holder) -> str:
    """A holder by the digest of its identity where that is known, else by name."""
    return f"#{holder.identity}" if holder.identity else normalise_name(holder.name)


_FIGURES = {sign: str(place) for place, sign in enumerate("〇一二三四五六七八九")} | {"零": "0", "两": "2"}
_PLACES = (
    (r"(?:栋|幢|座|号楼|#)", "栋"),
    (r"(?:层|楼(?!栋)|F(?![A-Za-z]))", "楼"),
    (r"(?:室|房|单元房)", "室"),
)
_REGIONS = re.compile(r"^(?:中国)?(?:广东省?)?")


def normalise_address(address: str) -> tuple[str, str]:
    """An address to its door and to its building, without looks; empty where it names no number.

    >>> normalise_address("广东省东莞市松山湖 科技十路２号３栋５０１室")[0] == normalise_address("东莞市松山湖科技十路2号3幢501")[0]
    True
    """
    shown = unicodedata.normalize("NFKC", address).upper()
    shown = re.sub(r"[(（].*?[)）]", "", shown)
    shown = re.sub(r"[\s,，。;；、·\-—]+", "", shown)
    shown = _REGIONS.sub("", shown)
    for form, word in _PLACES:
        shown = re.sub(rf"(?<=[\dA-Z一二三四五六七八九十]){form}", word, shown)
    shown = re.sub(r"[〇零一二两三四五六七八九十]+(?=[号栋楼室]|$)", lambda found: _number(found[0]), shown)
    shown = shown.removesuffix("室")
    if not re.search(r"\d", shown):
        return "", ""
    building = re.match(r".*?\d+号(?:之\d+)?", shown)
    return shown, building[0] if building else shown


def _number(written: str) -> str:
    """A small Chinese number in figures: 十二 is 12, 三〇一 is 301."""
    if "十" in written:
        tens, _, ones = written.partition("十")
        return str(
            int(_FIGURES.get(tens, "1") if tens else "1") * 10 + int(_FIGURES.get(ones, "0") if ones else "0")
        )
    return "".join(_FIGURES[sign] for sign in written)


def normalise_telephone(telephone: str) -> str:
    """A telephone number's digits, without country code and extension; empty where it is none.

    >>> normalise_telephone("+86 (0769) 2200-1234 转 801")
    '76922001234'
    """
    shown = re.split(r"转|分机|ext\.?|x", unicodedata.normalize("NFKC", telephone), flags=re.IGNORECASE)[0]
    plain = re.sub(r"\D", "", shown)
    for country in ("0086", "86"):
        if len(plain) > 11 and plain.startswith(country):
            plain = plain[len(country) :]
    # The 0 before an area code is dialled within the country only.
    plain = plain.removeprefix("0") if len(plain) >= 11 else plain
    return plain if 7 <= len(plain) <= 11 else ""


def normalise_login(login: str) -> str:
    """A public address from which someone logged in; a house's own network ties nobody together.

    >>> normalise_login("192.168.1.4"), normalise_login("2408:8256:1:2:3:4:5:6")
    ('', '2408:8256:1:2::/64')
    """
    try:
        address = ipaddress.ip_address(login.strip())
    except ValueError:
        return ""
    if not address.is_global:
        return ""
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def masked_mail(plain: str) -> str:
    """A mail address that may be shown: its first sign and its house.

    >>> masked_mail("sales@example.com")
    's***@example.com'
    """
    name, _, house = plain.rpartition("@")
    return f"{name[:1]}***@{house}"


def masked(plain: str) -> str:
    """A number that may be shown: its last four signs.

    >>> masked("13800001234")
    '*******1234'
    """
    return "*" * max(0, len(plain) - 4) + plain[-4:]

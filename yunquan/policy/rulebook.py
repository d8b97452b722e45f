"""A rulebook answers what a decree's value is on a day, by which article, and what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from yunquan.kernel.canonical import content_hash
from yunquan.kernel.citation import Citation
from yunquan.policy.completeness import gaps
from yunquan.policy.keys import KEYS, spec_of
from yunquan.policy.packfile import (
    SOURCES,
    Entry,
    Fault,
    PackError,
    Sources,
    read_sources,
    read_values,
    understand,
)
from yunquan.policy.values import Cap, Edition, ServiceText

PACKS = Path(__file__).parent / "packs"


class NotInForce(LookupError):
    """The pack has no value for this key on this day."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A value in force on a day: what it is, since when, by which article, and what it means."""

    key: str
    value: Any
    raw: Any
    article: str
    document: str
    meaning: str
    from_on: date
    cited: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service of an edition of the catalogue, with its cap."""

    number: int
    name: str
    stage: str
    pains: tuple[str, ...]
    scenes: tuple[str, ...]
    pains_summary: str
    scenes_summary: str
    cap: Cap
    cap_article: str
    cap_meaning: str
    article: str
    edition: str

    @property
    def counts_devices(self) -> bool:
        """Say whether the award depends on the number of networked devices."""
        return self.cap.per == "device"


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """A rule key in words, with everything it ever was or will be."""

    key: str
    title: str
    chapter: str
    expects: str
    open_point: int | None
    choices: Mapping[str, str]
    entries: tuple[Dated, ...]


class Rulebook:
    """The dated values of one pack, with published changes laid over; never altered, only overlaid."""

    def __init__(self, sources: Sources, entries: Iterable[Entry]) -> None:
        self._sources = sources
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self._services: dict[date, tuple[Service, ...]] = {}
        # What was worked out once; a rulebook never changes.
        self._told: dict[int, Dated] = {}
        self._cited: dict[str, str] = {}
        for entry in sorted(entries, key=lambda entry: (entry.key, entry.from_on)):
            self._entries[entry.key] = (*self._entries.get(entry.key, ()), entry)
        self._titles = {key: document.short for key, document in sources.documents.items()}
        self._numbered = {
            f"{key}-{part}" for key, document in sources.documents.items() for part in document.numbered_parts
        }

    @property
    def id(self) -> str:
        return self._sources.pack.id

    @property
    def title(self) -> str:
        return self._sources.pack.title

    @property
    def documents(self) -> Mapping[str, str]:
        """The full titles of the documents behind the values, by their short code."""
        return {key: document.title for key, document in self._sources.documents.items()}

    @cached_property
    def version(self) -> str:
        """The SHA-256 of every dated value in force or to come; equal rules have equal versions."""
        return content_hash(
            {
                "pack": self.id,
                "values": [
                    {
                        "article": entry.article,
                        "document": entry.document,
                        "from": entry.from_on.isoformat(),
                        "key": entry.key,
                        "meaning": entry.meaning,
                        "value": _hashable(entry.value),
                    }
                    for entries in self._entries.values()
                    for entry in entries
                ],
            }
        )

    @property
    def sources(self) -> Sources:
        """What the pack is and which documents it rests on."""
        return self._sources

    def keys(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def entries(self) -> tuple[Entry, ...]:
        """Every dated value, for whoever takes them over."""
        return tuple(entry for entries in self._entries.values() for entry in entries)

    def value(self, key: str, on: date) -> Dated:
        """Give the value in force on a day; raises NotInForce where there is none."""
        dated = self.find(key, on)
        if dated is None:
            raise NotInForce(f"规则包 {self.id} 在 {on} 没有规定“{self._title(key)}”（{key}）")
        return dated

    def find(self, key: str, on: date) -> Dated | None:
        """Give the value in force on a day, or None where the decree says nothing."""
        found = None
        for entry in self._entries.get(key, ()):
            if entry.from_on > on:
                break
            found = entry
        return self._dated(found) if found is not None else None

    def describe(self, key: str) -> KeyDescription:
        """Describe a key with all its dated values; raises KeyError for a key that nothing reads."""
        spec = spec_of(key)
        if spec is None:
            raise KeyError(key)
        entries = self._entries.get(key, ())
        return KeyDescription(
            key,
            self._title(key),
            entries[-1].chapter if entries else "",
            spec.expects,
            spec.open_point,
            spec.choices,
            tuple(map(self._dated, entries)),
        )

    def open_points(self, on: date) -> tuple[tuple[int, KeyDescription, Dated], ...]:
        """List the points that the policy leaves open, by number, with what holds on a day."""
        points = []
        for spec in KEYS:
            if spec.open_point is not None and (dated := self.find(spec.key, on)) is not None:
                points.append((spec.open_point, self.describe(spec.key), dated))
        return tuple(sorted(points, key=lambda point: (point[0], point[1].key)))

    def edition(self, on: date) -> str:
        """Name the edition of the catalogue that holds on a day."""
        return str(self.value("catalogue.edition", on).value.id)

    def services(self, on: date) -> tuple[Service, ...]:
        """List the services of the catalogue on a day, by number, each with its cap of that day."""
        if on not in self._services:
            self._services[on] = self._services_on(on)
        return self._services[on]

    def _services_on(self, on: date) -> tuple[Service, ...]:
        edition: Edition = self.value("catalogue.edition", on).value
        found = []
        for number in sorted(edition.services):
            text = self.value(f"catalogue.service.{number}", on)
            cap = self.value(f"award.cap.{number}", on)
            words: ServiceText = text.value
            found.append(
                Service(
                    number=number,
                    name=words.name,
                    stage=words.stage,
                    pains=tuple(words.pains),
                    scenes=tuple(words.scenes),
                    pains_summary=words.pains_summary,
                    scenes_summary=words.scenes_summary,
                    cap=cap.value,
                    cap_article=cap.article,
                    cap_meaning=cap.meaning,
                    article=text.article,
                    edition=edition.id,
                )
            )
        return tuple(found)

    def service(self, number_or_name: int | str, on: date) -> Service | None:
        """Find a service of that day's catalogue by its number or its Chinese name."""
        wanted = str(number_or_name).strip()
        return next((one for one in self.services(on) if wanted in (str(one.number), one.name)), None)

    def cite(self, article: str) -> str:
        """Write an article as officials read it, e.g. D47-4.4.2 as “47号 四(四)2”."""
        if article not in self._cited:
            self._cited[article] = Citation.parse(article).display(self._titles, self._numbered)
        return self._cited[article]

    def change_days(self, *prefixes: str) -> tuple[date, ...]:
        """List the days on which any key of these prefixes changes, first day included, in order."""
        return tuple(
            sorted(
                {
                    entry.from_on
                    for key, entries in self._entries.items()
                    if key.startswith(prefixes)
                    for entry in entries
                }
            )
        )

    def overlaid(self, changes: Iterable[Mapping[str, Any]]) -> Rulebook:
        """Lay published changes over; each {key, from_on, value, article, meaning}, value as in a pack.

        A change on the same day as an earlier value takes its place. Raises PackError with every fault.
        """
        entries = {(entry.key, entry.from_on): entry for listed in self._entries.values() for entry in listed}
        faults: list[Fault] = []
        for line, change in enumerate(changes, start=1):
            entry = self._read_change(change, line, faults)
            if entry is not None:
                entries[entry.key, entry.from_on] = entry
        if faults:
            raise PackError(faults)
        overlaid = Rulebook(self._sources, entries.values())
        faults += gaps(overlaid, "变更")
        if faults:
            raise PackError(faults)
        return overlaid

    def _read_change(self, change: Mapping[str, Any], line: int, faults: list[Fault]) -> Entry | None:
        key = str(change.get("key", ""))
        spec = spec_of(key)
        if spec is None:
            faults.append(
                Fault("变更", line, key or "key", "没有这个规则名，请检查拼写", "规则包中已有的规则名")
            )
            return None
        form = {name: part for name, part in change.items() if name not in ("key", "from_on")}
        if change.get("from_on") is not None:
            form["from"] = change["from_on"]
        form.setdefault("document", str(change.get("article", "")).partition("-")[0])
        chapter = self._entries[key][-1].chapter if key in self._entries else "变更"
        entry, problems = understand(spec, key, form, chapter, self._sources)
        for where, reason, expected in problems:
            label = ".".join([key, *("from_on" if step == "from_" else str(step) for step in where)])
            faults.append(Fault("变更", line, label, reason, expected))
        return entry

    def _title(self, key: str) -> str:
        spec = spec_of(key)
        if spec is None:
            return key
        number = key.rpartition(".")[2]
        if number.isdigit() and (listed := self._entries.get(f"catalogue.service.{number}")):
            return f"{spec.title}：{listed[-1].value.name}"
        return spec.title

    def _dated(self, entry: Entry) -> Dated:
        told = self._told.get(id(entry))
        if told is None:
            told = self._told[id(entry)] = Dated(
                entry.key,
                entry.value,
                entry.raw,
                entry.article,
                entry.document,
                entry.meaning,
                entry.from_on,
                self.cite(entry.article),
            )
        return told


def _hashable(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {
            name: _hashable(getattr(value, name)) for name in type(value).model_fields if _said(value, name)
        }
    if isinstance(value, Mapping):
        return {str(key): _hashable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_hashable(part) for part in value]
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def _said(value: BaseModel, name: str) -> bool:
    return getattr(value, name) is not None


def pack_folder(name: str | Path) -> Path:
    """Find a pack's folder from the name of a shipped pack or from a path."""
    folder = Path(name)
    if folder.is_dir():
        return folder
    return PACKS / str(name)


def check_pack(path: str | Path) -> list[Fault]:
    """List everything that is wrong in a pack; an empty list means that it loads."""
    return _read(pack_folder(path))[1]


def load_pack(path: str | Path) -> Rulebook:
    """Load a shipped pack by its name or any pack by its folder; raises PackError with every fault."""
    folder = pack_folder(path)
    return _shipped(folder.name) if folder.parent == PACKS else _load(folder)


@lru_cache
def _shipped(name: str) -> Rulebook:
    return _load(PACKS / name)


def _load(folder: Path) -> Rulebook:
    rulebook, faults = _read(folder)
    if faults or rulebook is None:
        raise PackError(faults)
    return rulebook


def _read(folder: Path) -> tuple[Rulebook | None, list[Fault]]:
    if not folder.is_dir():
        shipped = "、".join(sorted(one.name for one in PACKS.iterdir() if one.is_dir()))
        return None, [
            Fault(str(folder.name), 1, "pack", "没有这个规则包", f"规则包的文件夹，或随附的 {shipped}")
        ]
    faults: list[Fault] = []
    sources = read_sources(folder, faults)
    entries: list[Entry] = []
    where: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name == SOURCES:
            continue
        for entry in read_values(path, sources, faults):
            if where.setdefault(entry.key, path.name) != path.name:
                faults.append(
                    Fault(
                        path.name,
                        entry.line,
                        entry.key,
                        f"这个规则名已写在 {where[entry.key]}",
                        "每个规则名只写在一个文件里",
                    )
                )
            entries.append(entry)
    if sources is None:
        return None, faults
    rulebook = Rulebook(sources, entries)
    if not faults:
        faults = gaps(rulebook, folder.name)
    return rulebook, faults

"""Reading a regime's folder and asking it what holds on a day; every answer keeps its article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from yunquan.policy.packfile import SOURCES, Entry, Fault, PackError, Sources, read_sources, read_values
from yunquan.policy.regimes import forms
from yunquan.policy.regimes.keys import KEYS, spec_of
from yunquan.policy.rulebook import Dated, Rulebook

# The names of values in a chapter stand two blanks in.
_KEY = re.compile(rb"^  ([a-z_]+(?:\.[a-z0-9_]+)+):", re.MULTILINE)
REGIMES = Path(__file__).parent / "packs"


@dataclass(frozen=True, slots=True)
class Regime:
    """One way of inspecting, as a decree sets it out."""

    rules: Rulebook

    @property
    def id(self) -> str:
        return self.rules.id

    @property
    def title(self) -> str:
        return self.rules.title

    @property
    def version(self) -> str:
        """The hash of all its values: a plan keeps it."""
        return self.rules.version

    def value(self, name: str, on: date) -> Dated:
        """The value of `inspection.<name>` that holds on a day; raises NotInForce where there is none."""
        return self.rules.value(f"inspection.{name}", on)

    def find(self, name: str, on: date) -> Dated | None:
        """The same, or None where the decree says nothing."""
        return self.rules.find(f"inspection.{name}", on)

    def tables(self, on: date) -> dict[str, forms.CheckTable]:
        """The official tables by name, in the order of the regime."""
        return {name: self.value(f"table.{name}", on).value for name in self.value("tables", on).value}

    def categories(self, service: int, on: date) -> tuple[forms.Category, ...]:
        """What a service of the catalogue must be able to do; empty where the decree names nothing."""
        found = self.find(f"functions.{service}", on)
        return tuple(found.value.categories) if found is not None else ()

    def outcome(self, code: str, on: date) -> forms.Outcome:
        """One outcome by its code; raises KeyError."""
        for one in self.value("outcomes", on).value.outcomes:
            if one.code == code:
                return one  # type: ignore[no-any-return]
        raise KeyError(code)


def shipped_regimes() -> tuple[str, ...]:
    """The ids of the regimes that ship with the platform."""
    return tuple(sorted(one.name for one in REGIMES.iterdir() if one.is_dir()))


def looks_like(path: str | Path) -> bool:
    """Whether a name or folder is that of a regime and not of a pack: its first value is `inspection.…`."""
    folder = Path(path)
    if not folder.is_dir():
        return str(path) in shipped_regimes()
    chapters = [one.read_bytes() for one in sorted(folder.glob("*.yaml")) if one.name != SOURCES]
    first = next((found[1] for one in chapters if (found := _KEY.search(one))), b"")
    return first.startswith(b"inspection.")


def check_regime(path: str | Path) -> list[Fault]:
    """List everything that is wrong in a regime's folder; an empty list means that it loads."""
    return _read(_folder(path))[1]


def load_regime(path: str | Path) -> Regime:
    """Load a shipped regime by its id or any by its folder; raises PackError with every fault."""
    folder = _folder(path)
    return _shipped(folder.name) if folder.parent == REGIMES else _load(folder)


@lru_cache
def _shipped(name: str) -> Regime:
    return _load(REGIMES / name)


def _load(folder: Path) -> Regime:
    regime, faults = _read(folder)
    if faults or regime is None:
        raise PackError(faults)
    return regime


def _folder(path: str | Path) -> Path:
    folder = Path(path)
    return folder if folder.is_dir() else REGIMES / str(path)


def _read(folder: Path, before: tuple[str, ...] = ()) -> tuple[Regime | None, list[Fault]]:
    if not folder.is_dir():
        shipped = "、".join(shipped_regimes())
        return None, [
            Fault(folder.name, 1, "regime", "没有这个抽查规程", f"规程的文件夹，或随附的 {shipped}")
        ]
    faults: list[Fault] = []
    sources = read_sources(folder, faults)
    entries: list[Entry] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name != SOURCES:
            entries += read_values(path, sources, faults, specs=spec_of, listed_in="《新的抽查规程》")
    if sources is None:
        return None, faults
    whole, taken = _followed(sources, entries, (*before, folder.name), faults)
    regime = Regime(Rulebook(whole, [*taken, *entries]))
    return regime, faults or _gaps(regime, folder.name, entries)


def _followed(
    sources: Sources, own: list[Entry], before: tuple[str, ...], faults: list[Fault]
) -> tuple[Sources, list[Entry]]:
    """What the followed regime gives: every value that the own folder doesn't state, and its documents."""
    name = sources.pack.follows
    if not name:
        return sources, []
    if name in before or name not in shipped_regimes():
        others = "、".join(one for one in shipped_regimes() if one not in before)
        faults.append(Fault(SOURCES, 1, "pack.follows", f"“{name}”不能沿用", f"之一：{others}"))
        return sources, []
    followed, wrong = _read(REGIMES / name, before)
    faults += wrong
    if followed is None:
        return sources, []
    stated = {entry.key for entry in own}
    taken = [entry for entry in followed.rules.entries() if entry.key not in stated]
    documents = {**followed.rules.sources.documents, **sources.documents}
    return sources.model_copy(update={"documents": documents}), taken


def _gaps(regime: Regime, name: str, entries: list[Entry]) -> list[Fault]:
    """What is missing although other values need it; the first day of the regime is what counts."""
    if not entries:
        return [Fault(name, 1, "inspection", "没有任何规则值", "至少一个章节文件")]
    on = min(entry.from_on for entry in entries)
    faults = [
        Fault(name, 1, spec.key, f"缺少“{spec.title}”", spec.expects)
        for spec in KEYS
        if spec.required and regime.rules.find(spec.key, on) is None
    ]
    faults += _untabled(regime, name, on)
    draw = regime.find("draw", on)
    if draw is not None and not (draw.value.random or draw.value.mandatory):
        faults.append(
            Fault(name, 1, "inspection.draw", "既不随机抽取也不指定", "random 或 mandatory 为 true")
        )
    return faults


def _untabled(regime: Regime, name: str, on: date) -> list[Fault]:
    named = regime.find("tables", on)
    faults = []
    for table in named.value if named is not None else ():
        for part in ("table", "present"):
            if regime.find(f"{part}.{table}", on) is None:
                title = forms.TABLES[table]
                faults.append(
                    Fault(
                        name,
                        1,
                        f"inspection.{part}.{table}",
                        f"“{title}”没有写这一项",
                        f"inspection.{part}.{table}",
                    )
                )
    return faults

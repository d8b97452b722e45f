"""How many of the planted frauds the signals found, and how many honest services they accused."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunquan.usage.signals.signal import Key, Signal


@dataclass(frozen=True)
class Recall:
    """Counts on one labelled synthetic period; they say nothing of real frauds."""

    planted: Mapping[str, int]
    caught: Mapping[str, int]  # by the signal that looks for this very kind
    honest: int
    accused: Mapping[Key, tuple[str, ...]]  # honest services with any signal at all
    missed: tuple[tuple[Key, str], ...]

    @property
    def recall(self) -> float:
        """The share of planted frauds that the signal of their own kind found."""
        planted = sum(self.planted.values())
        return sum(self.caught.values()) / planted if planted else 1.0

    @property
    def false_alarms(self) -> float:
        """The share of honest services with any signal."""
        return len(self.accused) / self.honest if self.honest else 0.0

    def lines(self) -> list[str]:
        """The figures as people read them, said to be synthetic first."""
        told = ["合成数据（不是真实记录）上的结果，只说明对这些造法的表现："]
        told += [f"  {kind:<20} {self.caught.get(kind, 0)}/{count}" for kind, count in self.planted.items()]
        told.append(
            f"召回率 {self.recall:.1%}，误报率 {self.false_alarms:.1%}（{len(self.accused)}/{self.honest}）"
        )
        accused = Counter(code for codes in self.accused.values() for code in codes)
        told += [f"  误报 {code}：{count} 项" for code, count in sorted(accused.items())]
        return told


def read_labels(path: Path) -> dict[Key, str]:
    """The labels that `simulate` wrote: what each service of each voucher is."""
    with path.open(encoding="utf-8", newline="") as file:
        return {(row["voucher"], row["service"]): row["fraud"] for row in csv.DictReader(file)}


def measure(labels: Mapping[Key, str], found: Mapping[Key, Iterable[Signal]]) -> Recall:
    """Hold what was found against the labels."""
    codes = {key: tuple(signal.code for signal in listed) for key, listed in found.items()}
    planted = Counter(fraud for fraud in labels.values() if fraud)
    caught = Counter(fraud for key, fraud in labels.items() if fraud and fraud in codes.get(key, ()))
    honest = [key for key, fraud in labels.items() if not fraud]
    return Recall(
        dict(sorted(planted.items())),
        dict(caught),
        len(honest),
        {key: codes[key] for key in honest if codes.get(key)},
        tuple((key, fraud) for key, fraud in labels.items() if fraud and fraud not in codes.get(key, ())),
    )

"""Loads that are killed, and what a reader may see after it."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from collections.abc import Iterable
from multiprocessing.process import BaseProcess
from pathlib import Path

import polars as pl

from tests.usage.store.making import held, lines, tree
from tests.usage.store.victim import start
from yunquan.usage.store import Store

COUNTS = (400, 150)


def written(folder: Path) -> list[Path]:
    """The files that are loaded, each with a bad line at its end."""
    made = []
    for place, count in enumerate(COUNTS):
        path = folder / f"flows-{place}.csv"
        path.write_text(lines(place * 1_000, count) + "wrong\n", encoding="utf-8")
        made.append(path)
    return made


def faults(root: Path, acknowledged: Path) -> list[str]:
    """What a reader would see amiss: a load that isn't whole, or an acknowledged one that isn't there."""
    if not root.exists():
        return []
    store, found = Store(root), []
    loads = store.loads()
    for loaded in loads:
        numbers = []
        for day in loaded.days:
            for path in store.files(day, "operator"):
                if path.name.startswith(loaded.sha256[:16]):
                    if not path.exists():
                        found.append(f"{loaded.file}: {path.name} is missing")
                        continue
                    numbers += pl.read_parquet(path)["bytes_ab"].to_list()
        place = int(loaded.file[6])
        if sorted(numbers) != list(range(place * 1_000, place * 1_000 + COUNTS[place])):
            found.append(f"{loaded.file}: {len(numbers)} of {loaded.records} records")
        if store.bad_lines(loaded.sha256) is None:
            found.append(f"{loaded.file}: the bad lines are missing")
    there = {loaded.sha256 for loaded in loads}
    said = acknowledged.read_text().split() if acknowledged.exists() else []
    return found + [f"{one} was acknowledged and is lost" for one in said if one not in there]


def finished(root: Path, files: list[Path], acknowledged: Path) -> None:
    """Load to the end, and hold the store against what it must be, to the last file in its folders."""
    process = start(root, files, acknowledged)
    process.join()
    assert process.exitcode == 0
    assert faults(root, acknowledged) == []
    store = Store(root)
    bounds = [(place * 1_000, place * 1_000 + count) for place, count in enumerate(COUNTS)]
    assert held(store) == [number for first, end in bounds for number in range(first, end)]
    named = {str(path.relative_to(root)) for day in store.days() for path in store.files(day, "operator")}
    marks = {f"loads/{loaded.key}.json" for loaded in store.loads()}
    bad = {f"bad/{loaded.key}.csv" for loaded in store.loads()}
    assert tree(root) == named | marks | bad


def killed(process: BaseProcess) -> bool:
    """Whether the loader died on its way; anything but that and its end is a fault of the test."""
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


def kill_at_touches(folder: Path, touches: Iterable[int]) -> int:
    """Kill a loader at each of these touches, look, and let it finish; gives how many died."""
    files, deaths = written(folder), 0
    for touch in touches:
        root, acknowledged = folder / f"store-{touch}", folder / f"acknowledged-{touch}"
        if not killed(start(root, files, acknowledged, dies_at=touch)):
            break
        deaths += 1
        assert faults(root, acknowledged) == [], touch
        finished(root, files, acknowledged)
        shutil.rmtree(root)
    return deaths


def kill_at_random(folder: Path, times: int) -> None:
    """Kill one loader after the other on the same store; none falls behind what the one before had reached."""
    files, dice = written(folder), random.Random()
    begun = time.monotonic()
    finished(folder / "trial", files, folder / "trial-acknowledged")
    whole = time.monotonic() - begun
    root, acknowledged = folder / "store", folder / "acknowledged"
    ground: dict[str, int] = {}
    for _ in range(times):
        process = start(root, files, acknowledged)
        time.sleep(dice.uniform(0, whole))
        process.kill()
        process.join()
        assert faults(root, acknowledged) == []
        for path in root.glob("staging/*/progress.json"):
            offset = json.loads(path.read_text())["offset"]
            assert offset >= ground.get(path.parent.name, 0)
            ground[path.parent.name] = offset
    finished(root, files, acknowledged)

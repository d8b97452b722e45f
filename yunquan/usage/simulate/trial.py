"""A trial of the signals: a synthetic year written, loaded, rolled up, and what was found held against its labels."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

from yunquan.policy.rulebook import load_pack
from yunquan.usage.layouts import Options
from yunquan.usage.networks import OVERLAY
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import read_registry
from yunquan.usage.signals import signals
from yunquan.usage.simulate import simulate
from yunquan.usage.simulate.recall import Recall, measure, read_labels
from yunquan.usage.store import Store


def try_signals(
    folder: Path,
    *,
    seed: int,
    vouchers: int,
    frauds: float,
    from_on: date,
    to_on: date,
    now: datetime,
    pack: str = "gd-2018",
) -> Recall:
    """Run the whole way on a synthetic period in an empty folder; ValueError where a line could not be read."""
    simulate(folder / "synthetic", seed=seed, vouchers=vouchers, from_on=from_on, to_on=to_on, frauds=frauds)
    store = Store(folder / "store")
    options = Options(cloud=None, zone="Asia/Shanghai", now=now)
    for source in ("operator", "application"):
        for path in sorted((folder / "synthetic" / source).iterdir()):
            loaded = store.load(path, source=source, options=options)
            if loaded.bad:
                raise ValueError(f"{path.name}: {loaded.bad} lines could not be read")
    shutil.copy(folder / "synthetic" / "networks.yaml", store.root / OVERLAY)
    registry = read_registry(folder / "synthetic" / "registry.csv")
    update(store, registry)
    found = signals(store, registry, None, from_on, to_on, load_pack(pack))
    return measure(read_labels(folder / "synthetic" / "labels.csv"), found)

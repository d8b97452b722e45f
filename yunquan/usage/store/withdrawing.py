"""Taking a load back: its files are kept beside with a mark that says why, and the commit mark goes last."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from itertools import count
from pathlib import Path

from yunquan.usage.store.durable import sync, write_whole
from yunquan.usage.store.marks import Loaded, mark_of, part_path, said_as_bytes


def set_aside(root: Path, loaded: Loaded, *, reason: str, by: str, now: datetime) -> None:
    """Keep a load's files and the reason beside, then let its mark go; a killed one is simply done again.

    The files stay in their old places too until the next load sweeps them: someone may be reading them.
    """
    taken = (root / "withdrawn" / f"{loaded.key}-{number}" for number in count(1))
    folder = next(place for place in taken if not (place / "withdrawn.json").exists())
    folder.mkdir(parents=True, exist_ok=True)
    kept = [folder, folder.parent, root]
    for part in loaded.parts:
        place = folder / f"{part.day.isoformat()}-{part.number}.parquet"
        _keep(part_path(root, loaded.source, loaded.sha256, part), place)
        kept.append(place)
    bad = root / "bad" / f"{loaded.key}.csv"
    if bad.exists():
        _keep(bad, folder / "bad.csv")
        kept.append(folder / "bad.csv")
    said = {**mark_of(loaded), "reason": reason, "withdrawn_by": by, "withdrawn_at": now.isoformat()}
    write_whole(folder / "withdrawn.json", said_as_bytes(said))
    sync(kept)
    (root / "loads" / f"{loaded.key}.json").unlink()
    sync([root / "loads"])


def _keep(path: Path, place: Path) -> None:
    place.unlink(missing_ok=True)
    try:
        os.link(path, place)
    except OSError:
        shutil.copyfile(path, place)

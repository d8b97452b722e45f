"""Measure a draw of 50,000 items against the bare hashing it needs, as a ratio within one run.

Bare hashing: one SHA-256 per ticket (an item has as many as its weight) over messages that lie ready, and
the two hashes of the frozen files. The draw: from what was frozen over the seed, every ticket and the ranking
of every stratum to the bytes of result.jsonl. At most 3 times as long, in processor time, taken in turn.
How long the whole command takes, with reading, judging and the check by verify.py, is told too.
Prints one JSON object.

    python benchmarks/draw.py [ITEMS]
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
import time
from collections.abc import Callable

from yunquan.kernel import draw
from yunquan.kernel.canonical import canonical_json
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.reading import Source

ROUNDS = 9
AT_MOST_HASHING = 3.0
# What adds to the base weight of 1, and how often: never inspected, top decile of amount, supplier failed
# before, strong usage anomaly, open complaint.
REASONS = ((0.9, 1), (0.1, 2), (0.05, 3), (0.1, 1), (0.02, 2))
PARAMS = {
    "alg": "sha256",
    "den": 5,
    "draw_id": "2019-H2-01",
    "entropy": ["ssq:2019130"],
    "num": 1,
    "wmax": 64,
}
SECRETS = {name: bytes([place] * 32) for place, name in enumerate(("audit", "city", "province"))}
VALUES = {"ssq:2019130": "02,05,11,17,25,33+08"}


def population(count: int) -> list[draw.Item]:
    """Vouchers under blinded references in 21 cities, one in a hundred picked on purpose."""
    dice = random.Random(20191101)
    return [
        draw.Item(
            draw.blinded(alg="sha256", salt=b"salt", number=f"GD2018-{place:06d}"),
            f"{440100 + 100 * dice.randrange(21)}",
            1 + sum(more for share, more in REASONS if dice.random() < share),
            dice.random() < 0.01,
        )
        for place in range(count)
    ]


def draw_all(items: list[draw.Item], frozen: bytes, params: bytes) -> bytes:
    """From what was frozen to the bytes of the result."""
    seed = draw.seed_of(alg="sha256", population=frozen, params=params, entropy=VALUES, secrets=SECRETS)
    return draw.result_bytes(draw.draw(items, alg="sha256", seed=seed, num=1, den=5))


def tickets(items: list[draw.Item], frozen: bytes, params: bytes) -> list[bytes]:
    """Every message that the draw must hash."""
    seed = draw.seed_of(alg="sha256", population=frozen, params=params, entropy=VALUES, secrets=SECRETS)
    messages = [frozen, params]
    for item in items:
        if not item.mandatory:
            ref = item.ref.encode()
            parts = [
                b"".join(len(part).to_bytes(4, "big") + part for part in (seed, ref, j.to_bytes(2, "big")))
                for j in range(item.weight)
            ]
            messages += [b"sd-draw/1/ticket\x00" + part for part in parts]
    return messages


def hash_all(messages: list[bytes]) -> None:
    """The bare hashing."""
    for message in messages:
        hashlib.sha256(message).digest()


def seconds(act: Callable[[], object]) -> float:
    """The processor time of one act."""
    start = time.process_time()
    act()
    return time.process_time() - start


def command(items: list[draw.Item], params: bytes) -> Callable[[], object]:
    """What `yunquan draw run` does between reading its files and writing the bundle."""
    sources = {
        "population": Source("population.jsonl", draw.population_bytes(items)),
        "params": Source("params.json", params),
        "reveals": Source("reveals.json", canonical_json({name: one.hex() for name, one in SECRETS.items()})),
        "entropy": Source("entropy.json", canonical_json(VALUES)),
    }
    return lambda: bundle.run(**sources)


def main(count: int) -> int:
    items, params = population(count), canonical_json(PARAMS)
    frozen = draw.population_bytes(items)
    messages = tickets(items, frozen, params)
    rounds = [
        (seconds(lambda: hash_all(messages)), seconds(lambda: draw_all(items, frozen, params)))
        for _ in range(ROUNDS)
    ]
    hashing, drawing = (statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(drawn / hashed for hashed, drawn in rounds)
    whole = seconds(command(items, params))
    is_met = ratio <= AT_MOST_HASHING
    print(
        json.dumps(
            {
                "benchmark": "draw",
                "items": count,
                "hashes": len(messages),
                "hash_s": round(hashing, 3),
                "draw_s": round(drawing, 3),
                "times_hashing": round(ratio, 2),
                "at_most": AT_MOST_HASHING,
                "whole_command_s": round(whole, 3),
                "met": is_met,
            }
        ),
        flush=True,
    )
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))

"""Fuzzes one parser until its time is up: `python -m harness.fuzz_one TARGET CORPUS [libFuzzer's options]`.

A process of its own for each parser, since the fuzzer ends its process.  More than 5 s of processor time for one
input is a finding like an exception; the fuzzer itself watches the memory.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["yunquan.evidence", "yunquan.usage.layouts", "yunquan.kernel", "yunquan.papers"]
):
    import yunquan.evidence.likeness.opening
    import yunquan.evidence.reading.contracts.reading
    import yunquan.evidence.reading.invoices.reading
    import yunquan.evidence.reading.proofs.reading
    import yunquan.usage.layouts  # noqa: F401

from harness.fuzz_targets import TARGETS, tried

MOST_SECONDS = 5.0


class TooLongError(Exception):
    """An input took more processor time than the confined reader has."""


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    name, corpus, *options = sys.argv[1:]
    folder = Path(corpus)
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (folder / f"seed{number:02d}").write_bytes(seed)

    def one(content: bytes) -> None:
        begun = _spent()
        tried(name, content)
        if _spent() - begun > MOST_SECONDS:
            raise TooLongError(f"{_spent() - begun:.1f} s")

    atheris.Setup([sys.argv[0], *options, f"-max_len={TARGETS[name].longest}", str(folder)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

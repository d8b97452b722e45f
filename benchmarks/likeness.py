"""What one new document costs beside 10,000 and beside 100,000 stored ones; the cost must not grow with them.

Texts are of many wordings, and a tenth fills in one form, so that some buckets are as full as they get.  What is
measured is everything that a new text meets after its reading: signature, search in the index, comparing, storing.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

from yunquan.evidence.likeness.comparing import Document, Kind, text_of
from yunquan.evidence.likeness.scan import Library

FEW, MANY, PROBES = 10_000, 100_000, 400
MOST_RATIO = 1.5
_WORDS = [chr(sign) for sign in range(0x4E00, 0x4E00 + 3_000)]


def _text(chance: random.Random, form: str) -> str:
    """A report of 400 signs: its own words, or a form of 300 with 100 of its own."""
    if chance.random() < 0.1:
        return "验收报告" + form + "".join(chance.choices(_WORDS, k=100)) + f"{chance.randint(10**6, 10**7)}"
    return "验收报告" + "".join(chance.choices(_WORDS, k=400)) + f"{chance.randint(10**6, 10**7)}"


def _document(number: int, text: str) -> Document:
    return Document(name=str(number), sha256=f"{number:064d}", text=text_of(text))


def _changed(chance: random.Random, text: str) -> str:
    """The text with four signs replaced."""
    signs = list(text)
    for place in chance.sample(range(10, 300), 4):
        signs[place] = "改"
    return "".join(signs)


def main() -> int:
    """Fill a library to both sizes and time new documents at each; 1 when the target is missed."""
    chance = random.Random(20180320)
    form = "".join(chance.choices(_WORDS, k=300))
    library, texts = Library(), list[str]()
    medians: dict[int, float] = {}
    found = wrong = 0
    for size in (FEW, MANY):
        while len(library) < size:
            texts.append(_text(chance, form))
            library.add(_document(len(library), texts[-1]))
        costs = []
        for probe in range(PROBES):
            # Every second one is a copy of a stored text with a few words changed.
            is_copy = probe % 2 == 0
            shown = _changed(chance, chance.choice(texts)) if is_copy else _text(chance, form)
            started = time.perf_counter()
            alike = library.add(_document(10 * MANY + size + probe, shown))
            costs.append(time.perf_counter() - started)
            likes = [one for _other, one in alike if one.kind in (Kind.OTHER_NAMES, Kind.SIMILAR_TEXT)]
            found += is_copy and bool(likes)
            wrong += not is_copy and bool(likes)
        medians[size] = statistics.median(costs)
        print(
            f"{size:>7} stored: {1e3 * medians[size]:.2f} ms a new document (median of {PROBES})", flush=True
        )
    ratio = medians[MANY] / medians[FEW]
    print(
        f"ratio {ratio:.2f}, target at most {MOST_RATIO}; copies found {found} of {PROBES}, wrongly alike {wrong}"
    )
    return int(ratio > MOST_RATIO or found < 0.99 * PROBES)


if __name__ == "__main__":
    sys.exit(main())

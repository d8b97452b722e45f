"""The corpus of hostile and broken files: bombs, entities, slips, polyglots, lies, locks, floods, bad encodings.

`python -m tests.evidence.hostile FOLDER` writes them out.  All are made by rule from invented papers, so the corpus
is the same every time.  Real attacks on the reading libraries' memory (crafted fonts, JBIG2 and JPEG 2000 streams,
colour profiles that overflow) are not in it: those are for fuzzing and for keeping the libraries up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.evidence.hostility import File, markup, packages, pages, payments, words


def corpus() -> Iterator[File]:
    """Every file with its name, one after the other, so that no more than one is held."""
    for prefix, files in (
        ("xml", markup.files),
        ("ofd", packages.ofd_files),
        ("xlsx", packages.xlsx_files),
        ("pdf", pages.pdf_files),
        ("picture", pages.picture_files),
        ("strange", pages.strange_files),
        ("contract", words.files),
        ("contract-page", words.pdf_files),
        ("statement", payments.csv_files),
        ("statement-book", payments.xlsx_files),
        ("receipt", payments.receipt_files),
    ):
        for name, content in files():
            yield f"{prefix}-{name}", content


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for file, written in corpus():
        (folder / file.replace("/", "_")).write_bytes(written)

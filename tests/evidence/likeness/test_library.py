"""Documents stored as they come, and the modules that must run where no platform is."""

from __future__ import annotations

import subprocess
import sys

from tests.evidence.likeness import making
from yunquan.evidence.likeness.comparing import Document, Kind, text_of
from yunquan.evidence.likeness.opening import pictures_from, read
from yunquan.evidence.likeness.scan import MOST_PARTNERS, Library

PURE = (
    "yunquan.evidence.matching",
    "yunquan.evidence.prices",
    "yunquan.evidence.relations",
    "yunquan.evidence.likeness.scan",
    "yunquan.evidence.likeness.opening",
    "yunquan.evidence.commands.evidence",
)


def document(name: str, text: str, sha256: str = "") -> Document:
    """A document of a text alone."""
    return Document(name=name, sha256=sha256 or name, text=text_of(text))


def test_a_new_document_is_told_its_likes_among_those_before_it_the_likest_first() -> None:
    library = Library()
    for seed in range(20):
        assert library.add(document(f"r{seed}", making.report(seed))) == []
    near = making.report(3, enterprise="虚构精密机电有限公司")
    assert [(one.name, alike.kind) for one, alike in library.add(document("near", near))] == [
        ("r3", Kind.OTHER_NAMES)
    ]
    found = library.add(document("again", making.report(3)))
    assert [(one.name, alike.kind) for one, alike in found] == [
        ("r3", Kind.SAME_TEXT),
        ("near", Kind.OTHER_NAMES),
    ]
    assert len(library) == 22


def test_a_thousand_copies_are_shown_with_a_bounded_number_of_partners() -> None:
    library = Library()
    text = making.report(1)
    counts = [len(library.add(document(f"c{number}", text))) for number in range(200)]
    assert counts[1] == 1 and max(counts) == MOST_PARTNERS


def test_a_page_scanned_into_a_paper_of_its_own_words_is_found() -> None:
    page = making.page(making.report(2))
    pictures = pictures_from(read(making.saved(page), "x.jpg")["pictures"])
    library = Library()
    library.add(Document(name="scan", sha256="1", pictures=pictures))
    mixed = Document(name="mixed", sha256="2", text=text_of(making.report(9)), pictures=[(4, pictures[0][1])])
    ((other, alike),) = library.add(mixed)
    assert (other.name, alike.kind, alike.pages) == ("scan", Kind.SAME_PICTURE, ((1, 4),))


def test_no_module_needs_the_platform() -> None:
    code = f"import sys; import {', '.join(PURE)}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

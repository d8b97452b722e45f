"""All documents of a folder against each other, by the index: what is alike, and what could not be read."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yunquan.evidence.likeness.comparing import Alike, Document, Kind, compare, text_of
from yunquan.evidence.likeness.index import BandIndex
from yunquan.evidence.likeness.opening import pictures_from
from yunquan.evidence.likeness.pictures import BANDS
from yunquan.evidence.likeness.shingles import LANES, Hashes, bands
from yunquan.evidence.likeness.twins import Cap, Outline, outline_of, twins
from yunquan.evidence.reading import sandbox

# Of a thousand copies of one document each new one is shown with this many earlier ones.
MOST_PARTNERS = 64


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files with something in common; names are relative to the folder, `a` before `b`."""

    a: str
    b: str
    kind: Kind
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not compared by what it says, and why."""

    name: str
    reason: str


@dataclass(slots=True)
class Library:
    """Documents that are stored as they come; each new one is told its likes among those before it."""

    _documents: list[Document] = field(default_factory=list)
    _by_content: defaultdict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _by_text: defaultdict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _texts: BandIndex = field(default_factory=lambda: BandIndex(LANES))
    _text_owners: list[int] = field(default_factory=list)
    _pictures: BandIndex = field(default_factory=lambda: BandIndex(BANDS))
    _picture_owners: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._documents)

    def add(self, document: Document) -> list[tuple[Document, Alike]]:
        """Store a document; gives the earlier ones that are alike, the likest first, at most 64."""
        number = len(self._documents)
        near: set[int] = set(self._by_content[document.sha256][-MOST_PARTNERS:])
        if document.text is not None:
            near.update(self._by_text[document.text.content][-MOST_PARTNERS:])
            keys = bands(document.text.signature)
            near.update(self._text_owners[at] for at in self._texts.candidates(keys))
            self._texts.add(keys)
            self._text_owners.append(number)
            self._by_text[document.text.content].append(number)
        for _page, picture in document.pictures:
            lanes = picture.bands
            near.update(self._picture_owners[at] for at in self._pictures.candidates(lanes))
        for _page, picture in document.pictures:
            self._pictures.add(picture.bands)
            self._picture_owners.append(number)
        self._by_content[document.sha256].append(number)
        self._documents.append(document)
        near.discard(number)
        found = []
        for other in sorted(near):
            alike = compare(self._documents[other], document)
            if alike is not None:
                found.append((self._documents[other], alike))
        found.sort(key=lambda one: -one[1].score)
        return found[:MOST_PARTNERS]


def files_in(folder: Path) -> tuple[list[Path], list[Path]]:
    """The plain files below a folder by name, and the folders that couldn't be opened; links are not followed."""
    found: list[Path] = []
    closed: list[Path] = []
    waiting = [folder]
    while waiting:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(place / entry.name)
                    elif entry.is_file(follow_symlinks=False):
                        found.append(place / entry.name)
        except OSError:
            # Its path may also be longer than the system opens.
            closed.append(place)
    return sorted(found), sorted(closed)


def scan(
    folder: Path,
    *,
    caps: Mapping[str, Cap] | None = None,
    form: Hashes | None = None,
    skip: Iterable[Path] = (),
) -> tuple[list[Pair], list[Skipped]]:
    """Compare all documents below a folder; every file is read in the confined process.

    `caps` by service are for twin contracts, `form` are the shingles of blank forms, which make nothing alike.
    """
    left_out = {place.resolve() for place in skip}
    found, closed = files_in(folder)
    paths = [place for place in found if place.resolve() not in left_out]
    names = [place.relative_to(folder).as_posix() for place in paths]
    library, outlines = Library(), list[Outline]()
    pairs: list[Pair] = []
    skipped = [Skipped(place.relative_to(folder).as_posix(), "目录打不开") for place in closed]
    hashes: list[str] = []
    answers = sandbox.run_many("likeness", _contents(paths, hashes))
    for name, answer in zip(names, answers, strict=True):
        sha256 = hashes.pop(0)
        if answer["error"] is not None:
            skipped.append(Skipped(name, answer["error"]))
        if not sha256:
            continue
        read = answer["read"] or {"text": "", "pictures": []}
        text = text_of(read["text"], form=form)
        document = Document(name=name, sha256=sha256, text=text, pictures=pictures_from(read["pictures"]))
        for other, alike in library.add(document):
            a, b = sorted((other.name, name))
            pairs.append(Pair(a, b, alike.kind, alike.score, alike.why))
        if caps and text is not None and text.paper == "contract":
            outline = outline_of(name, read["text"], caps)
            outlines += [outline] if outline is not None else []
    for twin in twins(outlines, caps or {}):
        a, b = sorted((twin.one, twin.other))
        pairs.append(Pair(a, b, Kind.TWIN_CONTRACTS, twin.score, twin.why))
    pairs.sort(key=lambda pair: (pair.a, pair.b, pair.kind))
    return pairs, skipped


def _contents(paths: Sequence[Path], hashes: list[str]) -> Iterator[tuple[str, bytes]]:
    """The files one by one; their hashes go to `hashes` in the same order, empty where there is no content."""
    for place in paths:
        try:
            with place.open("rb") as source:
                content = source.read(sandbox.MOST_BYTES + 1)
        except OSError:
            content = b""
        whole = 0 < len(content) <= sandbox.MOST_BYTES
        hashes.append(hashlib.sha256(content).hexdigest() if whole else "")
        yield place.name, content

"""What the demonstration's scenes stand on: people to act as, papers to upload, a clock that moves."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from yunquan.evidence import actions as evidence
from yunquan.evidence import readings, taking
from yunquan.evidence.models import Reading, StoredFile
from yunquan.evidence.reading import sandbox
from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.workflow import Actor
from yunquan.papers.pdf import notice
from yunquan.parties import actions as parties
from yunquan.parties.models import Bureau, Enterprise, Person, Supplier
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle

PASSWORD = "yunquan-demo-2018"
CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
VISITOR = Actor(person="visitor", role=Role.PUBLIC, org="public")


def at(text: str) -> datetime:
    """A moment in Shanghai: `at("2018-12-03 10:02")`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@dataclass
class Stage:
    """The people by name, the organisations by clerk, and the moment at which the next act happens."""

    now: datetime
    people: dict[str, Actor] = field(default_factory=dict)
    accounts: dict[str, Person] = field(default_factory=dict)
    enterprises: dict[str, Enterprise] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    cycles: dict[str, Cycle] = field(default_factory=dict)
    hash: str = ""
    serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    unread: list[tuple[str, StoredFile, datetime]] = field(default_factory=list)

    def __getitem__(self, name: str) -> Actor:
        return self.people[name]

    def wait(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now

    def until(self, text: str) -> datetime:
        """Move the clock on to a moment; it never runs back."""
        self.now = max(self.now, at(text))
        return self.now

    def official(self, name: str, shown: str, role: Role, code: str = "") -> Actor:
        """Open an account and appoint it, as the administrators do."""
        person = self._account(name, shown)
        bureau = Bureau.objects.get(code=code) if code else None
        row = parties.appoint(
            person=person, role=role, bureau=bureau, starts_on=date(2018, 9, 1), by=CLOCK, now=self.now
        )
        self.accounts[name] = person
        self.people[name] = Actor(person=person.key, role=role, org=row.org_key)
        return self.people[name]

    def _account(self, name: str, shown: str) -> Person:
        """An account with the demonstration's password, hashed once for all of them."""
        person = parties.add_person(username=name, name=shown, password="", by=CLOCK, now=self.now)
        if not self.hash:
            parties.set_password(person=person, password=PASSWORD, by=CLOCK, now=self.now)
            person.refresh_from_db()
            self.hash = person.password
        self.give_password(person)
        return person

    def give_password(self, person: Person) -> None:
        """Hashing takes a tenth of a second on purpose; a hundred accounts share one hash here."""
        Person.objects.filter(pk=person.pk).update(password=self.hash)

    def paper(
        self, by: Actor, title: str, facts: Sequence[tuple[str, str]], paragraphs: Sequence[str] = ()
    ) -> str:
        """Upload a PDF that says it is invented, and give its id as a form would carry it."""
        content = notice(
            title=title,
            paragraphs=["本文件为演示数据，所列单位、人员和金额均为虚构。", *paragraphs],
            facts=list(facts),
            number=f"演示-{next(self.serial):05d}",
        )
        return self.upload(by, f"{title}.pdf", content)

    def upload(self, by: Actor, name: str, content: bytes, *, reader: str = "") -> str:
        """Upload a file and give its id as a form would carry it; a reader reads it before the scene ends."""
        file = evidence.take_file(content=content, name=name, org=by.org, by=by, now=self.now)
        if reader:
            self.unread.append((reader, file, self.now))
        return str(file.pk)

    def read_all(self) -> None:
        """Have everything read that was uploaded since, many files at a time, and kept as of its upload."""
        for wanted in sorted({reader for reader, _file, _at in self.unread}):
            rows = [(file, at) for reader, file, at in self.unread if reader == wanted]
            answers = sandbox.run_many(wanted, [(file.name, taking.read(file.sha256)) for file, _at in rows])
            for (file, when), answer in zip(rows, answers, strict=True):
                Reading.objects.get_or_create(
                    sha256=file.sha256,
                    reader=wanted,
                    version=readings.VERSIONS[wanted],
                    defaults={"facts": answer["read"], "error": answer["error"] or "", "read_at": when},
                )
        self.unread.clear()

    def stored(self, by: Actor, title: str, facts: Sequence[tuple[str, str]]) -> Any:
        """The same as a stored file."""
        return StoredFile.objects.get(pk=int(self.paper(by, title, facts)))

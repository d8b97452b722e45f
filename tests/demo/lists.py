"""Every list of every desk is there as a file: a page with a table and without a download is named."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from python_calamine import CalamineWorkbook

from yunquan.config.cli import LOGINS

# Pages with a table that is no list to be taken away, and why.
NO_LIST = {
    "/": "the latest of what has a page of its own",
    "/admin/contacts/": "what waits for an administrator; receipts and changes of person have files at the bureaus",
    "/admin/texts/": "texts to be edited",
    "/auditor/": "what each list holds, led to the lists",
    "/catalogue/": "the catalogue in words; open data has it as a file",
    "/city/": "what waits, led to the lists",
    "/city/bureau/": "the colleagues of one bureau",
    "/city/contacts/": "one's own receipts, each with its Word paper; calls have a file",
    "/city/inbox/": "an inbox",
    "/city/inspections/": "what waits, led to the lists",
    "/data/": "the files themselves",
    "/desk/tokens/": "keys that are shown once",
    "/draws/verify/": "how to verify, step by step",
    "/enterprise/claims/": "what can be claimed now; the vouchers have a file",
    "/enterprise/colleagues/": "the colleagues of one firm",
    "/enterprise/inspections/": "what waits, led to the lists",
    "/enterprise/messages/": "an inbox",
    "/enterprise/profile/": "one firm's own facts",
    "/expert/ties/": "one expert's own ties",
    "/province/": "what waits, led to the lists",
    "/province/inbox/": "an inbox",
    "/province/inspections/": "what waits, led to the lists",
    "/province/rules/": "the rules in words; open data has them as a file",
    "/province/rules/catalogue/": "the catalogue to be edited; open data has it as a file",
    "/province/sources/": "how each source stands; all deliveries have a file",
    "/rules/": "the rules in words; open data has them as a file",
    "/styleguide/": "samples of components",
    "/supplier/": "what waits, led to the lists",
    "/supplier/behaviour/": "the latest deliveries; all have a file",
    "/supplier/behaviour/pull/": "the last fetches of one interface",
    "/supplier/colleagues/": "the colleagues of one firm",
    "/supplier/inspections/": "what waits, led to the lists",
    "/supplier/messages/": "an inbox",
    "/supplier/registration/": "one firm's own facts",
}
ELSEWHERE = ("/accounts", "/api")


def _addresses(resolver: URLResolver, head: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        here = head + str(one.pattern)
        if isinstance(one, URLPattern):
            yield here
        else:
            yield from _addresses(one, here)


def plain_addresses() -> list[str]:
    """The addresses of this site that ask for nothing but themselves."""
    found = {one for one in _addresses(get_resolver()) if "<" not in one and "(" not in one}
    return sorted("/" + re.sub(r"[\\^$]", "", one.replace("\\Z", "")) for one in found)


def every_list_is_taken_away() -> None:
    """Each page that the logins of the demonstration open: with a table it has a spreadsheet, and that one opens."""
    bare, seen, files = set(), set(), 0
    people = get_user_model()
    for _label, name in (("", ""), *LOGINS):
        client, desk = Client(), ""
        if name:
            person = people.objects.get(username=name)
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
            desk = client.get("/desk/").headers["Location"]
        for place in plain_addresses():
            if place in seen or place.startswith(ELSEWHERE) or not place.startswith((desk, "/desk/")):
                continue
            answer = client.get(place)
            if answer.status_code != 200 or "html" not in answer["Content-Type"]:
                continue
            seen.add(place)
            main = answer.content.decode().split("<main", 1)[-1]
            links = re.findall(r'href="([^"]*(?:format=xlsx|\.xlsx)[^"]*)"', main)
            if "<table" in main and not links:
                bare.add(place)
            for link in {one.replace("&amp;", "&") for one in links}:
                files += _opens(client, place + link if link.startswith("?") else link)
    assert bare <= NO_LIST.keys(), f"lists without a file: {sorted(bare - NO_LIST.keys())}"
    gone = NO_LIST.keys() - seen - {"/styleguide/"}  # Samples are shown by a demonstration alone.
    assert not gone, f"no pages any more: {sorted(gone)}"
    assert files > 70


def _opens(client: Client, link: str) -> bool:
    answer = client.get(link)
    assert answer.status_code == 200, link
    assert "spreadsheet" in answer["Content-Type"], link
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows, link
    marked = [
        cell for row in rows for cell in row if isinstance(cell, str) and re.search(r"<\w|object at", cell)
    ]
    assert marked == [], link
    return True

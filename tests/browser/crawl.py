"""Every page of every role, reached by its links as each login, at desk and telephone width.

One page a pattern of addresses; each must answer 200, fit its width, stay inside its cards, say nothing on
the console, show no leftovers of templates and no traceback, and axe must find nothing.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import DESKTOP, TELEPHONE
from tests.browser.site import Visitor

FIRST_PAGES = {
    "": "/", "qy10": "/enterprise/", "yun": "/supplier/", "dg-review": "/city/", "dg-approve": "/city/",
    "dg-cash": "/city/", "hc-review": "/city/", "province": "/province/", "province2": "/province/",
    "expert1": "/expert/", "auditor": "/auditor/", "sysadmin": "/admin/", "secadmin": "/admin/",
    "audadmin": "/admin/",
}  # fmt: skip
# Pages behind a button or a state that the crawl does not meet by itself.
BEHIND = {
    "": ("/enterprise/register/", "/supplier/register/", "/accounts/login/", "/styleguide/"),
    "qy-tui": (),
}
MOST_PAGES = 60
NOT_PAGES = re.compile(
    r"^/(files|prefs|api|accounts/logout|static)|\.(docx|xlsx|csv|pdf|json|jsonl|png|py|xml|txt|zip)$|^/desk/"
)
LEFTOVERS = ("{{", "{%", "<c-", "Traceback (most recent", "None，", "：None", "None 元")
OTHER_DAYS = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
# The narrow page has the same colours and words; only what depends on the layout is asked again.
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
LAID_OUT = {"type": "rule", "values": ["scrollable-region-focusable", "region", "aria-hidden-focus",
            "page-has-heading-one", "label", "button-name", "link-name", "link-in-text-block", "empty-table-header"]}  # fmt: skip
AXE = """only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(
  found => found.violations.map(row => row.id + ': ' + row.nodes[0].html.slice(0, 160)))"""
UNFOLD = """() => document.querySelectorAll('details:not(.g-menu)').forEach(one => { one.open = true; })"""
STICKING_OUT = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > wide) { found.push('the page is wider than ' + wide); }
  const name = node => node.tagName.toLowerCase() + '.' + node.className + ' ' + node.innerText.slice(0, 20);
  const held = node => {  // Inside something that scrolls or clips, nothing sticks out of the page.
    for (let outer = node; outer && outer.tagName !== 'MAIN'; outer = outer.parentElement) {
      const style = getComputedStyle(outer);
      if (style.overflowX !== 'visible' || style.clip !== 'auto' || style.clipPath !== 'none') { return true; }
    }
    return false;
  };
  for (const node of document.querySelectorAll('main *')) {
    const box = node.getBoundingClientRect();
    if (!box.width || !box.height) { continue; }
    const card = node.parentElement.closest('.g-card, .g-note, .g-tile');
    const edge = card ? Math.min(wide, card.getBoundingClientRect().right) : wide;
    if (box.right > edge + 1 && !held(node)) {
      found.push('sticks out: ' + name(node));
    }
  }
  return found.slice(0, 5);
}"""


def pattern(path: str) -> str:
    """The address with what varies between things of one kind left out."""
    parts = ["*" if re.search(r"\d", part) else part for part in path.split("/")]
    return "/".join(parts)


def walk(visitor: Visitor, login: str, examined: set[str]) -> None:
    """Visit one page a pattern from the first page of a login; every fault of all of them at once."""
    faults: list[str] = []
    waiting, seen = [FIRST_PAGES[login], *BEHIND.get(login, ())], set()
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.pop(0)
        if pattern(path) in seen:
            continue
        seen.add(pattern(path))
        answer = visitor.page.goto(visitor.url + path)
        faults += [f"{path}: {fault}" for fault in faults_of(visitor, answer, pattern(path) not in examined)]
        examined.add(pattern(path))
        faults += [f"{path}: {error}" for error in visitor.errors]
        visitor.errors.clear()
        waiting += _links(visitor)
    assert len(seen) > 2
    assert not faults, "\n".join(faults)


def _links(visitor: Visitor) -> list[str]:
    hrefs = visitor.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    paths = [urlsplit(href).path for href in hrefs if href.startswith(visitor.url)]
    return [path for path in dict.fromkeys(paths) if not NOT_PAGES.search(path)]


def faults_of(visitor: Visitor, answer: Any, closely: bool) -> list[str]:
    """What is wrong with the page that just answered; `closely` asks axe and looks at both widths."""
    if answer.status != 200:
        return [f"status {answer.status}"]
    page, found = visitor.page, []
    shown, source = page.inner_text("body"), page.content()
    found += [f"left over: {sign}" for sign in LEFTOVERS if sign in shown]
    found += [f"a day not written 2018-12-31: {day}" for day in OTHER_DAYS.findall(shown)]
    found += [f"left over in the source: {sign}" for sign in LEFTOVERS[:4] if sign in source]
    if not closely:
        return found
    page.evaluate(UNFOLD)
    page.evaluate(AXE_SCRIPT)
    for size in (DESKTOP, TELEPHONE):
        page.set_viewport_size(size)
        found += [f"at {size['width']}: {fault}" for fault in page.evaluate(STICKING_OUT)]
        only = TAGS if size is DESKTOP else LAID_OUT
        found += [f"at {size['width']}: axe {fault}" for fault in page.evaluate(AXE, only)]
    page.set_viewport_size(DESKTOP)
    return found

"""Every page of every role, reached by its links as each login, at desk and telephone width.

One page a pattern of addresses; each must answer 200, fit its width, stay inside its cards, say nothing on
the console, show no leftovers of templates and no traceback, and axe must find nothing. What another login of
the same desks has looked at is asked for again without being drawn: it must answer and show no leftovers.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urljoin, urlsplit

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
    r"^/(files|prefs|api|accounts/logout|static)|\.(docx|xlsx|csv|pdf|json|jsonl|png|py|xml|txt|zip|ics)$|^/desk/"
)
LEFTOVERS = ("{{", "{%", "<c-", "Traceback (most recent", "None，", "：None", "None 元")
UNSEEN = re.compile(r"<(script|style|template|head)\b.*?</\1>|<!--.*?-->", re.DOTALL)
TAG, HREF = re.compile(r"<[^>]*>"), re.compile(r"<a\b[^>]*?\bhref=\"([^\"]*)\"")
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
        if pattern(path) in examined:
            found, hrefs = asked_for(visitor, path)
        else:
            found, hrefs = looked_at(visitor, path)
        examined.add(pattern(path))
        faults += [f"{path}: {fault}" for fault in (*found, *visitor.errors)]
        visitor.errors.clear()
        waiting += _pages(visitor, hrefs)
    assert len(seen) > 2
    assert not faults, "\n".join(faults)


def _pages(visitor: Visitor, hrefs: list[str]) -> list[str]:
    paths = [urlsplit(href).path for href in hrefs if href.startswith(visitor.url)]
    return [path for path in dict.fromkeys(paths) if not NOT_PAGES.search(path)]


def _leftovers(shown: str, source: str) -> list[str]:
    found = [f"left over: {sign}" for sign in LEFTOVERS if sign in shown]
    found += [f"a day not written 2018-12-31: {day}" for day in OTHER_DAYS.findall(shown)]
    return found + [f"left over in the source: {sign}" for sign in LEFTOVERS[:4] if sign in source]


def asked_for(visitor: Visitor, path: str) -> tuple[list[str], list[str]]:
    """What is wrong with the words of a page, and where it links to; the browser sends its cookies along."""
    answer = visitor.context.request.get(visitor.url + path)
    if answer.status != 200:
        return [f"status {answer.status}"], []
    source = answer.text()
    shown = html.unescape(TAG.sub(" ", UNSEEN.sub(" ", source)))
    return _leftovers(shown, source), [urljoin(answer.url, html.unescape(to)) for to in HREF.findall(source)]


def looked_at(visitor: Visitor, path: str) -> tuple[list[str], list[str]]:
    """What is wrong with a page in both widths, as a browser shows it and axe finds it; and where it links to."""
    page = visitor.page
    answer = page.goto(visitor.url + path)
    if answer.status != 200:
        return [f"status {answer.status}"], []
    found = _leftovers(page.inner_text("body"), page.content())
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    page.evaluate(UNFOLD)
    page.evaluate(AXE_SCRIPT)
    for size in (DESKTOP, TELEPHONE):
        page.set_viewport_size(size)
        found += [f"at {size['width']}: {fault}" for fault in page.evaluate(STICKING_OUT)]
        only = TAGS if size is DESKTOP else LAID_OUT
        found += [f"at {size['width']}: axe {fault}" for fault in page.evaluate(AXE, only)]
    page.set_viewport_size(DESKTOP)
    return found, hrefs

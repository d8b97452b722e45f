"""Two tabs, the back button, a double click, a window that closes meanwhile, a stranger: one outcome, and told so."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from tests.browser import acts
from tests.browser.site import Site, Visitor, at

pytestmark = pytest.mark.browser
ISSUE, SUBMIT = "审核通过并发放", "提交申领"
STANDS_AT = "2019-06-17 11:00"


@pytest.fixture
def moved(site: Site) -> Iterator[Site]:
    """The site, whose clock is put back after the test."""
    yield site
    site.move_clock(at(STANDS_AT))


def _first_waiting(reviewer: Visitor) -> str:
    reviewer.open("/city/applications/")
    reviewer.page.locator("main tbody a").first.click()
    reviewer.page.wait_for_url(re.compile(r"/city/applications/[^/]+/"))
    return reviewer.path


@pytest.mark.clause("D47-5.10", "D47-5.20")
def test_two_tabs_on_one_application_issue_once_and_the_second_is_told(
    arrive: Callable[..., Visitor],
) -> None:
    reviewer = arrive("dg-review")
    place = _first_waiting(reviewer)
    number = place.strip("/").split("/")[-1]
    first, second = reviewer.page, reviewer.tab()
    second.goto(reviewer.url + place)
    reviewer.press(ISSUE)
    assert f"{number} " in reviewer.told
    reviewer.page = second
    reviewer.press(ISSUE)
    assert "已发放" in reviewer.told or "已经" in reviewer.told, reviewer.told
    reviewer.open(f"/city/vouchers/{number}/")
    assert reviewer.page.locator("main td").get_by_text(ISSUE, exact=True).count() == 1
    first.close()


@pytest.mark.clause("D47-5.7b")
def test_the_back_button_after_submitting_sends_nothing_twice(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("qy10")
    number = acts.starts_application(clerk)
    acts.fills_application(clerk, number, contract="YS-返回-1")
    acts.submits(clerk, number)
    clerk.page.go_back()
    if clerk.page.get_by_role("button", name=SUBMIT).count():
        clerk.press(SUBMIT)
    assert clerk.path == f"/enterprise/vouchers/{number}/"
    assert "待供应商确认" in clerk.text


@pytest.mark.clause("D47-5.7b")
def test_a_double_click_submits_once(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("qy15")
    clerk.open("/enterprise/apply/")
    before = clerk.page.locator("main tbody tr").count()
    clerk.page.get_by_role("button", name="开始一份新的申领").dblclick()
    clerk.page.wait_for_url("**/contract/")
    number = clerk.path.split("/")[3]
    clerk.open("/enterprise/apply/")
    assert clerk.page.locator("main tbody tr").count() == before + 1
    acts.fills_application(clerk, number, contract="YS-双击-1")
    clerk.page.get_by_role("button", name=SUBMIT).dblclick()
    clerk.page.wait_for_url(f"**/enterprise/vouchers/{number}/")
    assert clerk.page.locator(".g-messages .is-bad").count() == 0


@pytest.mark.clause("D47-5.18", "D47-5.7b")
def test_a_window_that_closes_meanwhile_keeps_the_draft_and_says_when_it_closed(
    arrive: Callable[..., Visitor], moved: Site
) -> None:
    clerk = arrive("qy20")
    number = acts.starts_application(clerk)
    acts.fills_application(clerk, number, contract="YS-截止-1")
    moved.move_clock(at("2019-09-30 17:00"))
    clerk.press(SUBMIT)
    assert "2019-09-30 17:00" in clerk.text and "截止" in clerk.text, clerk.told
    clerk.open(f"/enterprise/apply/{number}/contract/")
    assert clerk.value("contract_number") == "YS-截止-1" and clerk.value("total") == "150,000"


@pytest.mark.clause("D47-5.20")
def test_what_belongs_to_others_is_not_found_by_its_address(arrive: Callable[..., Visitor]) -> None:
    reviewer, cases = arrive("dg-review"), []
    for page in ("applications", "claims", "registrations", "registrations/suppliers", "lists", "payments",
                 "objections", "recoveries", "vouchers", "enterprises"):  # fmt: skip
        cases += _things(reviewer, f"/city/{page}/")
    assert len({case.split("/")[2] for case in cases}) >= 7, cases
    _are_hidden_from(arrive("fs-review"), cases)
    clerk, supplier = arrive("qy10"), arrive("yun")
    mine = [*_things(clerk, "/enterprise/vouchers/"), *_things(clerk, "/enterprise/apply/"),
            *_things(clerk, "/enterprise/claims/")]  # fmt: skip
    theirs = [*_things(supplier, "/supplier/"), *_things(supplier, "/supplier/vouchers/"),
              *_things(supplier, "/supplier/products/")]  # fmt: skip
    assert mine and theirs
    _are_hidden_from(arrive("qy05"), mine)
    _are_hidden_from(arrive("zhi"), theirs)
    _are_hidden_from(supplier, [*mine, *cases])
    _are_hidden_from(clerk, [*theirs, *cases])
    files = clerk.page.locator('main a[href^="/files/"]')
    clerk.open(mine[0])
    taken = [str(files.nth(place).get_attribute("href")) for place in range(files.count())]
    _are_hidden_from(arrive("qy05"), taken)


def _things(visitor: Visitor, path: str) -> list[str]:
    """The addresses of single things that a page of this visitor links to, at most three a pattern."""
    visitor.open(path)
    hrefs = visitor.page.eval_on_selector_all("main a[href]", "links => links.map(link => link.href)")
    paths = {href.removeprefix(visitor.url).partition("?")[0] for href in hrefs}
    head = f"/{path.split('/')[1]}/"
    return sorted(found for found in paths if found.startswith(head) and re.search(r"\d", found))[:3]


def _are_hidden_from(stranger: Visitor, paths: list[str]) -> None:
    answers = {path: stranger.context.request.get(stranger.url + path).status for path in paths}
    assert {path: status for path, status in answers.items() if status != 404} == {}

"""A clerk decides a clean application and a clean claim by keys alone, from the queue to the next case; and by forms.

Every key that goes down is counted: a case that has nothing to look at costs a handful.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.site import Visitor

pytestmark = pytest.mark.browser
# Looking at every document and page included; a clean case must not cost more.
MOST_KEYS_APPLICATION, MOST_KEYS_CLAIM = 10, 12


class Keyboard:
    """Keys pressed by a person, counted; the mouse is never touched."""

    def __init__(self, visitor: Visitor) -> None:
        self.page, self.pressed = visitor.page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def turn(self, key: str) -> None:
        """A key that opens another page or document; wait until it is there."""
        with self.page.expect_response(lambda answer: answer.request.headers.get("hx-target") == "pane"):
            self.press(key)
        self.page.wait_for_selector("#pane:not([aria-busy])")

    def go(self, *keys: str) -> None:
        """Keys of which the last leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation():
            self.press(keys[-1])

    @property
    def focus(self) -> str:
        return str(
            self.page.evaluate("document.activeElement.textContent || document.activeElement.name || ''")
        ).strip()

    @property
    def focus_is_seen(self) -> bool:
        """Whether the element with the focus is drawn with an outline and lies within the window, uncovered."""
        return bool(
            self.page.evaluate(
                """() => { const node = document.activeElement, box = node.getBoundingClientRect();
                const style = getComputedStyle(node);
                const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
                return parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none'
                  && (node.contains(top) || top.contains(node)); }"""
            )
        )


def shown(visitor: Visitor) -> str:
    """Which document and page is open."""
    return str(visitor.page.inner_text("[data-page-said]"))


def clean_case(visitor: Visitor, path: str, without: str = "[data-eye]") -> str:
    """The address of the first case of a queue in which nothing differs and nothing is against approving."""
    visitor.open(path)
    cases = visitor.page.eval_on_selector_all(
        "main tbody a", "links => links.map(one => one.getAttribute('href'))"
    )
    for case in dict.fromkeys(one for one in cases if one.startswith(path)):
        visitor.open(case)
        if (
            not visitor.page.locator(without).count()
            and visitor.page.locator('button[data-key="a"]:enabled').count()
        ):
            return str(case)
    raise AssertionError(f"no clean case in {path}: {cases}")


@pytest.mark.clause("D47-5.10")
def test_a_clean_application_is_issued_by_keys_alone(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("dg-review")
    case = clean_case(clerk, "/city/applications/", "[data-eye], [data-look]")
    clerk.open("/city/applications/")
    keys = Keyboard(clerk)
    keys.press("o")
    assert keys.focus_is_seen
    keys.go("Enter")
    while clerk.path != case:
        keys.go("s")
    keys.pressed = 2
    assert "合同" in shown(clerk)
    keys.turn("f")
    assert "营业执照" in shown(clerk)
    keys.turn("b")
    assert "合同" in shown(clerk)
    keys.press("d")
    assert clerk.page.locator(
        "[data-said]", has_text="没有需要核对的差异"
    ).count() or clerk.page.wait_for_selector("[data-said]:has-text('没有需要核对的差异')", state="attached")
    keys.press("a")
    assert "审核通过并发放" in keys.focus and keys.focus_is_seen
    keys.go("Enter")
    assert (
        "已通过并发放" in clerk.told and clerk.path != case and clerk.path.startswith("/city/applications/")
    )
    assert keys.pressed <= MOST_KEYS_APPLICATION, keys.pressed


@pytest.mark.clause("D47-5.14")
def test_a_clean_claim_is_approved_by_keys_alone(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("dg-review")
    case = clean_case(clerk, "/city/claims/")
    clerk.open("/city/claims/")
    keys = Keyboard(clerk)
    keys.go("o", "Enter")
    while clerk.path != case:
        keys.go("s")
    keys.pressed = 2
    seen = [shown(clerk)]
    for _document in range(4):
        keys.turn("f")
        seen.append(shown(clerk))
    assert [text.split("　")[0].split("：")[0].split(" ")[0] for text in seen] == [
        "发票", "付款", "验收报告", "合同", "判定依据",
    ]  # fmt: skip
    keys.press("d", "a")
    assert "兑现审核通过" in keys.focus and keys.focus_is_seen
    keys.go("Enter")
    assert "兑现审核已通过" in clerk.told and clerk.path != case
    assert keys.pressed <= MOST_KEYS_CLAIM, keys.pressed


def test_the_next_difference_is_focused_and_its_place_is_marked_on_the_page(
    arrive: Callable[..., Visitor],
) -> None:
    clerk = arrive("dg-review")
    case = case_with_differences(clerk)
    clerk.open(case)
    keys = Keyboard(clerk)
    keys.turn("d")
    first = keys.focus
    assert first and keys.focus_is_seen
    clerk.page.wait_for_selector("#pane rect#place", state="attached")
    box = clerk.page.locator("#place").bounding_box()
    sheet = clerk.page.locator("#pane .g-sheet").bounding_box()
    assert box and sheet and sheet["y"] <= box["y"] <= sheet["y"] + sheet["height"]
    assert "box=" in clerk.page.url
    keys.turn("d")
    assert keys.focus != first
    keys.turn("Shift+D")
    assert keys.focus == first


def case_with_differences(visitor: Visitor) -> str:
    """The address of an application in which at least two fields differ."""
    visitor.open("/city/applications/")
    cases = visitor.page.eval_on_selector_all(
        "main tbody a", "links => links.map(one => one.getAttribute('href'))"
    )
    for case in dict.fromkeys(cases):
        if case.startswith("/city/applications/"):
            visitor.open(case)
            if visitor.page.locator("[data-eye] a[data-place]").count() > 1:
                return str(case)
    raise AssertionError(f"no case with differences: {cases}")


def test_single_keys_sleep_while_one_types_and_can_be_turned_off(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("dg-review")
    clerk.open(case_with_differences(clerk))
    keys, page = Keyboard(clerk), clerk.page
    keys.press("r")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    keys.press("r")
    assert "退回补正" in keys.focus
    page.locator('[name="reasons_text"]').focus()
    keys.press("a", "x", "d", "f", "s")
    assert page.locator('[name="reasons_text"]').input_value() == "axdfs"
    page.locator("[data-keys-switch]").focus()
    keys.press("Enter", "a")
    assert "打开单键操作" in keys.focus
    keys.press("Enter", "a")
    assert "审核通过并发放" in keys.focus


def test_tab_leads_through_the_whole_screen_and_out_again(arrive: Callable[..., Visitor]) -> None:
    clerk = arrive("dg-review")
    clerk.open(clean_case(clerk, "/city/claims/"))
    page = clerk.page
    page.evaluate("document.activeElement.blur()")
    stops = []
    for _press in range(160):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                "(document.activeElement.closest('[id]') || document.body).id + document.activeElement.tagName"
            )
        )
        if page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('footer')"
        ):
            break
    else:
        pytest.fail(f"Tab never left the screen: {stops[-8:]}")
    assert any("pane" in stop for stop in stops)


@pytest.mark.clause("D47-5.10", "D47-5.14")
def test_both_reviews_are_decided_by_forms_and_links_without_javascript(
    arrive: Callable[..., Visitor],
) -> None:
    clerk = arrive("fs-review", plain=True)
    for path, words in (("/city/applications/", "审核通过并发放"), ("/city/claims/", "兑现审核通过")):
        case = clean_case_of(clerk, path)
        clerk.follow("下一份")
        assert clerk.path == case
        clerk.follow("上一份")
        place = clerk.page.locator("a.g-read").first
        if place.count():
            with clerk.page.expect_navigation():
                place.click()
            assert clerk.page.locator("rect#place").count() == 1
        clerk.press(words)
        assert clerk.path != case and "通过" in clerk.told


def clean_case_of(visitor: Visitor, path: str) -> str:
    """A case of a queue that can be approved, opened."""
    visitor.open(path)
    links = visitor.page.locator("main tbody a")
    cases: list[Any] = [links.nth(place).get_attribute("href") for place in range(links.count())]
    for case in dict.fromkeys(cases):
        if case and case.startswith(path):
            visitor.open(case)
            if visitor.page.locator('button[data-key="a"]:enabled').count():
                return str(case)
    raise AssertionError(f"nothing to approve in {path}")

"""From a new enterprise's first page to the money, through pages alone, each act by its own person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser import acts
from tests.browser.site import Site, Visitor, at
from yunquan.policy.uscc import make_uscc

pytestmark = pytest.mark.browser
NAME, USCC, LOGIN = "虚构新来五金（测试）有限公司", make_uscc(4711, region="441900"), "xinlai"
SELLER = (make_uscc(9000, region="441900"), acts.SUPPLIER_NAME)


@pytest.mark.clause("D47-5.7a", "D47-5.7b", "D47-5.9", "D47-5.10", "D47-5.11", "D47-5.12", "D47-5.13")
@pytest.mark.clause("D47-5.14", "D47-5.15", "D47-5.20", "D47-5.22", "D47-8.2b")
def test_a_contract_becomes_money_through_pages_only(
    arrive: Callable[..., Visitor], site: Site, tmp_path: Path
) -> None:
    clerk, reviewer, supplier = arrive(), arrive("dg-review"), arrive("yun")
    acts.opens_account(clerk, name=NAME, uscc=USCC, login=LOGIN)
    acts.approves_registration(reviewer, name=NAME)
    number = acts.starts_application(clerk)
    acts.fills_application(clerk, number, contract="YS-测试-2019-01")
    assert "110,000.00" in clerk.text and "怎么算" not in clerk.fault_beside("total")
    acts.submits(clerk, number)
    acts.confirms(supplier, number)
    acts.issues(reviewer, number)
    acts.claims(clerk, number, seller=SELLER, buyer=(USCC, NAME))
    acts.attests(supplier, number)
    acts.records_verdict(arrive("province"), number)
    acts.approves_claim(reviewer, number)
    approver, visitor = arrive("dg-approve"), arrive()
    drawn = acts.draws_up(reviewer)
    public = acts.publishes(approver, drawn)
    code = acts.objects(visitor, public, name=NAME)
    acts.dismisses(approver, code, name=NAME)
    visitor.open(f"/objections/?code={code}")
    assert "现场核实系统在用" in visitor.text
    site.move_clock(at("2019-07-01 10:00"))
    ticked = site.run("tick")
    assert ticked.returncode == 0, ticked.stdout + ticked.stderr
    run = acts.prepares_run(reviewer)
    acts.pays(arrive("dg-cash"), run, tmp_path)
    clerk.open(f"/enterprise/vouchers/{number}/")
    assert "已兑付" in clerk.text and "110,000.00" in clerk.text
    _is_sound(site)


def _is_sound(site: Site) -> None:
    for words in (("doctor",), ("log", "verify")):
        told = site.run(*words)
        assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.clause("D47-5.7b", "D47-4.4.1", "D47-4.4.2")
def test_wrong_answers_are_all_named_beside_their_fields_and_nothing_typed_is_lost(
    arrive: Callable[..., Visitor],
) -> None:
    clerk = arrive("qy10")
    number = acts.starts_application(clerk)
    base = f"/enterprise/apply/{number}"
    clerk.fill(contract_number="YS-错-1", signed_on="昨天", total="十五万", cloud_fee="130000.005")
    clerk.press("保存，下一步")
    assert clerk.path == f"{base}/contract/"
    for name in ("contract_file", "signed_on", "total", "cloud_fee"):
        assert clerk.fault_beside(name), name
    assert not clerk.fault_beside("contract_number")
    kept = {name: clerk.value(name) for name in ("contract_number", "signed_on", "total", "cloud_fee")}
    assert kept == {
        "contract_number": "YS-错-1", "signed_on": "昨天", "total": "十五万", "cloud_fee": "130000.005",
    }  # fmt: skip
    clerk.open(f"{base}/contract/")
    assert clerk.value("total") == "十五万"
    acts.fills_application(clerk, number, contract="YS-对-1")
    clerk.open(f"{base}/services/")
    preview: Any = clerk.page.locator("#preview")
    assert "110,000.00" in preview.inner_text()
    clerk.fill(lines__0__fee="40000")
    clerk.page.locator('[name="lines-0-fee"]').press("Tab")
    preview.get_by_text("70,000.00").first.wait_for()

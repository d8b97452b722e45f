"""The page that checks a draw opens for everybody and hands out the program of the bundles."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from yunquan.policy.drawing import bundle

pytestmark = pytest.mark.django_db


def test_the_page_opens_for_everybody_under_the_strict_policy() -> None:
    answer = Client().get("/draws/verify/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"].partition("script-src")[2].partition(";")[0]
    for name in bundle.NAMES:
        assert name in page


def test_the_program_is_the_one_of_the_bundles() -> None:
    answer = Client().get("/draws/verify/verify.py")
    assert answer.status_code == 200
    assert answer.content == bundle.verifier()
    assert "verify.py" in answer["Content-Disposition"]


@pytest.mark.parametrize("path", ["/draws/verify/", "/draws/verify/verify.py"])
def test_nothing_can_be_posted_here(path: str) -> None:
    assert Client().post(path).status_code == 405

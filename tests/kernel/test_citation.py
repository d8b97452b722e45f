from __future__ import annotations

import pytest

from yunquan.kernel.citation import Citation, CitationError

TITLES = {"D47": "47号", "D108": "108号"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("D47-4.4.2", "47号 四(四)2"),
        ("D47-5.10", "47号 五10"),
        ("D47-5.7b", "47号 五7"),
        ("D47-8.2a", "47号 八(二)"),
        ("D47-A1.3-3", "47号 附件1.3 三"),
        ("D47-A2", "47号 附件2"),
        ("D47-3", "47号 三"),
        ("D108-2.2", "108号 二(二)"),
        ("D9-1", "D9 一"),
    ],
)
def test_a_citation_is_shown_as_the_decree_numbers_itself(text: str, shown: str) -> None:
    cited = Citation.parse(text)
    assert cited.display(TITLES, {"D47-5"}) == shown
    assert str(cited) == text


@pytest.mark.parametrize("text", ["", "D47", "47-4", "D47-", "D47-四", "D47-4..2", "D47-4.4.2 and more"])
def test_what_names_no_clause_is_refused(text: str) -> None:
    with pytest.raises(CitationError, match="条款出处"):
        Citation.parse(text)

"""The two books: every balance is a sum, nothing goes below zero, nothing is edited (M1 to M3)."""

from __future__ import annotations

from collections import defaultdict

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from tests.cast import at
from yunquan.kernel.refusal import Refused
from yunquan.ledger.actions import Posting, lock_accounts, open_account, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.invariants import breaches
from yunquan.ledger.models import Account, Transfer
from yunquan.ledger.queries import as_text, balance_fen, balances_fen, moved_fen

NOW = at("2018-12-03 10:00")
SOURCE, PURSES = "source", ("purse:a", "purse:b", "purse:c")


def post(*postings: Posting, book: Book = Book.PROMISES) -> None:
    with transaction.atomic():
        transfer(postings, book=book, kind="test", subject="test:1", article="D47-8.2a", now=NOW)


def open_all() -> None:
    open_account(book=Book.PROMISES, key=SOURCE, may_go_negative=True)
    for purse in PURSES:
        open_account(book=Book.PROMISES, key=purse)


class RandomTransfers(TestCase):
    """Whatever is transferred, and whatever is refused, the books agree with a plain sum beside them."""

    @pytest.mark.clause("M1", "M2")
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.lists(
                st.tuples(
                    st.sampled_from((SOURCE, *PURSES)),
                    st.sampled_from((SOURCE, *PURSES)),
                    st.integers(1, 10**6),
                ).filter(lambda one: one[0] != one[1]),
                min_size=1,
                max_size=4,
            ),
            max_size=12,
        )
    )
    def test_balances_are_sums_and_never_negative(self, acts: list[list[tuple[str, str, int]]]) -> None:
        open_all()
        expected: dict[str, int] = defaultdict(int)
        posted = 0
        for act in acts:
            after = dict(expected)
            for credit, debit, amount in act:
                after[credit] = after.get(credit, 0) - amount
                after[debit] = after.get(debit, 0) + amount
            possible = all(after.get(purse, 0) >= 0 for purse in PURSES)
            postings = [Posting(*one) for one in act]
            if possible:
                post(*postings)
                expected.update(after)
                posted += len(act)
            else:
                with pytest.raises(Refused, match="余额"):
                    post(*postings)
            found = balances_fen((SOURCE, *PURSES))
            assert found == {key: expected.get(key, 0) for key in (SOURCE, *PURSES)}
        assert sum(Account.objects.values_list("balance_fen", flat=True)) == 0
        assert Transfer.objects.count() == posted
        assert list(breaches()) == []


@pytest.mark.clause("M1")
@pytest.mark.parametrize(
    "posting", [Posting(SOURCE, "purse:a", 0), Posting(SOURCE, "purse:a", -1), Posting(SOURCE, SOURCE, 1)]
)
def test_a_transfer_moves_a_positive_amount_between_two_accounts(db: None, posting: Posting) -> None:
    open_all()
    with pytest.raises(ValueError, match="not a transfer"):
        post(posting)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(
            book="promises", credit=posting.credit, debit=posting.debit, amount_fen=posting.amount_fen, kind="x",
            subject="x", article="x", at=NOW,
        )  # fmt: skip


@pytest.mark.clause("M2")
def test_the_database_itself_refuses_a_negative_balance(db: None) -> None:
    open_all()
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(key="purse:a").update(balance_fen=-1)


@pytest.mark.clause("M3")
def test_a_transfer_is_neither_edited_nor_deleted_but_corrected_by_a_new_one(db: None) -> None:
    open_all()
    post(Posting(SOURCE, "purse:a", 100))
    wrong = Transfer.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        Transfer.objects.update(amount_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Transfer.objects.all().delete()
    with transaction.atomic():
        transfer(
            [Posting("purse:a", SOURCE, 100)], book=Book.PROMISES, kind="correct", subject="test:1",
            article="D47-8.2a", now=NOW, corrects=wrong,
        )  # fmt: skip
    assert balance_fen("purse:a") == 0
    assert Transfer.objects.get(kind="correct").corrects == wrong


def test_a_refused_posting_posts_nothing_of_its_act(db: None) -> None:
    open_all()
    post(Posting(SOURCE, "purse:a", 100))
    with pytest.raises(Refused) as said:
        post(Posting("purse:a", "purse:b", 60), Posting("purse:a", "purse:c", 60))
    assert said.value.refusals[0].field == "purse:a"
    assert "1.00" in said.value.refusals[0].message
    assert balances_fen(PURSES) == {"purse:a": 100, "purse:b": 0, "purse:c": 0}


def test_an_act_is_posted_by_its_net_so_that_money_may_pass_through(db: None) -> None:
    open_all()
    post(Posting("purse:a", "purse:b", 50), Posting(SOURCE, "purse:a", 50))
    assert balances_fen(PURSES) == {"purse:a": 0, "purse:b": 50, "purse:c": 0}
    assert moved_fen(subject="test:1", kind="test") == 100
    assert as_text("test:1").count("\n") == 1


@pytest.mark.clause("M1")
def test_no_transfer_crosses_from_one_book_to_the_other(db: None) -> None:
    open_all()
    with pytest.raises(ValueError, match="no account"):
        post(Posting(SOURCE, "purse:a", 1), book=Book.CASH)


def test_a_transfer_outside_a_transaction_is_a_fault_of_the_program(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        transfer([], book=Book.CASH, kind="x", subject="x", article="x", now=NOW)


def test_an_account_opened_twice_is_one_account(db: None) -> None:
    open_all()
    post(Posting(SOURCE, "purse:a", 7))
    open_all()
    assert balance_fen("purse:a") == 7
    assert Account.objects.count() == 4
    lock_accounts(PURSES)

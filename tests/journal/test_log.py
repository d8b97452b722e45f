"""The log: one entry a change, refused attempts too, chained, append-only, without personal data (L1 to L3, M3)."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tests.cast import APPLYING, World, broken
from yunquan.journal.actions import EMPTY_CHAIN, chain_hash, move, record
from yunquan.journal.models import LogEntry, LogHead, LogPayload
from yunquan.journal.queries import history, log_size, verify_log
from yunquan.kernel.canonical import canonical_json
from yunquan.kernel.merkle import leaf_hash
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Enterprise, Person, Supplier
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

GUARDED = [
    ("journal_logentry", True), ("journal_logpayload", False), ("ledger_transfer", True), ("usage_verdict", True),
    ("settlement_bankresult", True), ("settlement_settlementline", True),
]  # fmt: skip


@contextmanager
def unguarded(*tables: str) -> Any:
    """What an intruder with the database's password does: switch the triggers off, alter, switch them on."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        saved = []
        for table in tables:
            if postgresql:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                continue
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name=%s", [table]
            )
            for name, sql in cursor.fetchall():
                saved.append(sql)
                cursor.execute(f"DROP TRIGGER {name}")
        yield cursor
        for table in tables:
            if postgresql:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        for sql in saved:
            cursor.execute(sql)


@pytest.mark.clause("L1", "L2")
def test_every_change_of_state_has_exactly_one_entry(world: World) -> None:
    voucher = world.approved()
    steps = [entry for entry in history(voucher.journal_key) if entry["objv"] != "0"]
    assert [int(entry["objv"]) for entry in steps] == list(range(1, voucher.version + 1))
    assert steps[-1]["post"] == voucher.state
    assert all(one["post"] == other["pre"] for one, other in itertools.pairwise(steps))
    sequence = list(LogEntry.objects.order_by("seq").values_list("seq", flat=True))
    assert sequence == list(range(log_size()))
    assert verify_log() is None


@pytest.mark.clause("L1")
def test_an_entry_names_actor_role_article_reason_and_rule_version(world: World) -> None:
    voucher = world.confirm(world.apply())
    by = world["dg_reviewer"]
    vouchers.send_back(
        voucher=voucher, reasons=[{"code": "fee_differs", "label": "未载明"}], by=by, now=APPLYING
    )
    last = history(voucher.journal_key)[-1]
    assert (last["actor"], last["role"], last["org"]) == (by.person, "city_reviewer", by.org)
    assert last["why"] == "D47-5.21 fee_differs"
    submitted = next(entry for entry in history(voucher.journal_key) if entry["act"] == "voucher.submit")
    assert submitted["pol"] == voucher.rule_version


@pytest.mark.clause("L1")
def test_a_refused_attempt_is_logged_after_the_rollback_with_every_reason(world: World) -> None:
    voucher = world.start()
    before, row = log_size(), Voucher.objects.filter(pk=voucher.pk).values().get()
    with pytest.raises(Refused) as said:
        vouchers.submit(voucher=voucher, typed={}, by=world["dg_enterprise"], now=APPLYING)
    assert log_size() == before + 1
    assert Voucher.objects.filter(pk=voucher.pk).values().get() == row
    last = history(voucher.journal_key, with_refused=True)[-1]
    assert (last["act"], last["res"], last["objv"]) == ("voucher.submit", "refused", "0")
    for refusal in said.value.refusals:
        assert f"{refusal.article}:{refusal.code}" in last["why"]
    assert len(last["payload"]["reasons"]) == len(said.value.refusals)
    assert history(voucher.journal_key)[-1]["act"] == "voucher.start"
    assert verify_log() is None


@pytest.mark.clause("L2")
def test_the_chain_is_as_the_paper_says(world: World) -> None:
    chain = EMPTY_CHAIN
    for row in LogEntry.objects.order_by("seq"):
        fields = json.loads(row.entry)
        assert canonical_json(fields).decode() == row.entry
        assert leaf_hash(row.entry.encode()).hex() == row.leaf
        chain = chain_hash(chain, row.leaf)
        assert chain == row.chain
    assert LogHead.objects.get(pk=1).chain == chain


def test_an_entry_outside_a_transaction_is_refused(transactional_db: None) -> None:
    actor = Actor(person="person:1", role="clock", org="platform")
    with pytest.raises(RuntimeError):
        record("test.act", by=actor, obj="test:1", now=APPLYING, why="D47-1")


@pytest.mark.clause("S1", "L1")
def test_of_two_hands_on_one_version_the_second_is_told(world: World) -> None:
    voucher = world.apply()
    mine, yours = Voucher.objects.get(pk=voucher.pk), Voucher.objects.get(pk=voucher.pk)
    by = world["dg_enterprise"]
    move(mine, "withdraw", by=by, facts={}, now=APPLYING)
    with pytest.raises(Refused) as said:
        move(yours, "withdraw", by=by, facts={}, now=APPLYING)
    assert [refusal.code for refusal in said.value.refusals] == ["changed_meanwhile"]


@pytest.mark.clause("M3")
@pytest.mark.parametrize(("table", "keeps_rows"), GUARDED)
def test_the_database_itself_refuses_to_alter_what_was_written(
    world: World, table: str, keeps_rows: bool
) -> None:
    world.approved()
    world.standing()
    world.pay_all(world.released())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0
        columns = {
            "journal_logentry": "act", "journal_logpayload": "payload", "ledger_transfer": "kind",
            "usage_verdict": "outcome", "settlement_bankresult": "reason", "settlement_settlementline": "services",
        }  # fmt: skip
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"UPDATE {table} SET {columns[table]} = 'x'")
        if keeps_rows:
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(f"DELETE FROM {table}")
    assert verify_log() is None


SEQ = 7
TAMPERED = {
    "entry text": (
        "journal_logentry",
        "UPDATE journal_logentry SET entry = replace(entry, '\"ok\"', '\"OK\"') WHERE seq=7",
        7,
    ),
    "leaf": ("journal_logentry", "UPDATE journal_logentry SET leaf = repeat_zero WHERE seq=7", 7),
    "chain": ("journal_logentry", "UPDATE journal_logentry SET chain = repeat_zero WHERE seq=7", 7),
    "act column": ("journal_logentry", "UPDATE journal_logentry SET act = 'voucher.pay' WHERE seq=7", 7),
    "object column": ("journal_logentry", "UPDATE journal_logentry SET obj = 'voucher:other' WHERE seq=7", 7),
    "time column": (
        "journal_logentry",
        "UPDATE journal_logentry SET at = '2018-01-01 00:00:00+00:00' WHERE seq=7",
        7,
    ),
    "payload": ("journal_logpayload", "UPDATE journal_logpayload SET payload = '{}x' WHERE seq=7", 7),
    "salt": ("journal_logpayload", "UPDATE journal_logpayload SET salt = salt_zero WHERE seq=7", 7),
    "deleted row": ("journal_logentry", "DELETE FROM journal_logentry WHERE seq=7", 7),
    "deleted first row": ("journal_logentry", "DELETE FROM journal_logentry WHERE seq=0", 0),
}


@pytest.mark.clause("L2")
@pytest.mark.parametrize("what", TAMPERED)
def test_verification_names_the_first_altered_row(world: World, what: str) -> None:
    world.issued()
    assert verify_log() is None
    table, sql, seq = TAMPERED[what]
    sql = sql.replace("repeat_zero", f"'{'0' * 64}'").replace("salt_zero", f"'{'0' * 32}'")
    with unguarded(table) as cursor:
        cursor.execute(sql)
        # A later row altered too: the first is the one that is named.
        if not sql.startswith("DELETE"):
            cursor.execute(sql.replace("seq=7", "seq=9"))
    fault = verify_log()
    assert fault is not None
    assert fault.seq == seq
    assert any(breach.invariant == "L2" for breach in broken())


@pytest.mark.clause("L2")
def test_two_rows_that_changed_places_are_found(world: World) -> None:
    world.issued()
    with unguarded("journal_logentry") as cursor:
        for old, new in ((SEQ, 10**6), (SEQ + 1, SEQ), (10**6, SEQ + 1)):
            cursor.execute("UPDATE journal_logentry SET seq = %s WHERE seq = %s", [new, old])
    fault = verify_log()
    assert fault is not None
    assert fault.seq == SEQ


@pytest.mark.clause("L2")
def test_a_tail_cut_off_and_an_entry_slipped_in_are_found(world: World) -> None:
    world.issued()
    last = log_size() - 1
    kept = LogEntry.objects.get(seq=last)
    with unguarded("journal_logentry") as cursor:
        cursor.execute("DELETE FROM journal_logentry WHERE seq = %s", [last])
    fault = verify_log()
    assert fault is not None
    assert fault.seq == last
    fields = {**json.loads(kept.entry), "act": "voucher.reject"}
    entry = canonical_json(fields)
    leaf = leaf_hash(entry).hex()
    before = LogEntry.objects.get(seq=last - 1).chain
    kept.entry, kept.leaf, kept.chain, kept.act = (
        entry.decode(),
        leaf,
        chain_hash(before, leaf),
        "voucher.reject",
    )
    kept.save(force_insert=True)
    fault = verify_log()
    assert fault is not None
    assert fault.seq == last


@pytest.mark.clause("L3")
def test_an_erased_payload_leaves_the_log_verifiable(world: World) -> None:
    voucher = world.apply()
    LogPayload.objects.filter(seq=SEQ).delete()
    LogPayload.objects.filter(seq=log_size() - 1).delete()
    assert verify_log() is None
    assert broken() == []
    assert history(voucher.journal_key)[-1]["payload"] == {}


@pytest.mark.clause("L3")
def test_an_entry_holds_no_personal_and_no_free_text(world: World) -> None:
    reasons = [{"code": "fee", "label": "王某某电话 13800138000 的合同有误"}]
    voucher = world.confirm(world.apply())
    vouchers.send_back(voucher=voucher, reasons=reasons, by=world["dg_reviewer"], now=APPLYING)
    with pytest.raises(Refused):
        vouchers.submit(voucher=voucher, typed={"place": "某某路"}, by=world["dg_enterprise"], now=APPLYING)
    world.approved()
    world.standing()
    world.pay_all(world.released())
    told = set(Person.objects.values_list("name", flat=True))
    told |= set(Enterprise.objects.values_list("name", flat=True)) | set(
        Supplier.objects.values_list("name", flat=True)
    )
    told |= set(Enterprise.objects.values_list("uscc", flat=True)) | {"6200000000000000", "13800138000"}
    for row in LogEntry.objects.all():
        assert re.fullmatch(r"[\x20-\x7e]*", row.entry), row.entry
        assert not [name for name in told if name in row.entry]


@pytest.mark.clause("L1")
def test_the_doctor_finds_a_state_that_was_changed_past_the_log(world: World) -> None:
    voucher = world.issued()
    assert broken() == []
    Voucher.objects.filter(pk=voucher.pk).update(state="approved")
    assert ("L1", voucher.journal_key) in {(row.invariant, row.row) for row in broken()}


def test_each_act_of_a_life_is_logged_once(world: World) -> None:
    world.approved()
    world.standing()
    world.pay_all(world.released())
    acts = Counter(LogEntry.objects.filter(act__startswith="voucher.").values_list("act", flat=True))
    assert set(acts.values()) == {1}

"""Tables of the log: entries, their payloads, the head, and the keys of requests already served."""

from __future__ import annotations

from django.db import models


class LogHead(models.Model):
    """The one row that orders the log: locked last in every transaction, so commit order is log order."""

    size = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="journal_one_head")]


class LogEntry(models.Model):
    """One act or refused attempt, as canonical JSON, with its leaf hash and its place in the chain."""

    seq = models.BigIntegerField(primary_key=True)
    entry = models.TextField()
    leaf = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)
    act = models.CharField(max_length=60)
    obj = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["obj", "seq"], name="journal_entry_by_object"),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(seq__gte=0), name="journal_seq_not_negative")
        ]


class LogPayload(models.Model):
    """What an entry's hash stands for: free text and details, erasable without breaking the log (L3)."""

    seq = models.BigIntegerField(primary_key=True)
    salt = models.CharField(max_length=32)
    payload = models.TextField()


class RequestKey(models.Model):
    """An idempotency key already served: the same content gets the same answer, other content an error (U4)."""

    owner = models.CharField(max_length=80)
    key = models.CharField(max_length=80)
    content_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="journal_request_key_once")]


class Notice(models.Model):
    """A message in an organisation's inbox, written with the act it tells of."""

    org = models.CharField(max_length=80)
    role = models.CharField(max_length=30, blank=True)
    obj = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    link = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=160, unique=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["org", "-at"], name="journal_notice_by_org")]

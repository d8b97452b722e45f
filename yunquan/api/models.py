"""The table of the API's tokens; only a token's hash is kept, the token itself is shown once."""

from __future__ import annotations

from django.db import models


class ApiToken(models.Model):
    """A token with which an organisation's own system acts under one appointment of one person (A2, A3).

    It ends with its last day, with its revocation, or with the appointment, whichever comes first.
    """

    appointment = models.ForeignKey(
        "parties.Appointment", on_delete=models.PROTECT, related_name="api_tokens", verbose_name="岗位"
    )
    org = models.CharField("单位", max_length=80, db_index=True)
    role = models.CharField("岗位", max_length=30)
    name = models.CharField("用途", max_length=60)
    may_write = models.BooleanField("可办理", default=False)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField("令牌开头", max_length=12)
    created_by = models.CharField(max_length=40)
    created_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("有效期至")
    revoked_by = models.CharField(max_length=40, blank=True)
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    @property
    def journal_key(self) -> str:
        return f"api_token:{self.pk}"

"""The ways out of the house: mail over SMTP, short messages over an HTTP gateway; each says why it failed."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

SECONDS = 10


class NotSent(Exception):
    """A message that did not go out; `for_good` says that another try is useless."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def has_mail() -> bool:
    """Whether this installation sends mail."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def has_sms() -> bool:
    """Whether this installation sends short messages: `console`, or the address of a gateway."""
    return bool(settings.YUNQUAN_SMS)


def send_mail(*, to: str, subject: str, body: str, key: str) -> None:
    """Send one mail; `key` becomes its Message-ID, so that a mail that arrives twice is known. Raises NotSent."""
    host = urlsplit(settings.YUNQUAN_SITE_URL).hostname or "yunquan.invalid"
    mail = EmailMessage(
        subject=" ".join(subject.split()), body=body, to=[to], headers={"Message-ID": f"<{key}@{host}>"}
    )
    try:
        mail.send()
    except (SMTPException, OSError, ValueError) as failed:
        raise NotSent(type(failed).__name__) from failed


def send_sms(*, to: str, text: str, key: str) -> None:
    """Send one short message; the gateway gets `to`, `text` and `id` as JSON. Raises NotSent."""
    target = settings.YUNQUAN_SMS
    if target == "console":
        print(f"短信 {to}：{text}", flush=True)
        return
    request = urllib.request.Request(
        target,
        data=json.dumps({"to": to, "text": text, "id": key}, ensure_ascii=False).encode(),
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {settings.YUNQUAN_SMS_TOKEN}",
            "Idempotency-Key": key,
        },
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            answer.read(1000)
    except urllib.error.HTTPError as refused:
        with refused:
            said = f"短信网关回答 {refused.code}"
        raise NotSent(said, for_good=refused.code in (400, 401, 403, 404, 422)) from None
    except (OSError, ValueError) as failed:
        raise NotSent(type(failed).__name__) from failed

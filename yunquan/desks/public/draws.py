"""公开抽取: anyone checks the bundle of a draw in the browser, or with the program offered here (D858-2.2)."""

from __future__ import annotations

from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.policy.drawing import bundle


@require_safe
@open_page
def verify(request: HttpRequest) -> HttpResponse:
    """The page that checks a bundle without sending it anywhere."""
    program = bundle.published_program()
    return page(
        request,
        "draw_verify",
        {"names": bundle.NAMES, "length": len(program), "sha256": sha256(program).hexdigest()},
    )


@require_safe
@open_page
def program(request: HttpRequest) -> HttpResponse:
    """verify.py as it goes into every bundle, for whoever would rather not take it from the bundle itself."""
    answer = HttpResponse(bundle.verifier(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify.py"'
    return answer

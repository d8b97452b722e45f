"""The JSON API: /api/v1/…, its description at /api/openapi.json and in words at /api/reference."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import JSONRenderer

from yunquan.api import commons, deliveries, files, reference, settlement, vouchers
from yunquan.api.answers import Fault, absent, form_problems, problems
from yunquan.api.door import Token
from yunquan.kernel.refusal import Refusal, Refused

DESCRIPTION = """\
企业、供应商和主管部门用自己的系统查询和办理服务券。

令牌按人按岗位创建，只显示一次，以 `Authorization: Bearer yq_…` 发送；令牌代表创建人在该岗位上办理。
办理类请求须带 `Idempotency-Key`：同一请求重发只办理一次；改正后再试请换一个键。
输入金额是以元为单位的文本（如 `80000.00`），输出金额一律是以分为单位的整数（`*_fen`）。
不存在的和不在本单位范围内的，一律按 404 处理。"""

# Answers carry Chinese as it is written, a third shorter than escaped.
readable = JSONRenderer()
readable.json_dumps_params = {"ensure_ascii": False, "separators": (",", ":")}

api = NinjaAPI(
    renderer=readable,
    title="云券 Yunquan",
    version="1",
    description=DESCRIPTION,
    docs_url=None,
    auth=Token(),
    urls_namespace="api",
    openapi_extra={"info": {"license": {"name": "Apache-2.0"}}},
)
last = Router()
api.add_router("/v1/vouchers", vouchers.router)
api.add_router("/v1/files", files.router)
api.add_router("/v1/deliveries", deliveries.router)
api.add_router("/v1", settlement.router)
api.add_router("/v1", commons.router)


def _answer(request: HttpRequest, body: dict[str, Any], status: int) -> HttpResponse:
    return api.create_response(request, body, status=status)


@api.exception_handler(Fault)
def _fault(request: HttpRequest, fault: Fault) -> HttpResponse:
    return _answer(request, fault.body, fault.status)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    return _answer(request, form_problems(invalid.errors), 422)


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, stranger: AuthenticationError) -> HttpResponse:
    refusal = Refusal(
        "not_authenticated", "没有有效的令牌。", "", "请检查令牌是否写全、过期或被撤销，必要时重新创建。"
    )
    answer = _answer(request, problems([refusal]), 401)
    answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(HttpError)
def _bad(request: HttpRequest, bad: HttpError) -> HttpResponse:
    refusal = Refusal("bad_request", "请求的内容无法读取。", "", "请发送 UTF-8 编码的合法 JSON。")
    return _answer(request, problems([refusal]), bad.status_code)


@api.exception_handler(TooManyFieldsSent)
def _too_many(request: HttpRequest, many: TooManyFieldsSent) -> HttpResponse:
    return _bad(request, HttpError(400, ""))


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refused: Refused) -> HttpResponse:
    return _answer(request, problems(refused.refusals), 422)


@api.exception_handler(Http404)
def _absent(request: HttpRequest, missing: Http404) -> HttpResponse:
    return _fault(request, absent())


@last.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"], "/v1/{path:rest}", auth=None, include_in_schema=False
)
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that the API doesn't have answers in the API's own words."""
    return _fault(request, absent("没有这个接口地址。"))


# After all others: the first address that fits answers.
api.add_router("", last)
reference.describe(api)

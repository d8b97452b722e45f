"""The description of the API in words, as a page without any script, from the same schema."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI

_WHERE = {"path": "地址", "query": "查询", "header": "请求头"}


def describe(api: NinjaAPI) -> None:
    """Serve the page at /api/reference, outside of the description itself."""

    @lru_cache(maxsize=1)
    def groups() -> dict[str, list[dict[str, Any]]]:
        schema = api.get_openapi_schema()
        found: dict[str, list[dict[str, Any]]] = {}
        for path, methods in schema["paths"].items():
            for method, told in methods.items():
                tag = (told.get("tags") or ["其他"])[0]
                found.setdefault(tag, []).append(_operation(path, method, told, schema))
        return found

    @api.get("/reference", auth=None, include_in_schema=False)
    def page(request: HttpRequest) -> HttpResponse:
        """The reference in words."""
        return render(
            request, "api/reference.html", {"groups": groups(), "about": api.description.replace("`", " ")}
        )


def _operation(path: str, method: str, told: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": one["name"], "where": _WHERE.get(one["in"], one["in"]), "must": one.get("required", False),
         "says": one.get("description") or one["schema"].get("description", "")}
        for one in told.get("parameters", [])
    ]  # fmt: skip
    content = told.get("requestBody", {}).get("content", {})
    body = next((part["schema"] for part in content.values()), None)
    return {
        "method": method.upper(),
        "path": path,
        "key": told["operationId"],
        "summary": told.get("summary", ""),
        "says": told.get("description", ""),
        "parameters": parameters,
        "fields": _fields(body, schema) if body else [],
        "open": not told.get("security"),
        "statuses": sorted(told["responses"], key=str),
    }


def _fields(body: dict[str, Any], schema: dict[str, Any], before: str = "", depth: int = 0) -> list[dict]:
    """The fields of a body, those of parts within it with a path such as lines[].fee."""
    body = _resolved(body, schema)
    must = set(body.get("required", ()))
    rows: list[dict[str, Any]] = []
    for name, part in body.get("properties", {}).items():
        says = part.get("description", "")
        inner = _resolved(part, schema)
        rows.append(
            {"name": before + name, "must": name in must, "says": says or inner.get("description", "")}
        )
        many = inner.get("type") == "array"
        within = _resolved(inner["items"], schema) if many else inner
        if within.get("properties") and depth < 3:
            mark = "[]." if many else "."
            rows += _fields(within, schema, f"{before}{name}{mark}", depth + 1)
    return rows


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed; of a choice with null, the part that is not null."""
    for one in part.get("anyOf", ()):
        if one.get("type") != "null":
            return _resolved(one, schema)
    if "$ref" in part:
        return schema["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part

"""The JSON API."""

from ninja import NinjaAPI

api = NinjaAPI(title="云券 Yunquan", version="1")

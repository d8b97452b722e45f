"""规则试算 to read: the province's auditor sees what was tried before a rule was changed."""

from __future__ import annotations

from django.urls import path, re_path

from yunquan.desks.auditor.frame import desk
from yunquan.desks.shared import replays as pages

READ = pages.views(desk, base="/auditor/replays/", voucher_base="/auditor/vouchers/")
urlpatterns = [
    path("replays/", READ["listing"], name="replays"),
    path("replays/compare/", READ["compare"], name="replay_compare"),
    path("replays/<int:pk>/", READ["show"], name="replay"),
    re_path(
        r"^replays/(?P<pk>[0-9]{1,9})/(?P<table>[a-z_]{1,20})\.(?P<kind>xlsx|csv)$",
        READ["download"],
        name="replay_file",
    ),
]

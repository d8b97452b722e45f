from django.apps import AppConfig


class DeskConfig(AppConfig):
    """The public desk's pages."""

    name = "yunquan.desks.public"
    label = "desk_public"

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """The parts of pages that every desk uses: templates, static files, tags."""

    name = "yunquan.desks.shared"
    label = "desks_shared"
    verbose_name = "页面公用部分"

from django.apps import AppConfig


class DemonstrationsConfig(AppConfig):
    """Demonstration projects 标杆示范: built with public and own money, reported on by outline, checked, accepted."""

    name = "yunquan.demonstrations"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "标杆示范"

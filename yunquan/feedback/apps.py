from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    """The message board 留言: opinions, suggestions, complaints, reports of fraud."""

    name = "yunquan.feedback"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "留言"

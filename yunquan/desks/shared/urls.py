from django.conf import settings
from django.urls import path

from yunquan.desks.shared import prefs, styleguide

app_name = "shared"
urlpatterns = [
    path("prefs/size", prefs.size, name="size"),
    path("prefs/language", prefs.language, name="language"),
]
if settings.DEBUG or getattr(settings, "YUNQUAN_STYLEGUIDE", False):
    urlpatterns += [
        path("styleguide/", styleguide.everything, name="styleguide"),
    ]

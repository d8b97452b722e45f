from django.urls import path

from yunquan.desks.shared import prefs, styleguide

app_name = "shared"
urlpatterns = [
    path("prefs/size", prefs.size, name="size"),
    path("prefs/language", prefs.language, name="language"),
    path("styleguide/", styleguide.everything, name="styleguide"),
]

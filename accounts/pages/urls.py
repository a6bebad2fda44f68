from django.urls import path

from accounts.pages.settings import end_others, end_session, settings

urlpatterns = [
    path("settings/", settings, name="settings"),
    path("settings/sessions/end-others/", end_others, name="end_others"),
    path("settings/sessions/<uuid:session_id>/end/", end_session, name="end_session"),
]

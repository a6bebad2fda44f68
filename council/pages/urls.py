from django.urls import path

from council.pages import reports
from council.pages.rooms import ask, room, stop, try_again

urlpatterns = [
    path("report/", reports.report, name="report"),
    path("report/thanks/", reports.thanks, name="report-thanks"),
    path("council/", ask, name="council"),
    path("council/<uuid:conversation_id>/", room, name="council_room"),
    path("council/<uuid:conversation_id>/stop/", stop, name="council_stop"),
    path("council/<uuid:conversation_id>/try-again/", try_again, name="council_try_again"),
]

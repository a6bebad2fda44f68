"""Document veza.txt, "Moderation"."""

from django.urls import path

from council.api.veza.reports import Reports, ReportsForStaff

urlpatterns = [
    path("api/v1/reports", Reports.as_view({"post": "create"})),
    path("api/v1/admin/reports", ReportsForStaff.as_view({"get": "list"})),
    path("api/v1/admin/reports/<str:report_id>/resolve", ReportsForStaff.as_view({"post": "resolve"})),
]

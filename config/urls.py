"""The roof: every app's doors, one table. Addresses: each dialect's own prefix, pages everywhere else."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularSwaggerSplitView

from config import health, views
from config.documentation import KeptSchema
from council.pages.home import home
from council.pages.search import search_page

urlpatterns = [
    # ONE
    path("", include("accounts.api.one.urls")),
    path("", include("ontology.api.one.urls")),
    # Veza
    path("", include("accounts.api.veza.urls")),
    path("", include("ontology.api.veza.urls")),
    path("", include("marketplace.api.veza.urls")),
    path("", include("conversations.api.veza.urls")),
    path("", include("council.api.veza.urls")),
    # Dana
    path("", include("accounts.api.dana.urls")),
    path("", include("marketplace.api.dana.urls")),
    path("", include("conversations.api.dana.urls")),
    path("", include("council.api.dana.urls")),
    # Council
    path("", include("accounts.api.council.urls")),
    path("", include("council.api.council.urls")),
    # operations
    path("", include(health.urlpatterns)),
    path("schema/", KeptSchema.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
    # pages
    path("", include("accounts.pages.urls")),
    path("", include("ontology.pages.urls")),
    path("", include("conversations.pages.urls")),
    path("", include("marketplace.pages.urls")),
    path("", include("council.pages.urls")),
    path("media/<path:path>", views.media),
    path("pieces/", views.pieces),
    path("search", search_page, name="search"),
    path("", home, name="home"),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.server_error

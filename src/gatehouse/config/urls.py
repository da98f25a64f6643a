"""Which door answers which path. The hottest paths are answered earlier, in wsgi.py."""

from django.urls import URLPattern, URLResolver, include, path

from gatehouse.config.health import healthz
from gatehouse.hub_api.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("api/", api.urls),
    path("", include("gatehouse.web.urls")),
]

handler400 = "gatehouse.web.errors.bad_request"
handler403 = "gatehouse.web.errors.forbidden"
handler404 = "gatehouse.web.errors.not_found"
handler500 = "gatehouse.web.errors.server_error"

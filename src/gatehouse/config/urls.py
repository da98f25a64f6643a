"""Which door answers which path. The hottest paths are answered earlier, in wsgi.py."""

from django.urls import URLPattern, URLResolver, path

from gatehouse.config.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [path("healthz", healthz)]

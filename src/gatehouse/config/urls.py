"""Which door answers which path. The hottest paths are answered earlier, in wsgi.py."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []

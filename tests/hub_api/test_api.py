"""The API's own description."""

import pytest
from django.urls import get_resolver

pytestmark = pytest.mark.django_db


def test_it_describes_every_endpoint(client):
    told = client.get("/api/openapi.json").json()
    assert told["info"]["title"] == "Gatehouse"
    assert "/api/{repo}/user-access-request/handle" in told["paths"]
    operations = [operation for path in told["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_nothing_of_it_is_subject_to_djangos_own_csrf_check():
    """Its callers' sessions are checked by `actor_of`; Django's check would refuse every token."""
    [api] = [pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/"]
    assert all(pattern.callback.csrf_exempt for pattern in api.url_patterns)

"""`GET /healthz`: whether this hub can do its work, for whoever watches it."""

import tempfile

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and the data folder takes files, else 503 and what is wrong."""
    wrong = [what for what, works in (("database", _database_answers), ("disk", _disk_takes_files)) if not works()]
    if wrong:
        return HttpResponse(f"not working: {', '.join(wrong)}\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
    except DatabaseError:
        return False
    return True


def _disk_takes_files() -> bool:
    try:
        with tempfile.TemporaryFile(dir=settings.DATA) as file:
            file.write(b"healthy")
    except OSError:
        return False
    return True

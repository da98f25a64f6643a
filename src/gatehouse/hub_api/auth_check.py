"""May I? The answer of the gate, without bytes (HUB-API §3.3)."""

from django.http import HttpRequest, HttpResponse

from gatehouse.hub_api.cases import readable_case, writable_case
from gatehouse.hub_api.schemas import hub_router

router = hub_router()


@router.get("/{repo:repo}/auth-check", response=str, summary="Whether the caller may have the repo's files")
def auth_check(request: HttpRequest, repo: str) -> HttpResponse:
    readable_case(request, repo)
    return _ok()


@router.get("/{repo:repo}/auth-check/write", response=str, summary="Whether the caller may change the repo")
def auth_check_write(request: HttpRequest, repo: str) -> HttpResponse:
    writable_case(request, repo)
    return _ok()


def _ok() -> HttpResponse:
    return HttpResponse("OK", content_type="text/plain; charset=utf-8")

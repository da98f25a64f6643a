"""The access report as a download (HUB-API §4.2, GATING §1.8)."""

from django.http import HttpRequest, StreamingHttpResponse

from gatehouse.access import report
from gatehouse.access.refusals import find_case, require_manage
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.cases import repo_of
from gatehouse.hub_api.errors import NoSuchEndpoint
from gatehouse.hub_api.exchange import exchange


@exchange
def access_report(request: HttpRequest, kind: str, namespace: str, name: str) -> StreamingHttpResponse:
    """Give every request of the repo, as one JSON array, to those who may decide on them."""
    if request.method != "GET":
        raise NoSuchEndpoint
    case = find_case(actor_of(request), kind, f"{namespace}/{name}")
    require_manage(case)
    repo = repo_of(case)
    filename = f"user-access-report-{repo.namespace.name}-{repo.name}.json"
    return StreamingHttpResponse(
        report.stream(repo),
        content_type="application/json",
        headers={"Content-Disposition": f"attachment; filename={filename}", "Cache-Control": "private, no-store"},
    )

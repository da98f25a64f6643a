"""The repo's first page: its card, its gate and what is known of it."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from gatehouse.repos import card
from gatehouse.web.about import About
from gatehouse.web.gate_box import GateBox
from gatehouse.web.rendered import markdown_html
from gatehouse.web.usage import snippets
from gatehouse.web.visits import Visit, repo_page


@require_safe
@repo_page
def repo(visit: Visit) -> HttpResponse:
    return show_repo(visit, GateBox(visit))


def show_repo(visit: Visit, box: GateBox, *, status: int = 200) -> HttpResponse:
    """Render the page with the gate box as it stands; a refused form comes back in it."""
    context = {
        "box": box,
        "card_html": _card_html(visit),
        "about": About(visit.repo, visit.case.actor),
        "snippets": snippets(visit.repo, may_write=visit.may_write),
    }
    return visit.render("pages/repo.html", "card", context, status=status)


def _card_html(visit: Visit) -> str:
    readme = card.text_file(visit.git, visit.repo.head, "README.md", card.LARGEST_CARD)
    if not readme.strip():
        return ""
    text = readme.decode("utf-8", "replace")
    return markdown_html(text, repo_path=visit.repo.path, rev=card.DEFAULT_BRANCH, pictures=visit.may_read)

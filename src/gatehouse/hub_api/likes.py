"""Likes: given, taken back, and listed by repo and by person."""

from django.http import HttpRequest, HttpResponse

from gatehouse.access import gate
from gatehouse.accounts.people import find_user, user_of
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.cases import case_of, person_of, repo_of
from gatehouse.hub_api.paging import WantedPage, newest_page
from gatehouse.hub_api.people import user_shown
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import HubTime, Shown, UserShown, hub_router
from gatehouse.repos import likes
from gatehouse.repos.models import Repo, RepoLike

router = hub_router()


class LikedRepo(Shown):
    """A repo that somebody likes."""

    name: str
    type: str


class LikeShown(Shown):
    """A like."""

    created_at: HubTime
    repo: LikedRepo


@router.post("/{repo:repo}/like", response=Nothing, summary="Like a repo")
def like(request: HttpRequest, repo: str) -> Nothing:
    actor = person_of(request, acts=True)
    likes.like(repo_of(case_of(request, repo)), user_of(actor))
    return Nothing()


@router.delete("/{repo:repo}/like", response=Nothing, summary="Take a like back")
def unlike(request: HttpRequest, repo: str) -> Nothing:
    actor = person_of(request, acts=True)
    likes.unlike(repo_of(case_of(request, repo)), user_of(actor))
    return Nothing()


@router.get("/{repo:repo}/likers", response=list[UserShown], summary="Who likes a repo")
def likers(request: HttpRequest, response: HttpResponse, repo: str, wanted: WantedPage) -> list[UserShown]:
    case = case_of(request, repo)
    rows = RepoLike.objects.filter(repo_id=case.repo_pk, user__is_active=True)
    return [user_shown(row.user) for row in newest_page(request, response, rows.select_related("user"), wanted)]


@router.get("/users/{name}/likes", response=list[LikeShown], summary="What a person likes")
def liked(request: HttpRequest, response: HttpResponse, name: str, wanted: WantedPage) -> list[LikeShown]:
    visible = Repo.objects.filter(gate.visible_repos(actor_of(request)))
    rows = RepoLike.objects.filter(user=find_user(name), repo__in=visible).select_related("repo__namespace")
    return [
        LikeShown(created_at=row.at, repo=LikedRepo(name=row.repo.repo_id, type=row.repo.kind))
        for row in newest_page(request, response, rows, wanted)
    ]

"""What models were made from, and how many were made from them: as far as the caller may see them."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from django.db.models import Count

from gatehouse.access import gate
from gatehouse.accounts.actor import Actor
from gatehouse.repos.models import Kind, Repo, RepoTag

_BASE = re.compile(r"base_model:(finetune|adapter|quantized|merge):(.+)")


def lineage(actor: Actor, repos: Sequence[Repo], fields: AbstractSet[str]) -> dict[int, dict[str, object]]:
    """Give `baseModels` and `childrenModelCount` of each model, as wanted, in one question each."""
    told: dict[int, dict[str, object]] = {repo.pk: {} for repo in repos}
    if "baseModels" in fields:
        for pk, bases in _bases(actor, repos).items():
            told[pk]["baseModels"] = bases
    if "childrenModelCount" in fields:
        children = _children(actor, repos)
        for repo in repos:
            told[repo.pk]["childrenModelCount"] = children.get(f"base_model:{repo.repo_id}", 0)
    return told


def _bases(actor: Actor, repos: Sequence[Repo]) -> dict[int, dict[str, object]]:
    """Read the tags. A base that this hub does not show the caller has no `_id`, only the name that the card gives."""
    named = {repo.pk: [found for tag in repo.tags if (found := _BASE.fullmatch(tag))] for repo in repos}
    keys = {found[2].lower() for bases in named.values() for found in bases}
    shown = Repo.objects.filter(gate.visible_repos(actor), kind=Kind.MODEL, key__in=keys)
    ids = dict(shown.values_list("key", "public_id"))
    return {
        pk: {"relation": bases[0][1], "models": [_base(found[2], ids) for found in bases]}
        for pk, bases in named.items()
        if bases
    }


def _base(name: str, ids: dict[str, str]) -> dict[str, str]:
    found = ids.get(name.lower())
    return {"id": name} | ({"_id": found} if found else {})


def _children(actor: Actor, repos: Sequence[Repo]) -> dict[str, int]:
    tags = [f"base_model:{repo.repo_id}" for repo in repos]
    visible = Repo.objects.filter(gate.visible_repos(actor), kind=Kind.MODEL)
    rows = RepoTag.objects.filter(tag__in=tags, repo__in=visible).values("tag").annotate(number=Count("pk"))
    return dict(rows.values_list("tag", "number"))

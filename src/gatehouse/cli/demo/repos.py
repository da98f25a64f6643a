"""The repositories of the demo: what is in them, who wrote it, and how their gates stand."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files as package_files

from gatehouse.access import gating
from gatehouse.access.models import NoticeAddress
from gatehouse.cli.demo import ageing, people, samples, tokenizer, weights
from gatehouse.repos import commits, possession
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs, create_repo
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer

LARGE = (".safetensors", ".wav")
TRIAGE_LABELS = ("routine", "soon", "urgent")
INSECTS = ("bee", "hoverfly", "beetle", "butterfly")
TRIAGE_WORDS = """
abdominal acute admitted alert allergy ankle anxious arrived asthma bleeding blood breath breathing bruise burn calm
chest cough confused discharged dizzy drowsy fall fever fracture head headache heart injury known medication morning
nausea oriented oxygen pale pressure pulse rash reports saturation severe shortness since stable swelling sweating
vomiting walks wound yesterday
"""
FIELD_WORDS = """
bee beetle black blue brown bumblebee butterfly clover daisy dandelion daisies field flower flowers foxglove green
honeybee hovering hoverfly large lavender leaf meadow nest orange poppy red resting striped sun thistle visitor
white wings yarrow yellow
"""

Files = Callable[[], dict[str, bytes]]


@dataclass(frozen=True)
class Commit:
    days: float  # before now
    author: str
    message: str
    files: Files


@dataclass(frozen=True)
class DemoRepo:
    """`days` is the age of its first commit; `gate` holds the gate's settings."""

    owner: str
    name: str
    days: int
    commits: tuple[Commit, ...]
    kind: str = "model"
    private: bool = False
    gate: gating.GateSettings = field(default_factory=gating.GateSettings)

    @property
    def repo_id(self) -> str:
        return f"{self.owner}/{self.name}"


def text(name: str) -> bytes:
    """Give one of the texts in the folder beside this module."""
    return (package_files(__package__) / "cards" / name).read_bytes()


def card(name: str, licence: str = "", licence_as: str = "LICENSE") -> Files:
    """Give the card of a repo, and its licence if it has one of its own."""
    return lambda: {"README.md": text(f"{name}.md")} | ({licence_as: text(licence)} if licence else {})


@cache
def _triage_model() -> dict[str, bytes]:
    pieces = tokenizer.vocabulary(TRIAGE_WORDS.split())
    return weights.bert(TRIAGE_LABELS, len(pieces), "triage") | tokenizer.files(pieces)


@cache
def _field_notes_model() -> dict[str, bytes]:
    pieces = tokenizer.vocabulary(FIELD_WORDS.split())
    return weights.bert(INSECTS, len(pieces), "field notes") | tokenizer.files(pieces)


REPOS = (
    DemoRepo(
        "lumen-health",
        "triage-notes-bert-tiny",
        58,
        (
            Commit(58, "priya-raman", "Add model card and licence",
                   card("triage-notes-bert-tiny", "lumen-research-licence.md", "LICENSE.md")),
            Commit(57.8, "priya-raman", "Upload weights and tokenizer", _triage_model),
        ),
        gate={"gated": "manual"},
    ),
    DemoRepo(
        "lumen-health",
        "synthetic-vitals",
        49,
        (
            Commit(49, "jonas-weber", "Add dataset card", card("synthetic-vitals")),
            Commit(48.9, "jonas-weber", "Add vitals.csv", lambda: {"vitals.csv": samples.vitals()}),
        ),
        kind="dataset",
        gate={"gated": "manual", "notifications_mode": "bulk", "notifications_email": "data-access@example.org"},
    ),
    DemoRepo(
        "lumen-health",
        "discharge-summaries-draft",
        6,
        (Commit(6, "priya-raman", "Start a card", card("discharge-summaries-draft")),),
        private=True,
    ),
    DemoRepo(
        "amara-okafor",
        "pollinator-vit-tiny",
        52,
        (
            Commit(52, "amara-okafor", "Add model card and licence", card("pollinator-vit-tiny", "meadow-licence.txt")),
            Commit(51.5, "amara-okafor", "Upload weights", lambda: weights.vit(INSECTS, "pollinators")),
        ),
        gate={"gated": "auto"},
    ),
    DemoRepo(
        "amara-okafor",
        "field-notes-bert-tiny",
        60,
        (
            Commit(60, "amara-okafor", "Add model card", card("field-notes-bert-tiny")),
            Commit(59.9, "amara-okafor", "Upload weights and tokenizer", _field_notes_model),
        ),
    ),
    DemoRepo(
        "amara-okafor",
        "meadow-captions",
        31,
        (
            Commit(31, "amara-okafor", "Add dataset card", card("meadow-captions")),
            Commit(30.7, "amara-okafor", "Add captions", lambda: {"captions.jsonl": samples.captions()}),
        ),
        kind="dataset",
    ),
    DemoRepo(
        "leo-fontaine",
        "spoken-tones",
        45,
        (
            Commit(45, "leo-fontaine", "Add dataset card", card("spoken-tones")),
            Commit(44.6, "leo-fontaine", "Record all commands", samples.tones),
        ),
        kind="dataset",
        gate={"gated": "auto"},
    ),
    DemoRepo(
        "leo-fontaine",
        "keyword-spotter-tiny",
        37,
        (
            Commit(37, "leo-fontaine", "Add model card", card("keyword-spotter-tiny")),
            Commit(36.9, "leo-fontaine", "Upload weights",
                   lambda: weights.keyword_spotter(tuple(samples.COMMANDS), "keywords")),
        ),
        gate={"gated": "manual"},
    ),
)  # fmt: skip


def create(now: datetime) -> dict[str, Repo]:
    """Make every repository, with commits as old as they say; give them by repo id."""
    return {plan.repo_id: _create(plan, now) for plan in REPOS}


def _create(plan: DemoRepo, now: datetime) -> Repo:
    creator = people.find(plan.commits[0].author)
    repo = create_repo(people.owner(plan.owner), plan.name, plan.kind, creator=creator, private=plan.private)
    for each in plan.commits:
        puts = [Put(path, _stored(repo, path, data)) for path, data in each.files().items()]
        commits.commit(repo, "main", puts, user=people.find(each.author), message=each.message)
    ageing.age_history(repo, now, [plan.days, *(each.days for each in plan.commits)])
    if email := plan.gate.get("notifications_email"):
        NoticeAddress.objects.create(namespace=repo.namespace, email=email, confirmed_at=now)
    gating.configure(repo, **plan.gate)
    return repo


def _stored(repo: Repo, path: str, data: bytes) -> bytes:
    """Give what goes into git: the bytes, or the pointer to a large file that is stored beside it."""
    if not path.endswith(LARGE):
        return data
    blob = blobs().receive([data], oid=hashlib.sha256(data).hexdigest(), size=len(data))
    possession.take_in(repo.pk, blob, user_pk=repo.creator_id)
    return make_pointer(blob.oid, blob.size)

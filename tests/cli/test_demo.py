"""The demo is a world that holds together, and is made once."""

import json
import re
import struct
from collections import Counter

import pytest
from django.test import override_settings
from django.utils import timezone

from gatehouse.access import gate
from gatehouse.access.form import parse_form
from gatehouse.access.models import AccessEvent, AccessRequest
from gatehouse.accounts.models import User
from gatehouse.accounts.tokens import actor_from_token
from gatehouse.cli.demo import repos
from gatehouse.cli.main import main
from gatehouse.outbox.models import Letter
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import blobs, open_git
from gatehouse.storage.git_tree import list_tree

pytestmark = pytest.mark.django_db


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["demo"]) == 0
    return capsys.readouterr().out


@pytest.mark.usefixtures("output")
def test_a_second_demo_is_refused_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    before = [model.objects.count() for model in (User, Repo, AccessEvent, Letter)]
    assert main(["demo"]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert [model.objects.count() for model in (User, Repo, AccessEvent, Letter)] == before


@override_settings(EMAIL_HOST="mail.example.org")
def test_it_never_writes_to_made_up_people_by_a_real_mail_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 2
    assert "real letters" in capsys.readouterr().err
    assert not User.objects.exists()


def test_the_printed_passwords_and_tokens_work(output: str) -> None:
    people = re.findall(r"^  ([a-z-]+) +(\S{16})   ", output, re.MULTILINE)
    assert len(people) == 4
    assert all(User.objects.get(username=name).check_password(password) for name, password in people)
    answers = [
        gate.read_files(gate.case_by_name(actor_from_token(token), "model", "lumen-health/triage-notes-bert-tiny"))
        for token in re.findall(r"hf_\w+", output)
    ]
    assert answers == [gate.Answer.PENDING, gate.Answer.YES, gate.Answer.YES]


@pytest.mark.usefixtures("output")
def test_every_state_and_every_kind_of_question_occurs() -> None:
    assert set(Counter(AccessRequest.objects.values_list("status", flat=True))) == {
        *("pending", "accepted", "rejected", "reset")
    }
    verbs = {"submit", "accept", "reject", "cancel", "reset", "grant", "withdraw"}
    assert set(AccessEvent.objects.values_list("action", flat=True)) == verbs
    forms = [parse_form(repo.card) for repo in Repo.objects.all()]
    assert {field.type for form in forms for field in form.fields} == {
        *("text", "checkbox", "date_picker", "country", "select", "ip_location")
    }
    assert [problem for form in forms for problem in form.problems] == []
    assert set(Repo.objects.values_list("gated", flat=True)) == {"", "auto", "manual"}
    assert set(Repo.objects.values_list("card_problem", flat=True)) == {""}


@pytest.mark.usefixtures("output")
def test_nothing_happens_before_its_cause_or_in_the_future() -> None:
    for event in AccessEvent.objects.select_related("repo", "user"):
        assert max(event.repo.created_at, event.user.date_joined) < event.at < timezone.now()
        assert event.repo.last_modified < event.at
    for request in AccessRequest.objects.exclude(reviewed_at=None):
        assert request.timestamp <= request.reviewed_at
    times = list(AccessEvent.objects.order_by("pk").values_list("at", flat=True))
    assert times == sorted(times)
    assert {letter.state for letter in Letter.objects.all()} == {"sent", "waiting"}


@pytest.mark.usefixtures("output")
def test_the_large_files_are_stored_and_the_history_is_as_old_as_its_repo() -> None:
    for repo in Repo.objects.all():
        git = open_git(repo.public_id)
        entries, _ = list_tree(git, repo.head, "", recursive=True, after=None, limit=100)
        pointers = [entry.lfs for entry in entries if entry.lfs]
        assert all(blobs().size(pointer.oid) == pointer.size for pointer in pointers)
        oldest = list(git.walk(git.references["refs/heads/main"].target))[-1]
        assert oldest.commit_time == int(repo.created_at.timestamp())


def test_weights_are_in_the_safetensors_format() -> None:
    data = repos._triage_model()["model.safetensors"]
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    assert header.pop("__metadata__") == {"format": "pt"}
    ends = [tensor["data_offsets"][1] for tensor in header.values()]
    assert length % 8 == 0
    assert max(ends) == len(data) - 8 - length

"""`gatehouse demo`: makes the demo world, once, and says how to walk in."""

from argparse import Namespace

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gatehouse.accounts import models, tokens
from gatehouse.cli.demo import people, repos, stories
from gatehouse.cli.sentences import CommandError

ACCEPTED, WAITING, AUTHOR = "grace-owusu", "emil-sorensen", "ines-carvalho"


def run(_args: Namespace) -> None:
    """Make everything or nothing. Raises CommandError on a hub that has the demo, or could mail to its people."""
    _refuse_unless_fit()
    now = timezone.now()
    with transaction.atomic():
        passwords = people.create(now)
        stories.tell(repos.create(now), now)
        keys = {
            name: tokens.create_token(people.find(name), scope=scope, name="demo")
            for name, scope in ((ACCEPTED, "read"), (WAITING, "read"), (AUTHOR, "write"))
        }
    _print_people(passwords)
    _print_commands(keys)


def _refuse_unless_fit() -> None:
    if settings.EMAIL_HOST:
        raise CommandError("This hub sends real letters. Run the demo on one without GATEHOUSE_EMAIL_URL.")
    names = [people.ORGANIZATION, *(person.name for person in people.PEOPLE)]
    taken = models.Namespace.objects.filter(key__in=names).order_by("key").first()
    if taken:
        raise CommandError(
            f"{taken.name} is here already, so the demo seems to have run; nothing was changed. "
            "Take a new data folder for a new demo."
        )


def _print_people(passwords: dict[str, str]) -> None:
    print(f"The demo is in {settings.PUBLIC_URL}. Sign in there as (passwords are shown this once):\n")
    for person in people.PEOPLE:
        if person.part:
            print(f"  {person.name:14} {passwords[person.name]}   {person.part}")


def _print_commands(keys: dict[str, str]) -> None:
    url = settings.PUBLIC_URL
    print(f"""
Try in another terminal:

  export HF_ENDPOINT={url}

  # Emil still waits, and is told so:
  HF_TOKEN={keys[WAITING]} hf download {stories.TRIAGE}

  # Grace was accepted:
  HF_TOKEN={keys[ACCEPTED]} hf download {stories.TRIAGE}

  # Some models have no gate:
  hf download amara-okafor/field-notes-bert-tiny

  # Who waits, as a program asks:
  curl -H "Authorization: Bearer {keys[AUTHOR]}" \\
    {url}/api/models/{stories.TRIAGE}/user-access-request/pending

Letters of the last days appear in {settings.EMAIL_FILE_PATH} while `gatehouse serve` runs.""")

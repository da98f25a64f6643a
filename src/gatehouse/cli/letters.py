"""`gatehouse letters`: what waits in the outbox, and what could not be sent."""

from argparse import Namespace

from django.utils import timezone

from gatehouse.outbox.models import Letter


def run(args: Namespace) -> None:
    if args.retry:
        again = Letter.objects.filter(state=Letter.State.FAILED)
        count = again.update(state=Letter.State.WAITING, next_at=timezone.now(), attempts=0)
        print(f"{count} letters will be tried again.")
        return
    letters = Letter.objects.exclude(state=Letter.State.SENT).order_by("pk")
    for letter in letters.iterator():
        print(f"{letter.created_at:%Y-%m-%d %H:%M}  {letter.state:8}  {letter.to}  {letter.subject}  {letter.error}")
    if not letters.exists():
        print("No letter waits, and none has failed.")

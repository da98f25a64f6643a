"""`gatehouse letters`: what waits in the outbox, and what could not be sent."""

from argparse import Namespace

from gatehouse.outbox import attention
from gatehouse.outbox.models import Letter


def run(args: Namespace) -> None:
    if args.retry:
        count = attention.retry(Letter.objects.all(), by="the command line")
        print(f"{count} letters will be tried again.")
        return
    letters = attention.unsent().order_by("pk")
    for letter in letters.iterator():
        print(f"{letter.created_at:%Y-%m-%d %H:%M}  {letter.state:8}  {letter.to}  {letter.subject}  {letter.error}")
    if not letters.exists():
        print("No letter waits, and none has failed.")

"""Screening outside the hub: people apply on another site, a policy decides, this script accepts and rejects.

Run it every few minutes. Without --apply it only tells what it would do. See README.md.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

PURPOSES = {"research", "teaching"}
CLOSED_COUNTRIES = {"XX"}
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Application:
    """What a person wrote on the other site; the columns of the CSV, the keys of the JSON."""

    username: str  # on the hub
    email: str
    country: str
    purpose: str
    signed: str


@dataclass(frozen=True)
class Verdict:
    """Accept, reject with a reason that the person reads, or wait."""

    status: str
    reason: str = ""


def policy(application: Application | None, email: str) -> Verdict:
    """Decide about the request of somebody with this address on the hub. THIS IS WHAT YOU CHANGE."""
    if application is None:
        return Verdict("wait", "has not applied yet")
    if application.email.casefold() != email.casefold():  # somebody else may have applied with their name
        return Verdict("wait", "applied with another address than the hub knows")
    if application.country.upper() in CLOSED_COUNTRIES:
        return Verdict("reject", "We may not share the model with people in your country.")
    if application.purpose.casefold() not in PURPOSES:
        return Verdict("reject", "The model is for research and teaching only.")
    if application.signed.casefold() != "yes":
        return Verdict("wait", "has not signed the agreement yet")
    return Verdict("accept")


def read_applications(path: Path) -> dict[str, Application]:
    """Read all applications by user name; the last one of a person counts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = json.load(file) if path.suffix == ".json" else list(csv.DictReader(file))
    names = [field.name for field in fields(Application)]
    try:
        found = [Application(**{name: str(row[name]).strip() for name in names}) for row in rows]
    except KeyError as missing:
        sys.exit(f"{path}: an application without {missing}")
    return {application.username.casefold(): application for application in found}


def in_turn(ask: Callable[[], Answer]) -> Answer:
    """Ask the hub; whenever it has been asked too often, wait for as long as it says."""
    while True:
        try:
            return ask()
        except HfHubHTTPError as error:
            wait_s = error.response.headers.get("Retry-After", "")
            if error.response.status_code != HTTPStatus.TOO_MANY_REQUESTS or not wait_s.isdecimal():
                raise
            time.sleep(int(wait_s))


def verdicts(
    api: HfApi, repo_id: str, repo_type: str, applications: dict[str, Application]
) -> Iterator[tuple[str, Verdict]]:
    """Judge everybody who waits. The list is read to its end first: decisions would shift its pages."""
    for request in in_turn(lambda: list(api.list_pending_access_requests(repo_id, repo_type=repo_type))):
        yield request.username, policy(applications.get(request.username.casefold()), request.email or "")


def carry_out(api: HfApi, repo_id: str, repo_type: str, username: str, verdict: Verdict) -> bool:
    """Tell the hub; False if the request is not there any more: withdrawn, or decided by somebody else."""
    try:
        if verdict.status == "accept":
            in_turn(lambda: api.accept_access_request(repo_id, username, repo_type=repo_type))
        else:
            in_turn(
                lambda: api.reject_access_request(
                    repo_id, username, repo_type=repo_type, rejection_reason=verdict.reason
                )
            )
    except HfHubHTTPError as error:
        if error.response.status_code == HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


def screen(api: HfApi, repo_id: str, repo_type: str, applications: dict[str, Application], *, apply: bool) -> None:
    """Decide about all who wait, and print a line for each and the numbers at the end."""
    counts = {"accept": 0, "reject": 0, "wait": 0, "gone": 0}
    for username, verdict in verdicts(api, repo_id, repo_type, applications):
        outcome = verdict.status
        if apply and outcome != "wait" and not carry_out(api, repo_id, repo_type, username, verdict):
            outcome = "gone"
        counts[outcome] += 1
        print(outcome, username, verdict.reason, sep="\t")
    print(", ".join(f"{number} {outcome}" for outcome, number in counts.items()) + ("" if apply else " (dry run)"))


def main() -> None:
    """Read the command line and the applications, and screen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo_id", help="the gated repository, as in you/your-model")
    parser.add_argument("applications", type=Path, help="a .csv or .json file")
    parser.add_argument("--repo-type", choices=["model", "dataset"], default="model")
    parser.add_argument("--apply", action="store_true", help="really accept and reject")
    given = parser.parse_args()
    applications = read_applications(given.applications)
    try:
        screen(HfApi(), given.repo_id, given.repo_type, applications, apply=given.apply)
    except HfHubHTTPError as error:
        sys.exit(f"stopped, run it again: {error.response.headers.get('X-Error-Message', error)}")


if __name__ == "__main__":
    main()

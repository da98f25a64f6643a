"""The gate's answers as refusals, with the Hub's texts (GATING §1.4). Doors only choose how to render them."""

from django.conf import settings

from gatehouse.access import gate
from gatehouse.access.gate import Answer, Case
from gatehouse.accounts.actor import Actor
from gatehouse.repos.repositories import RepoNotFound
from gatehouse.storage.errors import Refusal

CHALLENGE = 'Bearer realm="Authentication required", charset="UTF-8"'
NO_RIGHT_TEXT = "You have read access but not the required permissions for this operation"


class Unauthorized(Refusal):
    """An anonymous caller asks for what needs a person, or for a repo that may or may not exist."""

    def __init__(self, message: str = "Invalid username or password.", *, code: str | None = None) -> None:
        super().__init__(message, status=401, code=code, headers={"WWW-Authenticate": CHALLENGE})


class GateRefusal(Refusal):
    """The gate keeps a repo's files from this actor; `answer` says why, `path` where the page with the gate is."""

    def __init__(self, answer: Answer, case: Case) -> None:
        self.answer, self.path, self.kind = answer, case.path, case.kind
        message = _TEXTS[answer].format(kind=case.kind, id=case.repo_id, url=settings.PUBLIC_URL + case.path)
        # The `hf` command prints a sentence of its own instead of the message, but shows warnings: so people read why.
        headers = {"X-HF-Warning": f"gated; {message}"}
        if answer is Answer.SIGN_IN:
            headers["WWW-Authenticate"] = CHALLENGE
        super().__init__(message, status=401 if answer is Answer.SIGN_IN else 403, code="GatedRepo", headers=headers)


_TEXTS = {
    Answer.SIGN_IN: (
        "Access to {kind} {id} is restricted. You must have access to it and be authenticated to access it. "
        "Please log in."
    ),
    Answer.ASK: (
        "Access to {kind} {id} is restricted and you are not in the authorized list. Visit {url} to ask for access."
    ),
    Answer.PENDING: "Your request to access {kind} {id} is awaiting a review from the repo authors.",
    Answer.REJECTED: "Your request to access {kind} {id} has been rejected by the repo's authors.",
    Answer.RESET: (
        "Your request to access {kind} {id} has been reset by the repo's authors. Visit {url} to submit a new request."
    ),
    Answer.TOKEN: (
        "Access to {kind} {id} is restricted, and this token may not read gated repos. "
        "Allow it in the token's settings, or use another token."
    ),
}


def find_case(actor: Actor, kind: str, repo_id: str) -> Case:
    """Gather the case of a repo under its present or a former name.

    Raises RepoNotFound, or Unauthorized for anonymous callers, if there is none that the actor may know of.
    """
    # In the same time for what is hidden and what is not there.
    case = gate.seen(gate.case_by_name(actor, kind, repo_id)) or gate.moved_to(actor, kind, repo_id)
    if case is None:
        raise hidden(actor)
    return case


def hidden(actor: Actor) -> Refusal:
    """Give the refusal that tells nothing of whether the repo exists."""
    return Unauthorized(code="RepoNotFound") if actor.anonymous else RepoNotFound()


def require_files(case: Case, path: str | None = None) -> None:
    """Refuse unless the actor may have the repo's files, or (`path`) this file by /resolve."""
    answer = gate.read_files(case) if path is None else gate.resolve_file(case, path)
    if answer is Answer.HIDDEN:
        raise hidden(case.actor)
    if answer is not Answer.YES:
        raise GateRefusal(answer, case)


def require_write(case: Case) -> None:
    """Refuse unless the actor may change the repo's files, branches and tags."""
    answer = gate.write(case)
    if answer is Answer.HIDDEN:
        raise hidden(case.actor)
    if answer is Answer.SIGN_IN:
        raise Unauthorized
    if answer is Answer.TOKEN:
        raise Refusal(f"This token has no right to write to {case.kind} {case.repo_id}.", status=403)
    if answer is not Answer.YES:
        raise Refusal(NO_RIGHT_TEXT, status=403)


def require_manage(case: Case) -> None:
    """Refuse unless the actor may also change the repo's settings and decide about its access requests."""
    require_write(case)
    if gate.manage(case) is not Answer.YES:
        who = "A trusted publisher" if case.actor.publisher else "This app"
        raise Refusal(f"{who} changes files, branches and tags, and nothing else.", status=403)

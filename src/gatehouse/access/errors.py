"""Refusals of the book of access requests, with the texts of GATING §1.2 and §1.5."""

from gatehouse.storage.errors import Refusal


class RequestNotFound(Refusal):
    """No request in a state from which this verb leads on."""

    def __init__(self) -> None:
        super().__init__("No access request found matching your criteria", status=404)


class NothingPending(Refusal):
    """Only a pending request can be withdrawn."""

    def __init__(self) -> None:
        super().__init__("No pending access request found for this repo and this user", status=404)


class AlreadyHasAccess(Refusal):
    """Grant to somebody who is in already."""

    def __init__(self) -> None:
        super().__init__("That user already has access to the repo", status=400)


class NotGated(Refusal):
    """Deciding about access makes no sense while everybody has it."""

    def __init__(self, kind: str, repo_id: str) -> None:
        super().__init__(f"{kind} {repo_id} is not gated", status=400, code="RepoNotGated")


class WrongAnswers(Refusal):
    """The form was not filled in rightly; `errors` has one sentence per label."""

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{label}: {error}" for label, error in errors.items()), status=400)

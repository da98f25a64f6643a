"""The rule that an object id is never a capability (HUB-API finding 11)."""

from collections.abc import Mapping

from gatehouse.access import gate
from gatehouse.accounts.actor import Actor
from gatehouse.repos import large_bytes, possession
from gatehouse.storage.blobs import Blob
from gatehouse.storage.errors import Refusal

MOST_HOLDERS_ASKED = 50


class NotInPossession(Refusal):
    """A commit or push names a large file whose bytes the caller never sent here and cannot read elsewhere."""

    def __init__(self, oid: str) -> None:
        super().__init__(f"The large file {oid} was not uploaded to this repo: upload it first.", status=422)


def ensure(actor: Actor, repo_pk: int, pointers: Mapping[str, int]) -> None:
    """Make sure that every oid of `pointers` (oid → size in bytes) belongs to the repo before a commit names it.

    Bytes that lie in another repo are copied in if, and only if, the actor may read that repo's files.
    Raises NotInPossession, also for a wrong size.
    """
    possession.name(repo_pk, pointers)
    held = possession.held_sizes(repo_pk, pointers)
    for oid, size in pointers.items():
        if oid in held:
            if held[oid] != size:
                raise NotInPossession(oid)
            continue
        if not copy_from_elsewhere(actor, repo_pk, oid, size):
            raise NotInPossession(oid)
    possession.name(repo_pk, pointers.keys() - held)


def size_elsewhere(actor: Actor, oid: str) -> int | None:
    """Give the size of a large file that some repo has of which the actor may know."""
    holder = possession.holders(oid).filter(gate.visible_repos(actor)).first()
    return possession.held_sizes(holder.pk, [oid]).get(oid) if holder else None


def copy_from_elsewhere(actor: Actor, repo_pk: int, oid: str, size: int) -> bool:
    """Let the repo have bytes that the actor may read in another repo; False if there is none such."""
    for holder in possession.holders(oid).filter(gate.visible_repos(actor))[:MOST_HOLDERS_ASKED]:
        case = gate.case_by_pk(actor, holder.pk)
        if case and gate.read_files(case) is gate.Answer.YES and possession.held_sizes(holder.pk, [oid]) == {oid: size}:
            large_bytes.copy(holder.pk, repo_pk, Blob(oid, size), user_pk=actor.user_id)
            return True
    return False

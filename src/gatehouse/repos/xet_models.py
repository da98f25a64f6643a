"""Tables of what Xet stores: which xorbs there are, which repo they came into, which files consist of them.

Hashes are written as on the wire, 64 digits. A xorb's file in the store carries its own table in its footer, so the
table of xorbs can be made anew from the store.
"""

from django.db import models


class Xorb(models.Model):
    """A stored container of chunks. Bytes are stored once, whoever sent them."""

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()  # bytes of the body, without the footer
    chunks = models.IntegerField()
    unpacked = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    condemned_at = models.DateTimeField(null=True, db_index=True)  # nothing needs it: to be deleted unless it is used

    def __str__(self) -> str:
        return self.hash


class RepoXorb(models.Model):
    """A xorb's bytes were sent to a repo in full. Nobody else's files may consist of it there."""

    repo = models.ForeignKey("repos.Repo", models.CASCADE, related_name="+")
    xorb = models.ForeignKey(Xorb, models.CASCADE, related_name="repos")
    added_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "xorb"], name="one_xorb_once")]

    def __str__(self) -> str:
        return self.xorb_id


class XetFile(models.Model):
    """A file of a repo as terms of xorbs. Its sha256 was computed from its bytes; the right to them is a RepoBlob."""

    repo = models.ForeignKey("repos.Repo", models.CASCADE, related_name="+")
    file_hash = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    terms = models.BinaryField()
    verified_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "file_hash"], name="one_xet_file_once")]
        indexes = [models.Index(fields=["repo", "sha256"], name="xet_file_by_sha256")]

    def __str__(self) -> str:
        return self.file_hash


class XetFileXorb(models.Model):
    """A xorb that a file needs."""

    file = models.ForeignKey(XetFile, models.CASCADE, related_name="xorbs")
    xorb = models.ForeignKey(Xorb, models.PROTECT, related_name="files")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "xorb"], name="one_xorb_of_a_file_once")]

    def __str__(self) -> str:
        return self.xorb_id


class XetDedup(models.Model):
    """Where a repo has a chunk that clients may ask for: few are, see `storage.xet.hashes.is_eligible`."""

    repo = models.ForeignKey("repos.Repo", models.CASCADE, related_name="+")
    chunk = models.CharField(max_length=64)
    xorb = models.ForeignKey(Xorb, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repo", "chunk"], name="one_answer_to_a_chunk")]

    def __str__(self) -> str:
        return self.chunk


class XetEpoch(models.Model):
    """How often xorbs of a repo were given up. Clients keep for weeks which xorbs they know, until this changes."""

    repo = models.OneToOneField("repos.Repo", models.CASCADE, primary_key=True, related_name="+")
    number = models.IntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

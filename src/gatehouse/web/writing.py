"""Files uploaded in the browser, and the writer of commits that pages make; each form is one commit."""

import json
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gatehouse.access import possession as rights
from gatehouse.repos import commits, possession
from gatehouse.repos.large_files import LARGEST_REGULAR, SAMPLE, is_large
from gatehouse.repos.repositories import blobs
from gatehouse.storage.blobs import check_oid
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_commits import write_blob
from gatehouse.storage.git_operations import Operation, Put
from gatehouse.storage.git_paths import check_path
from gatehouse.storage.git_repos import resolve_revision, split_revision
from gatehouse.storage.pointers import make_pointer, parse_pointer
from gatehouse.web.visits import Visit, authors_page

LONGEST_MESSAGE = 2000


class ManyFiles(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class UploadForm(forms.Form):
    """Files for a folder."""

    file = forms.Field(label=_("Files"), widget=ManyFiles(attrs={"multiple": True}), required=False)
    folder = forms.CharField(
        label=_("Folder"), required=False, max_length=1000, help_text=_("Empty: the repository's top.")
    )
    message = forms.CharField(
        label=_("What is this change?"),
        required=False,
        max_length=LONGEST_MESSAGE,
        help_text=_("The commit's message."),
    )


class NothingChosen(Refusal):
    """The form came without a file."""

    message = "Choose at least one file."


class Writer:
    """Collects a commit to a branch; large files go to the store at once, pointers are checked at the end."""

    def __init__(self, visit: Visit, branch: str) -> None:
        self.visit, self.branch = visit, branch
        self.head = resolve_revision(visit.git, f"refs/heads/{branch}")
        self.operations: list[Operation] = []
        self._pointers: dict[str, int] = {}

    def upload(self, path: str, file: "UploadedFile[Any]") -> None:
        check_path(path)
        size = file.size or 0
        sample = file.read(SAMPLE)
        file.seek(0)
        if is_large(self.visit.git, self.head, path, size=size, sample=sample):
            blob = blobs().receive(file.chunks(1024 * 1024), size=size)
            possession.take_in(self.visit.repo.pk, blob, user_pk=self.visit.person.pk)
            self._pointers[blob.oid] = blob.size
            self.operations.append(Put(path, data=make_pointer(blob.oid, blob.size)))
        else:
            self.write(path, file.read())

    def name_large(self, path: str, oid: str, size: int) -> None:
        """Put a large file at a path whose bytes were sent before, in parts."""
        check_path(path)
        self._pointers[check_oid(oid)] = size
        self.operations.append(Put(path, data=make_pointer(oid, size)))

    def write(self, path: str, data: bytes) -> None:
        check_path(path)
        pointer = parse_pointer(data)
        if pointer:  # a text that names a large file is worth the file: see access.possession
            self._pointers[pointer.oid] = pointer.size
        self.operations.append(Put(path, oid=write_blob(self.visit.git, data)))

    def commit(self, message: str, *, parent: str | None = None) -> str:
        rights.ensure(self.visit.case.actor, self.visit.repo.pk, self._pointers)
        return commits.commit(
            self.visit.repo, self.branch, self.operations, user=self.visit.person, message=message, parent=parent
        )


def branch_and_path(visit: Visit, tail: str) -> tuple[str, str]:
    """Split the rest of an address; only a branch can be written to. Raises RevisionNotFound."""
    rev, path = split_revision(visit.git, tail)
    resolve_revision(visit.git, f"refs/heads/{rev}")
    return rev, path.strip("/")


def show(visit: Visit, page: str, form: forms.Form, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    if form.errors and status == HTTPStatus.OK:
        status = HTTPStatus.BAD_REQUEST
    return visit.render(f"pages/{page}.html", "files", {"form": form, **context}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def upload(visit: Visit, tail: str) -> HttpResponse:
    """Commit files: small ones come with the form, large ones may have been sent in parts before."""
    branch, folder = branch_and_path(visit, tail)
    post = visit.request.POST if visit.request.method == "POST" else None
    form = UploadForm(post, initial={"folder": folder})
    if form.is_bound and form.is_valid():
        target = form.cleaned_data["folder"].strip().strip("/")
        try:
            _upload(visit, branch, target, form.cleaned_data["message"])
        except Refusal as refusal:
            form.add_error("file" if isinstance(refusal, NothingChosen) else None, refusal.message)
        else:
            return HttpResponseRedirect(visit.url("tree", branch, target))
    return show(visit, "upload", form, branch=branch, folder=folder, largest_in_form=LARGEST_REGULAR)


def _upload(visit: Visit, branch: str, folder: str, message: str) -> None:
    writer = Writer(visit, branch)
    lead = f"{folder}/" if folder else ""
    for path, file in _sent(visit.request):
        writer.upload(lead + path, file)
    for path, oid, size in _sent_before(visit.request.POST.getlist("large")):
        writer.name_large(lead + path, oid, size)
    if not writer.operations:
        raise NothingChosen
    first, number = PurePosixPath(writer.operations[0].path).name, len(writer.operations)
    writer.commit(message.strip() or (f"Upload {first}" if number == 1 else f"Upload {number} files"))


def _sent(request: HttpRequest) -> "list[tuple[str, UploadedFile[Any]]]":
    """Give the files with their paths. A script sends paths along, for browsers leave out the folders of a name."""
    files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile)]
    paths = request.POST.getlist("path")
    if paths and len(paths) != len(files):
        raise Refusal("Every file needs a path.")
    return list(zip(paths or [str(file.name) for file in files], files, strict=True))


def _sent_before(texts: list[str]) -> list[tuple[str, str, int]]:
    """Read which large files the commit shall name; whether they belong to this repo is asked when it is made."""
    named = []
    for text in texts:
        try:
            told = json.loads(text)
            path, oid, size = told["path"], told["oid"], told["size"]
        except (ValueError, RecursionError, KeyError, TypeError) as error:
            raise Refusal("A large file needs a path, an oid and a size.") from error
        if not isinstance(path, str) or not isinstance(oid, str) or type(size) is not int:
            raise Refusal("A large file needs a path, an oid and a size.")
        named.append((path, oid, size))
    return named

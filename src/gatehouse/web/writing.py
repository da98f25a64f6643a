"""Files changed in the browser: uploaded, written, deleted; each form is one commit."""

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from gatehouse.access import possession as rights
from gatehouse.repos import commits, possession
from gatehouse.repos.large_files import SAMPLE, is_binary, is_large
from gatehouse.repos.repositories import blobs
from gatehouse.storage.errors import EntryNotFound, Refusal, StaleParent
from gatehouse.storage.git_commits import write_blob
from gatehouse.storage.git_operations import Delete, Operation, Put
from gatehouse.storage.git_paths import check_path
from gatehouse.storage.git_repos import resolve_revision, split_revision
from gatehouse.storage.git_tree import find_entry, read_blob
from gatehouse.storage.pointers import make_pointer, parse_pointer
from gatehouse.web.visits import Visit, authors_page

LONGEST_TEXT = 1024 * 1024  # characters
LONGEST_MESSAGE = 2000
NOWHERE = ""  # the oid of a file that is not there


class ManyFiles(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class UploadForm(forms.Form):
    """Files for a folder."""

    file = forms.Field(label="Files", widget=ManyFiles(attrs={"multiple": True}), required=False)
    folder = forms.CharField(label="Folder", required=False, max_length=1000, help_text="Empty: the repository's top.")
    message = forms.CharField(
        label="What is this change?", required=False, max_length=LONGEST_MESSAGE, help_text="The commit's message."
    )


class EditForm(forms.Form):
    """A file's path and text. `was` is the oid of the file that was opened."""

    path = forms.CharField(label="File name", max_length=1000, strip=True)
    text = forms.CharField(
        label="Text",
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 26, "class": "mono", "spellcheck": "false", "wrap": "off"}),
    )
    message = forms.CharField(
        label="What is this change?", required=False, max_length=LONGEST_MESSAGE, help_text="The commit's message."
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """The message of a commit that needs nothing else."""

    message = forms.CharField(label="What is this change?", required=False, max_length=LONGEST_MESSAGE)


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


def _branch_and_path(visit: Visit, tail: str) -> tuple[str, str]:
    rev, path = split_revision(visit.git, tail)
    resolve_revision(visit.git, f"refs/heads/{rev}")  # only a branch can be written to
    return rev, path.strip("/")


def _show(visit: Visit, page: str, form: forms.Form, *, status: int = HTTPStatus.OK, **context: Any) -> HttpResponse:
    if form.errors and status == HTTPStatus.OK:
        status = HTTPStatus.BAD_REQUEST
    return visit.render(f"pages/{page}.html", "files", {"form": form, **context}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def upload(visit: Visit, tail: str) -> HttpResponse:
    branch, folder = _branch_and_path(visit, tail)
    request = visit.request
    form = UploadForm(request.POST if request.method == "POST" else None, initial={"folder": folder})
    if form.is_bound and form.is_valid():
        files = [file for file in request.FILES.getlist("file") if isinstance(file, UploadedFile)]
        target = form.cleaned_data["folder"].strip().strip("/")
        if not files:
            form.add_error("file", "Choose at least one file.")
        else:
            try:
                _upload(visit, branch, target, files, form.cleaned_data["message"])
            except Refusal as refusal:
                form.add_error(None, refusal.message)
            else:
                return HttpResponseRedirect(visit.url("tree", branch, target))
    return _show(visit, "upload", form, branch=branch, folder=folder)


def _upload(visit: Visit, branch: str, folder: str, files: "list[UploadedFile[Any]]", message: str) -> None:
    writer = Writer(visit, branch)
    for file in files:
        writer.upload(f"{folder}/{file.name}" if folder else str(file.name), file)
    names = str(files[0].name) if len(files) == 1 else f"{len(files)} files"
    writer.commit(message.strip() or f"Upload {names}")


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def edit(visit: Visit, tail: str) -> HttpResponse:
    branch, path = _branch_and_path(visit, tail)
    head = resolve_revision(visit.git, f"refs/heads/{branch}")
    entry = find_entry(visit.git, head, path)
    if entry.type != "file" or entry.lfs or entry.is_submodule or entry.size > LONGEST_TEXT:
        raise Refusal("Only text files of up to 1 MiB can be edited here.")
    data = read_blob(visit.git, entry.oid)
    if is_binary(data):
        raise Refusal("This file is not text, so it cannot be edited here.")
    shown = {"path": path, "text": data.decode("utf-8", "replace"), "was": entry.oid}
    return _edit(visit, branch, path, shown, ends=b"\r\n" if b"\r\n" in data else b"\n")


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def new_file(visit: Visit, tail: str) -> HttpResponse:
    branch, folder = _branch_and_path(visit, tail)
    name = visit.request.GET.get("name", "")[:255]
    path = "/".join(part for part in (folder, name) if part) or (f"{folder}/" if folder else "")
    text = f"---\nlicense: \n---\n\n# {visit.repo.name}\n" if name == "README.md" else ""
    return _edit(visit, branch, "", {"path": path, "text": text, "was": NOWHERE}, ends=b"\n")


def _edit(visit: Visit, branch: str, path: str, shown: dict[str, str], *, ends: bytes) -> HttpResponse:
    """Show a file's text, or commit what was sent. If the file has changed meanwhile, neither text is lost."""
    sent = visit.request.POST.copy() if visit.request.method == "POST" else None
    form = EditForm(sent, initial=shown)
    status = HTTPStatus.OK
    if sent is not None and form.is_valid():
        try:
            target = _save(visit, branch, path, form.cleaned_data, ends)
        except StaleParent as stale:
            status = HTTPStatus(stale.status)
            form.add_error(None, "The file was changed by somebody else since you opened it. Your text is below.")
            sent["was"] = _oid_at(visit, branch, path)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return HttpResponseRedirect(visit.url("blob", branch, target))
    return _show(visit, "edit", form, status=status, branch=branch, path=path)


def _save(visit: Visit, branch: str, path: str, typed: dict[str, str], ends: bytes) -> str:
    """Commit a text, under a new name if it was renamed; give its path. Raises StaleParent."""
    writer = Writer(visit, branch)
    target = typed["path"].strip("/")
    check_path(target)
    if path != target and _oid_at(visit, branch, target):
        raise Refusal(f"There is a file called {target} already.")
    if path and _oid_at(visit, branch, path) != typed["was"]:
        raise StaleParent
    if path and path != target:
        writer.operations.append(Delete(path, "file"))
    data = typed["text"].replace("\r\n", "\n").encode("utf-8", "replace").replace(b"\n", ends)
    writer.write(target, data)
    what = "Update" if path else "Create"
    writer.commit(typed["message"].strip() or f"{what} {PurePosixPath(target).name}", parent=writer.head)
    return target


def _oid_at(visit: Visit, branch: str, path: str) -> str:
    head = resolve_revision(visit.git, f"refs/heads/{branch}")
    try:
        return find_entry(visit.git, head, path).oid
    except EntryNotFound:
        return NOWHERE


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def delete(visit: Visit, tail: str) -> HttpResponse:
    branch, path = _branch_and_path(visit, tail)
    writer = Writer(visit, branch)
    entry = find_entry(visit.git, writer.head, path)
    form = MessageForm(visit.request.POST if visit.request.method == "POST" else None)
    if not path:
        raise EntryNotFound
    if form.is_bound and form.is_valid():
        writer.operations.append(Delete(path))
        writer.commit(form.cleaned_data["message"].strip() or f"Delete {PurePosixPath(path).name}")
        return HttpResponseRedirect(visit.url("tree", branch, path.rpartition("/")[0]))
    return _show(visit, "delete_file", form, branch=branch, path=path, entry=entry)

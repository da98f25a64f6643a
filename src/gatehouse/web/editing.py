"""Files written, changed and deleted in the browser; each form is one commit."""

from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from gatehouse.repos.large_files import is_binary
from gatehouse.storage.errors import EntryNotFound, Refusal, StaleParent
from gatehouse.storage.git_diff import compare_texts
from gatehouse.storage.git_operations import Delete
from gatehouse.storage.git_paths import check_path
from gatehouse.storage.git_repos import resolve_revision
from gatehouse.storage.git_tree import find_entry, read_blob
from gatehouse.web.diff_lines import Line, read_patch
from gatehouse.web.previews.choose import MARKDOWN
from gatehouse.web.rendered import markdown_html
from gatehouse.web.visits import Visit, authors_page
from gatehouse.web.writing import LONGEST_MESSAGE, Writer, branch_and_path, show

LONGEST_TEXT = 1024 * 1024  # characters
NOWHERE = ""  # the oid of a file that is not there
CHANGED = _("The file was changed by somebody else since you opened it. Your text is below.")
GONE = _("The file was deleted by somebody else since you opened it. Commit once more to bring it back with your text.")


class EditForm(forms.Form):
    """A file's path and text. `was` is the oid of the file that was opened."""

    path = forms.CharField(label=_("File name"), max_length=1000, strip=True)
    text = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 26, "class": "mono", "spellcheck": "false", "wrap": "off"}),
    )
    message = forms.CharField(
        label=_("What is this change?"),
        required=False,
        max_length=LONGEST_MESSAGE,
        help_text=_("The commit's message."),
    )
    was = forms.CharField(required=False, widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """The message of a commit that needs nothing else."""

    message = forms.CharField(label=_("What is this change?"), required=False, max_length=LONGEST_MESSAGE)


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def edit(visit: Visit, tail: str) -> HttpResponse:
    branch, path = branch_and_path(visit, tail)
    try:
        oid, data = _text_at(visit, branch, path)
    except Refusal:
        if visit.request.method != "POST":
            raise
        oid, data = _oid_at(visit, branch, path), b""  # it went while somebody typed, whose text must not go with it
    shown = {"path": path, "text": data.decode("utf-8", "replace"), "was": oid}
    return _edit(visit, branch, path, shown, ends=b"\r\n" if b"\r\n" in data else b"\n")


def _text_at(visit: Visit, branch: str, path: str) -> tuple[str, bytes]:
    """Give the oid and the bytes of a text file; raises Refusal for everything else."""
    head = resolve_revision(visit.git, f"refs/heads/{branch}")
    entry = find_entry(visit.git, head, path)
    if entry.type != "file" or entry.lfs or entry.is_submodule or entry.size > LONGEST_TEXT:
        raise Refusal("Only text files of up to 1 MiB can be edited here.")
    data = read_blob(visit.git, entry.oid)
    if is_binary(data):
        raise Refusal("This file is not text, so it cannot be edited here.")
    return entry.oid, data


@require_http_methods(["GET", "HEAD", "POST"])
@authors_page
def new_file(visit: Visit, tail: str) -> HttpResponse:
    branch, folder = branch_and_path(visit, tail)
    name = visit.request.GET.get("name", "")[:255]
    path = "/".join(part for part in (folder, name) if part) or (f"{folder}/" if folder else "")
    text = f"---\nlicense: \n---\n\n# {visit.repo.name}\n" if name == "README.md" else ""
    return _edit(visit, branch, "", {"path": path, "text": text, "was": NOWHERE}, ends=b"\n")


def _edit(visit: Visit, branch: str, path: str, shown: dict[str, str], *, ends: bytes) -> HttpResponse:
    """Show a file's text, or commit what was sent. If the file has changed meanwhile, neither text is lost."""
    sent = visit.request.POST.copy() if visit.request.method == "POST" else None
    form = EditForm(sent, initial=shown)
    context: dict[str, Any] = {"branch": branch, "path": path}
    status = HTTPStatus.OK
    if sent is not None and form.is_valid() and "preview" in sent:
        context |= _preview(visit, branch, form.cleaned_data, shown["text"])
    elif sent is not None and form.is_valid():
        try:
            target = _save(visit, branch, path, form.cleaned_data, ends)
        except StaleParent as stale:
            status = HTTPStatus(stale.status)
            gone = bool(path) and shown["was"] == NOWHERE
            form.add_error(None, GONE if gone else CHANGED)
            sent["was"] = shown["was"]
            changes = _changes(shown["text"], form.cleaned_data["text"])
            context |= {"stale": True, "gone": gone, "changes": changes}
        except Refusal as refusal:
            form.add_error(None, refusal.message)
        else:
            return HttpResponseRedirect(visit.url("blob", branch, target))
    return show(visit, "edit", form, status=status, **context)


def _preview(visit: Visit, branch: str, typed: dict[str, str], before: str) -> dict[str, Any]:
    """Show what was typed as people will see it, and what it changes; nothing is saved."""
    path = PurePosixPath(typed["path"])
    html: SafeString | None = None
    if path.suffix.lower() in MARKDOWN:
        folder = str(path.parent).removeprefix(".")
        html = markdown_html(typed["text"], repo_path=visit.repo.path, rev=branch, directory=folder, pictures=True)
    return {"previewed": True, "preview": html, "changes": _changes(before, typed["text"])}


def _changes(before: str, after: str) -> list[Line]:
    old, new = (text.replace("\r\n", "\n").encode("utf-8", "replace") for text in (before, after))
    return read_patch(compare_texts(old, new))


def _save(visit: Visit, branch: str, path: str, typed: dict[str, str], ends: bytes) -> str:
    """Commit a text, under a new name if it was renamed; give its path. Raises StaleParent."""
    writer = Writer(visit, branch)
    target = typed["path"].strip("/")
    check_path(target)
    if path != target and _oid_at(visit, branch, target):
        raise Refusal(f"There is a file called {target} already.")
    if path and _oid_at(visit, branch, path) != typed["was"]:
        raise StaleParent
    if path and path != target and typed["was"]:
        writer.operations.append(Delete(path, "file"))
    data = typed["text"].replace("\r\n", "\n").encode("utf-8", "replace").replace(b"\n", ends)
    writer.write(target, data)
    what = "Update" if typed["was"] else "Create"
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
    branch, path = branch_and_path(visit, tail)
    writer = Writer(visit, branch)
    entry = find_entry(visit.git, writer.head, path)
    form = MessageForm(visit.request.POST if visit.request.method == "POST" else None)
    if not path:
        raise EntryNotFound
    if form.is_bound and form.is_valid():
        writer.operations.append(Delete(path))
        writer.commit(form.cleaned_data["message"].strip() or f"Delete {PurePosixPath(path).name}")
        return HttpResponseRedirect(visit.url("tree", branch, path.rpartition("/")[0]))
    return show(visit, "delete_file", form, branch=branch, path=path, entry=entry)

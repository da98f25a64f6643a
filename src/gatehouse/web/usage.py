"""Lines to copy: how a repo is used from a terminal and from Python, with this hub's address in them."""

from dataclasses import dataclass

from django.conf import settings

from gatehouse.repos.models import Kind, Repo

_PYTHON = {
    "transformers": (
        "from transformers import AutoModel, AutoTokenizer\n\n"
        'tokenizer = AutoTokenizer.from_pretrained("{id}")\nmodel = AutoModel.from_pretrained("{id}")'
    ),
    "diffusers": 'from diffusers import DiffusionPipeline\n\npipe = DiffusionPipeline.from_pretrained("{id}")',
    "sentence-transformers": (
        'from sentence_transformers import SentenceTransformer\n\nmodel = SentenceTransformer("{id}")'
    ),
    "peft": 'from peft import AutoPeftModel\n\nmodel = AutoPeftModel.from_pretrained("{id}")',
    "timm": 'import timm\n\nmodel = timm.create_model("hf_hub:{id}", pretrained=True)',
}
_FILES = 'from huggingface_hub import snapshot_download\n\npath = snapshot_download("{id}"{type})'
_DATASET = 'from datasets import load_dataset\n\ndataset = load_dataset("{id}")'


@dataclass(frozen=True)
class Snippet:
    """Some lines, and what they are for."""

    title: str
    text: str


def snippets(repo: Repo) -> list[Snippet]:
    of_type = "" if repo.kind == Kind.MODEL else f" --repo-type {repo.kind}"
    return [
        Snippet("Download", f"export HF_ENDPOINT={settings.PUBLIC_URL}\nhf download {repo.repo_id}{of_type}"),
        Snippet("In Python", _python(repo)),
        Snippet("With git", f"git clone {repo.url}"),
    ]


def _python(repo: Repo) -> str:
    if repo.kind == Kind.DATASET:
        return _DATASET.format(id=repo.repo_id)
    typed = "" if repo.kind == Kind.MODEL else f', repo_type="{repo.kind}"'
    return _PYTHON.get(repo.library_name, _FILES).format(id=repo.repo_id, type=typed)

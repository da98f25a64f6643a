"""Lines to copy: how a repo is used from a terminal and from Python, with this hub's address in them."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gatehouse.repos.models import Kind, Repo

# Libraries read the address when they are imported.
_ADDRESS = 'import os\nos.environ["HF_ENDPOINT"] = "{hub}"\n\n'
_TRANSFORMERS = (
    "from transformers import {model}, {reader}\n\n"
    'reader = {reader}.from_pretrained("{id}")\nmodel = {model}.from_pretrained("{id}")'
)
_MODELS = {
    "text-generation": "AutoModelForCausalLM",
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "question-answering": "AutoModelForQuestionAnswering",
    "fill-mask": "AutoModelForMaskedLM",
    "summarization": "AutoModelForSeq2SeqLM",
    "translation": "AutoModelForSeq2SeqLM",
    "image-classification": "AutoModelForImageClassification",
    "image-segmentation": "AutoModelForImageSegmentation",
    "object-detection": "AutoModelForObjectDetection",
    "image-text-to-text": "AutoModelForImageTextToText",
    "audio-classification": "AutoModelForAudioClassification",
    "automatic-speech-recognition": "AutoModelForSpeechSeq2Seq",
}
_READERS = {
    "audio-classification": "AutoFeatureExtractor",
    "automatic-speech-recognition": "AutoProcessor",
    "image-classification": "AutoImageProcessor",
    "image-segmentation": "AutoImageProcessor",
    "image-text-to-text": "AutoProcessor",
    "object-detection": "AutoImageProcessor",
}
_PYTHON = {
    "diffusers": 'from diffusers import DiffusionPipeline\n\npipe = DiffusionPipeline.from_pretrained("{id}")',
    "sentence-transformers": (
        'from sentence_transformers import SentenceTransformer\n\nmodel = SentenceTransformer("{id}")'
    ),
    "peft": 'from peft import AutoPeftModel\n\nmodel = AutoPeftModel.from_pretrained("{id}")',
    "timm": 'import timm\n\nmodel = timm.create_model("hf_hub:{id}", pretrained=True)',
    "setfit": 'from setfit import SetFitModel\n\nmodel = SetFitModel.from_pretrained("{id}")',
    "open_clip": 'import open_clip\n\nmodel, _, preprocess = open_clip.create_model_and_transforms("hf-hub:{id}")',
}
_FILES = 'from huggingface_hub import snapshot_download\n\npath = snapshot_download("{id}"{type})'
_DATASET = 'from datasets import load_dataset\n\ndataset = load_dataset("{id}")'


@dataclass(frozen=True)
class Snippet:
    """Some lines, and what they are for."""

    title: str | Promise
    text: str


def snippets(repo: Repo, *, may_write: bool) -> list[Snippet]:
    of_type = "" if repo.kind == Kind.MODEL else f" --repo-type {repo.kind}"
    sign_in = "hf auth login\n" if repo.gated or repo.private else ""
    hub = f"export HF_ENDPOINT={settings.PUBLIC_URL}\n"
    found = [
        Snippet(_("Download"), f"{hub}{sign_in}hf download {repo.repo_id}{of_type}"),
        Snippet(_("In Python"), _ADDRESS.format(hub=settings.PUBLIC_URL) + _python(repo)),
        Snippet(_("With git"), f"git clone {repo.url}"),
    ]
    if may_write:
        found.append(Snippet(_("Upload"), f"{hub}hf auth login\nhf upload {repo.repo_id} ./folder{of_type}"))
    return found


def _python(repo: Repo) -> str:
    if repo.kind == Kind.DATASET:
        return _DATASET.format(id=repo.repo_id)
    if repo.library_name == "transformers" and repo.kind == Kind.MODEL:
        model = _MODELS.get(repo.pipeline_tag, "AutoModel")
        reader = _READERS.get(repo.pipeline_tag, "AutoTokenizer")
        return _TRANSFORMERS.format(id=repo.repo_id, model=model, reader=reader)
    typed = "" if repo.kind == Kind.MODEL else f', repo_type="{repo.kind}"'
    return _PYTHON.get(repo.library_name, _FILES).format(id=repo.repo_id, type=typed)

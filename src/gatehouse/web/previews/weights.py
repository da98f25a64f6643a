"""What the heads of weight files tell: tensors, their types and shapes, and metadata."""

from django.utils.translation import gettext_lazy as _

from gatehouse.repos import gguf, safetensors
from gatehouse.repos.tensors import TensorFile
from gatehouse.storage.git_tree import Entry
from gatehouse.storage.serve import Source
from gatehouse.web.previews.shown import Shown

SUFFIXES = frozenset({".safetensors", ".gguf"})
TENSORS = 600
PAIRS = 200
VALUE = 400  # characters


def weights(source: Source, entry: Entry, suffix: str) -> Shown:
    """Show the head of a weight file; raises NotSafetensors, NotGguf."""
    if suffix == ".gguf":
        told = gguf.read_head(source, entry.size)
    else:
        header, _length = safetensors.read_header(source, entry)
        told = safetensors.tensor_file(header, entry.path)
    return Shown("weights", _data(told), "" if len(told.tensors) <= TENSORS else _("Not all tensors are shown."))


def _data(told: TensorFile) -> dict[str, object]:
    pairs = [(name, value if len(value) <= VALUE else value[:VALUE] + "…") for name, value in told.metadata[:PAIRS]]
    return {
        "parameters": told.parameters,
        "by_dtype": told.by_dtype[:12],
        "number": len(told.tensors),
        "tensors": told.tensors[:TENSORS],
        "metadata": pairs,
    }

"""Which library and which weight formats a repo is for, told from its file names."""

from collections.abc import Collection

# A file with exactly this name at the root speaks for a library; the first that matches wins.
_MARKS = {
    "model_index.json": "diffusers",
    "config_sentence_transformers.json": "sentence-transformers",
    "adapter_config.json": "peft",
    "open_clip_config.json": "open_clip",
    "config_setfit.json": "setfit",
    "mlc-chat-config.json": "mlc-llm",
    "config.json": "transformers",
}
_LIBRARY_ENDINGS = {
    ".nemo": "nemo",
    ".skops": "sklearn",
    ".joblib": "sklearn",
    ".keras": "keras",
    ".spacy": "spacy",
    ".mlpackage": "coreml",
}
_FORMAT_ENDINGS = {
    ".safetensors": "safetensors",
    ".gguf": "gguf",
    ".onnx": "onnx",
    ".pt": "pytorch",
    ".pth": "pytorch",
    ".tflite": "tflite",
    ".msgpack": "jax",
    ".h5": "tf",
    ".mlmodel": "coreml",
    ".nemo": "nemo",
    ".keras": "keras",
}
_FORMAT_NAMES = {
    "pytorch_model.bin": "pytorch",
    "pytorch_model.bin.index.json": "pytorch",
    "saved_model.pb": "tf",
    "openvino_model.xml": "openvino",
}
_TRANSFORMERS_FORMATS = frozenset({"safetensors", "pytorch", "tf", "jax"})


def detect_library(names: Collection[str]) -> str | None:
    """The library that loads these files, as the Hub names it, or None."""
    for mark, library in _MARKS.items():
        if mark in names and (library != "transformers" or _TRANSFORMERS_FORMATS & set(detect_formats(names))):
            return library
    ends = (_LIBRARY_ENDINGS.get(name[name.rfind(".") :]) for name in sorted(names) if "." in name)
    return next(filter(None, ends), None)


def detect_formats(names: Collection[str]) -> list[str]:
    """The weight formats among these files, as tags."""
    found: set[str] = set()
    for name in names:
        base = name.rpartition("/")[2].lower()
        ending = base[base.rfind(".") :] if "." in base else ""
        found.update(filter(None, (_FORMAT_NAMES.get(base), _FORMAT_ENDINGS.get(ending))))
        if "tfevents" in base:
            found.add("tensorboard")
    return sorted(found)

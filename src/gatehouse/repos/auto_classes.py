"""The classes of `transformers` that load a model, told from its configuration as the Hub tells them."""

from collections.abc import Mapping
from typing import Any

from gatehouse.repos import tasks

# By the ending of a class's name in `architectures`, where the name of the class for all is another one.
_OTHER_NAMES = {
    "LMHeadModel": "AutoModelForCausalLM",
    "MarianMTModel": "AutoModelForSeq2SeqLM",
    "VitsModel": "AutoModelForTextToWaveform",
}
_OF_GENERATION = {
    "image-text-to-text": "AutoModelForImageTextToText",
    "automatic-speech-recognition": "AutoModelForSpeechSeq2Seq",
    "text2text-generation": "AutoModelForSeq2SeqLM",
}
_PROCESSORS = {
    "audio-classification": "AutoFeatureExtractor",
    "automatic-speech-recognition": "AutoProcessor",
    "depth-estimation": "AutoImageProcessor",
    "image-classification": "AutoImageProcessor",
    "image-segmentation": "AutoImageProcessor",
    "image-text-to-text": "AutoProcessor",
    "object-detection": "AutoImageProcessor",
    "text-to-audio": "AutoProcessor",
    "video-classification": "AutoImageProcessor",
}


def transformers_info(config: Mapping[str, Any], library: str) -> dict[str, str]:
    """Give `auto_model` and what else is known; nothing of a model that `transformers` does not load."""
    if library != "transformers" or not config.get("model_type"):
        return {}
    task = tasks.guess(config, library)
    told = {"auto_model": _auto_model(tasks.architecture(config), task)}
    own = config.get("auto_map")
    if isinstance(own, dict) and isinstance(own.get(told["auto_model"]), str):
        told["custom_class"] = own[told["auto_model"]]
    if task:
        told["pipeline_tag"] = task
    if processor := _PROCESSORS.get(task or "") or ("AutoTokenizer" if _has_tokens(config, task) else None):
        told["processor"] = processor
    return told


def _auto_model(architecture: str, task: str | None) -> str:
    if architecture.endswith("ForConditionalGeneration"):
        return _OF_GENERATION[task or "text2text-generation"]
    named = next((name for ending, name in _OTHER_NAMES.items() if architecture.endswith(ending)), None)
    _, found, purpose = architecture.rpartition("For")
    return named or (f"AutoModelFor{purpose}" if found and task else "AutoModel")


def _has_tokens(config: Mapping[str, Any], task: str | None) -> bool:
    """Whether it reads text: its task is one of words, or a tokenizer lies beside it."""
    return task not in {None, "feature-extraction"} or "tokenizer_config" in config

"""Which task a model is for, told from its configuration where the card does not say."""

from collections.abc import Mapping
from typing import Any

# By the ending of a class's name in `architectures`.
_BY_ENDING = {
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForMaskedLM": "fill-mask",
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMultipleChoice": "multiple-choice",
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "ForSemanticSegmentation": "image-segmentation",
    "ForInstanceSegmentation": "image-segmentation",
    "ForUniversalSegmentation": "image-segmentation",
    "ForDepthEstimation": "depth-estimation",
    "ForVideoClassification": "video-classification",
    "ForAudioClassification": "audio-classification",
    "ForCTC": "automatic-speech-recognition",
    "ForSpeechSeq2Seq": "automatic-speech-recognition",
    "ForTextToWaveform": "text-to-audio",
    "MarianMTModel": "translation",
    "VitsModel": "text-to-speech",
}
_SEEING = ("llava", "_vl", "vl_", "vision", "paligemma", "idefics", "pixtral", "gemma3", "mllama", "internvl", "blip")
_HEARING = ("whisper", "speech_to_text", "speech-encoder-decoder", "moonshine")
_BY_LIBRARY = {
    "sentence-transformers": "sentence-similarity",
    "setfit": "text-classification",
    "timm": "image-classification",
    "spacy": "token-classification",
}
CHATTING = frozenset({"text-generation", "image-text-to-text"})


def guess(config: Mapping[str, Any], library: str | None) -> str | None:
    """Give the task, as the Hub names it, or None."""
    if library in _BY_LIBRARY:
        return _BY_LIBRARY[library]
    if library != "transformers":
        return None
    name = architecture(config)
    if name.endswith("ForConditionalGeneration"):
        return _generation(str(config.get("model_type", "")))
    known = next((task for ending, task in _BY_ENDING.items() if name.endswith(ending)), None)
    return known or ("feature-extraction" if name.endswith("Model") else None)


def architecture(config: Mapping[str, Any]) -> str:
    """Give the first class that a configuration names; empty if it names none."""
    names = config.get("architectures")
    return names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""


def _generation(model_type: str) -> str:
    if any(word in model_type for word in _SEEING):
        return "image-text-to-text"
    return "automatic-speech-recognition" if model_type in _HEARING else "text2text-generation"

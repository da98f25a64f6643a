"""Which classes of transformers load a model: the answers are those that the Hub gives for models like these."""

import pytest

from gatehouse.repos.auto_classes import transformers_info

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("model_type", "architecture", "auto_model", "task", "processor"),
    [
        ("bert", "BertForMaskedLM", "AutoModelForMaskedLM", "fill-mask", "AutoTokenizer"),
        ("gpt2", "GPT2LMHeadModel", "AutoModelForCausalLM", "text-generation", "AutoTokenizer"),
        ("t5", "T5ForConditionalGeneration", "AutoModelForSeq2SeqLM", "text2text-generation", "AutoTokenizer"),
        ("marian", "MarianMTModel", "AutoModelForSeq2SeqLM", "translation", "AutoTokenizer"),
        (
            *("whisper", "WhisperForConditionalGeneration", "AutoModelForSpeechSeq2Seq"),
            *("automatic-speech-recognition", "AutoProcessor"),
        ),
        ("wav2vec2", "Wav2Vec2ForCTC", "AutoModelForCTC", "automatic-speech-recognition", "AutoProcessor"),
        (
            *("llava", "LlavaForConditionalGeneration", "AutoModelForImageTextToText"),
            *("image-text-to-text", "AutoProcessor"),
        ),
        (
            "vit",
            "ViTForImageClassification",
            "AutoModelForImageClassification",
            "image-classification",
            "AutoImageProcessor",
        ),
        ("vit", "ViTModel", "AutoModel", "feature-extraction", None),
        ("odd", "OddForNothingKnown", "AutoModel", None, None),
    ],
)
def test_the_architecture_tells(model_type, architecture, auto_model, task, processor):
    told = transformers_info({"model_type": model_type, "architectures": [architecture]}, "transformers")
    wanted = {"auto_model": auto_model, "pipeline_tag": task, "processor": processor}
    assert told == {name: value for name, value in wanted.items() if value}


def test_a_tokenizer_beside_a_bare_model_is_told():
    config = {"model_type": "bert", "architectures": ["BertModel"], "tokenizer_config": {"pad_token": "[PAD]"}}
    assert transformers_info(config, "transformers")["processor"] == "AutoTokenizer"


def test_a_class_of_the_models_own_is_told():
    own = {"AutoModelForCausalLM": "modeling_mine.MineForCausalLM"}
    config = {"model_type": "mine", "architectures": ["MineForCausalLM"], "auto_map": own}
    assert transformers_info(config, "transformers")["custom_class"] == "modeling_mine.MineForCausalLM"


@pytest.mark.parametrize("config", [{}, {"model_type": "bert", "auto_map": 1, "architectures": "x"}])
def test_odd_configurations_harm_nothing(config):
    assert transformers_info(config, "transformers") in ({}, {"auto_model": "AutoModel"})
    assert transformers_info({"model_type": "bert"}, "timm") == {}

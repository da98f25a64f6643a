"""A word-piece tokenizer of a few hundred pieces, in the files that `transformers` and `tokenizers` load."""

import string
from collections.abc import Iterable

from gatehouse.cli.demo.weights import LONGEST_TEXT, json_file

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ROLES = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
_WORDS = """
a about after and are as at been by fast for from has high in is it low no not of on or over pain patient since slow
small still the this to under very was with without
"""


def vocabulary(words: Iterable[str]) -> list[str]:
    """Give every letter and digit, so that no word is unknown, then common words and `words`."""
    signs = [*string.ascii_lowercase, *string.digits]
    pieces = [*SPECIAL, *string.punctuation, *signs, *(f"##{sign}" for sign in signs), *_WORDS.split(), *words]
    return list(dict.fromkeys(pieces))


def files(pieces: list[str]) -> dict[str, bytes]:
    config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": True,
        "model_max_length": LONGEST_TEXT,
        **dict(zip(_ROLES, SPECIAL, strict=True)),
    }
    return {
        "vocab.txt": "".join(f"{piece}\n" for piece in pieces).encode(),
        "tokenizer.json": json_file(_fast(pieces)),
        "tokenizer_config.json": json_file(config),
    }


def _fast(pieces: list[str]) -> dict[str, object]:
    numbers = {piece: number for number, piece in enumerate(pieces)}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(piece, numbers[piece]) for piece in SPECIAL],
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": True,
            "strip_accents": None,
            "lowercase": True,
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": _template(numbers),
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": numbers,
        },
    }


def _added(piece: str, number: int) -> dict[str, object]:
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": piece, **plain, "special": True}


def _template(numbers: dict[str, int]) -> dict[str, object]:
    def special(piece: str, segment: int) -> dict[str, object]:
        return {"SpecialToken": {"id": piece, "type_id": segment}}

    def text(name: str, segment: int) -> dict[str, object]:
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [special("[CLS]", 0), text("A", 0), special("[SEP]", 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            piece: {"id": piece, "ids": [numbers[piece]], "tokens": [piece]} for piece in ("[CLS]", "[SEP]")
        },
    }

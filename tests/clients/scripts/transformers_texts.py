"""transformers without torch: configurations and tokenizers, through the gate and not."""

import tempfile

from day import CAROL, URL, api, folder, name, new_repo, refused
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.pre_tokenizers import Whitespace
from transformers import AutoConfig, AutoTokenizer, BertConfig, PreTrainedTokenizerFast

WORDS = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the gate is open shut who may read these files ask and wait for an answer ##s ##ed"
)
VOCABULARY = {word: number for number, word in enumerate(WORDS.split())}
CONFIG = BertConfig(
    vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
)
CARD = b"---\nlicense: mit\nextra_gated_prompt: Be kind.\n---\n# Tiny\n"


def tokenizer() -> PreTrainedTokenizerFast:
    """Make a tokenizer for a few words of our own."""
    made = Tokenizer(WordPiece(VOCABULARY, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]")


def check_a_config_and_a_tokenizer_go_through_the_gate() -> None:
    repo_id = new_repo("tiny", {"README.md": CARD})
    CONFIG.push_to_hub(repo_id, token=api.token)
    tokenizer().push_to_hub(repo_id, token=api.token)
    api.update_repo_settings(repo_id, gated="manual")
    for kind in (AutoConfig, AutoTokenizer):
        with refused(None, "gated repo", "not in the authorized list", f"{URL}/{repo_id}", error=OSError):
            kind.from_pretrained(repo_id, token=CAROL["token"], cache_dir=tempfile.mkdtemp())
        with refused(None, "gated repo", "Please log in", error=OSError):
            kind.from_pretrained(repo_id, token=False, cache_dir=tempfile.mkdtemp())
    api.grant_access(repo_id, CAROL["name"])
    cache = tempfile.mkdtemp()
    config = AutoConfig.from_pretrained(repo_id, token=CAROL["token"], cache_dir=cache)
    assert (config.model_type, config.hidden_size) == ("bert", 16)
    words = AutoTokenizer.from_pretrained(repo_id, token=CAROL["token"], cache_dir=cache)
    assert words("the gate opened")["input_ids"] == [VOCABULARY[word] for word in ("the", "gate", "open", "##ed")]


def check_what_is_not_there_is_said() -> None:
    with refused(None, "not a valid model identifier", error=OSError):
        AutoConfig.from_pretrained(name("none"), token=api.token)
    repo_id = new_repo(files={"notes.txt": b"no model"})
    with refused(None, "Unrecognized model", error=ValueError):
        AutoConfig.from_pretrained(repo_id, token=api.token)
    with refused(None, "not a valid model identifier", error=OSError):
        AutoConfig.from_pretrained(new_repo(private=True), token=CAROL["token"])


def check_revisions_and_folders_are_taken_from() -> None:
    repo_id = new_repo()
    for size, branch in ((16, "main"), (32, "exp/wide")):
        if branch != "main":
            api.create_branch(repo_id, branch=branch)
        config = f'{{"model_type": "bert", "hidden_size": {size}}}'.encode()
        made = folder({"config.json": config, "deep/er/config.json": config})
        api.upload_folder(repo_id=repo_id, folder_path=made, revision=branch)
    load = AutoConfig.from_pretrained
    assert load(repo_id, token=api.token).hidden_size == 16
    assert load(repo_id, token=api.token, revision="exp/wide").hidden_size == 32
    assert load(repo_id, token=api.token, revision="exp/wide", subfolder="deep/er").hidden_size == 32

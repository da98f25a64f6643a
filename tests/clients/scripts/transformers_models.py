"""transformers with torch: a tiny model, pushed, gated, refused, loaded, and computing what it computed before."""

import tempfile
from pathlib import Path

import torch
from day import CAROL, URL, api, name, refused
from huggingface_hub import PyTorchModelHubMixin
from transformers import AutoModel, AutoModelForMaskedLM, BertForMaskedLM, BertModel, pipeline
from transformers_texts import CONFIG, tokenizer

INPUT = torch.arange(10).reshape(1, 10)


def check_a_model_goes_through_the_gate() -> None:
    repo_id, model = name("tiny"), BertModel(CONFIG).eval()
    model.push_to_hub(repo_id, token=api.token)
    assert "model.safetensors" in api.list_repo_files(repo_id)
    api.update_repo_settings(repo_id, gated="manual")
    with refused(None, "gated repo", "not in the authorized list", f"{URL}/{repo_id}", error=OSError):
        AutoModel.from_pretrained(repo_id, token=CAROL["token"])
    api.grant_access(repo_id, CAROL["name"])
    loaded = AutoModel.from_pretrained(repo_id, token=CAROL["token"])
    with torch.no_grad():
        assert torch.equal(loaded(INPUT).last_hidden_state, model(INPUT).last_hidden_state)


def check_a_sharded_model_and_its_tokenizer_fill_a_mask() -> None:
    repo_id, model = name("sharded"), BertForMaskedLM(CONFIG)
    model.push_to_hub(repo_id, token=api.token, max_shard_size="20KB", private=True)
    words = tokenizer()
    words.mask_token = "[MASK]"
    words.push_to_hub(repo_id, token=api.token)
    assert "model.safetensors.index.json" in api.list_repo_files(repo_id)
    loaded = AutoModelForMaskedLM.from_pretrained(repo_id, token=api.token, cache_dir=tempfile.mkdtemp())
    assert sum(weight.numel() for weight in loaded.parameters()) == sum(weight.numel() for weight in model.parameters())
    fill = pipeline("fill-mask", model=repo_id, token=api.token)
    assert len(fill("the gate is [MASK]", top_k=3)) == 3


def check_older_weights_are_loaded_too() -> None:
    # Here transformers asks for a conversion to safetensors, by a pull request, and must get over the refusal.
    repo_id, model = name("older"), BertModel(CONFIG).eval()
    saved = Path(tempfile.mkdtemp())
    torch.save(model.state_dict(), saved / "pytorch_model.bin")
    CONFIG.save_pretrained(saved)
    api.create_repo(repo_id)
    api.upload_folder(repo_id=repo_id, folder_path=saved)
    loaded = AutoModel.from_pretrained(repo_id, token=api.token).eval()
    with torch.no_grad():
        assert torch.equal(loaded(INPUT).last_hidden_state, model(INPUT).last_hidden_state)


class Layer(torch.nn.Module, PyTorchModelHubMixin, license="mit", tags=["layer"]):
    """A model of one's own, with the mixin of huggingface_hub."""

    def __init__(self, size: int = 4) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(size, size)


def check_a_model_of_ones_own_is_pushed_with_its_card() -> None:
    repo_id, model = name("layer"), Layer(size=3)
    model.push_to_hub(repo_id, token=api.token)
    loaded = Layer.from_pretrained(repo_id, token=api.token)
    assert torch.equal(loaded.linear.weight, model.linear.weight)
    info = api.model_info(repo_id)
    assert (info.card_data.license, "layer" in info.tags) == ("mit", True)

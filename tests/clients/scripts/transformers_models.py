"""transformers with torch: a tiny model, pushed, gated, refused, loaded, and computing what it computed before."""

import tempfile

import torch
from day import CAROL, URL, api, name, refused
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

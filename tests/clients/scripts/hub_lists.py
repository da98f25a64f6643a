"""Lists of models and datasets: every order, every filter, page by page, and only what one may see."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, get_args

from day import ALICE, api, carols, new_repo, nobodys, weights
from huggingface_hub import hf_api
from huggingface_hub.utils import paginate

CARD = b"---\nlicense: mit\nlanguage: [en, fr]\npipeline_tag: text-classification\nlibrary_name: peft\ntags: [tiny-%d]\n%s---\n"
MINE = {"author": ALICE["name"]}
older = new_repo("older", {"README.md": CARD % (1, b""), "config.json": b'{"model_type": "bert"}'})
newer = new_repo(
    "newer", {"README.md": CARD % (2, b"datasets: glue\n"), "model.safetensors": weights()}, gated="manual"
)
hidden = new_repo("hidden", private=True)
DATA = b"---\nlicense: cc0-1.0\ntask_categories: [translation]\nsize_categories: n<1K\nlanguage: de\n---\n"
dataset = new_repo("words", {"README.md": DATA}, repo_type="dataset")


def ids(found: Iterable[Any]) -> list[str]:
    """Give the ids of those found that this script made."""
    return [info.id for info in found if info.id in {older, newer, hidden, dataset}]


def check_every_order() -> None:
    orders = get_args(getattr(hf_api, "ModelSort_T", None)) or ("last_modified", "created_at", "downloads", "likes")
    for order in orders:
        assert set(ids(api.list_models(**MINE, sort=order))) == {older, newer, hidden}, order
        assert dataset in ids(api.list_datasets(**MINE, sort=order)), order
    for order in ("lastModified", "createdAt", "trendingScore"):
        path = f"{api.endpoint}/api/models"
        params = {**MINE, "sort": order, "direction": -1}
        found = [one["id"] for one in paginate(path, params, api._build_hf_headers())]
        assert {older, newer, hidden} <= set(found), order
    assert ids(carols.list_models(**MINE, sort="created_at")) == [newer, older]


def check_every_filter() -> None:
    wanted = [
        ({"search": "older"}, {older}),
        ({"gated": True}, {newer}),
        ({"gated": False}, {older}),
        ({"pipeline_tag": "text-classification"}, {older, newer}),
        ({"filter": "peft"}, {older, newer}),
        ({"filter": ["tiny-1", "license:mit"]}, {older}),
        ({"filter": "fr"}, {older, newer}),
        ({"filter": "safetensors"}, {newer}),
        ({"pipeline_tag": "translation"}, set()),
        ({"apps": "nowhere"}, set()),
        ({"inference": "warm"}, set()),
        ({"trained_dataset": "nobody/nothing"}, set()),
        ({"trained_dataset": "glue"}, {newer}),
        ({"limit": 1, "sort": "created_at"}, {newer}),
    ]
    for parameters, expected in wanted:
        assert set(ids(carols.list_models(**MINE, **parameters))) == expected, parameters
    wanted = [
        ({"task_categories": "translation"}, {dataset}),
        ({"language": "de"}, {dataset}),
        ({"size_categories": "n<1K"}, {dataset}),
        ({"search": "words", "filter": "license:cc0-1.0"}, {dataset}),
        ({"dataset_name": "words"}, {dataset}),
        ({"language": "fr"}, set()),
    ]
    for parameters, expected in wanted:
        assert set(ids(carols.list_datasets(**MINE, **parameters))) == expected, parameters


def check_private_repos_are_their_owners() -> None:
    assert hidden in ids(api.list_models(**MINE))
    assert hidden not in ids(carols.list_models(**MINE)) + ids(nobodys.list_models(**MINE))


def check_what_is_shown() -> None:
    found = carols.list_models(**MINE, search="older", full=True, cardData=True, fetch_config=True)
    (info,) = (info for info in found if info.id == older)
    assert (info.card_data.license, info.pipeline_tag, info.library_name) == ("mit", "text-classification", "peft")
    assert (info.config["model_type"], info.sha) == ("bert", api.model_info(older).sha)
    assert {sibling.rfilename for sibling in info.siblings} == {".gitattributes", "README.md", "config.json"}
    for one in get_args(hf_api.ExpandModelProperty_T):
        assert older in ids(carols.list_models(**MINE, expand=[one])), one
    for one in get_args(hf_api.ExpandDatasetProperty_T):
        assert ids(carols.list_datasets(**MINE, expand=[one])) == [dataset], one


def check_pages_follow_one_another() -> None:
    path = f"{api.endpoint}/api/models"
    found = islice(paginate(path, {**MINE, "limit": 1, "sort": "createdAt"}, api._build_hf_headers()), 3)
    assert [one["id"] for one in found] == [hidden, newer, older]


def check_tags_by_type_and_spaces() -> None:
    assert "peft" in str(api.get_model_tags())
    assert "translation" in str(api.get_dataset_tags())
    assert ids(api.list_spaces(**MINE)) == []

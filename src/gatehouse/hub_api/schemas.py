"""The base of the shapes that go over the wire, and those that several endpoints share."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Router
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from gatehouse.storage.times import hub_time

HubTime = Annotated[datetime, PlainSerializer(hub_time, return_type=str)]
PublicId = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]


class Shown(BaseModel):
    """Something that goes out: fields that are None are left out, names are camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, protected_namespaces=())


class Sent(BaseModel):
    """Something that comes in as JSON: types are taken at their word, unknown keys are passed over."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, strict=True, protected_namespaces=())


class SentExactly(Sent):
    """As `Sent`, but an unknown key is refused: silence would say that it had an effect."""

    model_config = ConfigDict(extra="forbid")


class OrgShort(Shown):
    """An organization, in lists of a user's organizations."""

    id: str
    name: str
    fullname: str
    avatar_url: str


class UserShown(Shown):
    """A user, as others see them."""

    id: str = Field(serialization_alias="_id")
    avatar_url: str
    fullname: str
    is_pro: bool = False
    user: str
    type: Literal["user"] = "user"


class UrlShown(Shown):
    """Where something new can be found; absolute."""

    url: str


def hub_router() -> Router:
    """Make a router whose answers are written as the Hub writes them."""
    return Router(by_alias=True, exclude_none=True)

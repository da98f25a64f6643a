"""The gate as a person meets it on the repo's page: which of its states to show, and the form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from math import ceil
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django_countries import countries

from gatehouse.access import gate, lists
from gatehouse.access.answers import readable
from gatehouse.access.form import CONSENT, FIRST_YEAR, LAST_YEAR, Field, GateForm, Option, parse_form
from gatehouse.access.gate import Answer
from gatehouse.repos.models import Gated
from gatehouse.web.rendered import prompt_html
from gatehouse.web.visits import Visit

DAY = timedelta(days=1)
LONG_PROMPT = 1_500  # characters, about what fits into the box without scrolling
# The states in which the form is shown.
ASKABLE = frozenset({"ask", "reset"})


@dataclass(frozen=True)
class Question:
    """One field with what was typed into it and what is wrong with that; `id` is its id in the page."""

    field: Field
    id: str
    value: str
    error: str

    @property
    def options(self) -> list[Option]:
        if self.field.type == "country":
            return _countries(get_language())
        return self.field.options


@cache
def _countries(_language: str | None) -> list[Option]:
    """Give all countries, named and ordered as the language does; to sort them anew each time is slow."""
    return [Option(country.name, country.code) for country in countries]


@dataclass(frozen=True)
class GateBox:
    """What the template shows. `typed` and `errors` are of a form that was just refused."""

    visit: Visit
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    first_year, last_year, consent = FIRST_YEAR, LAST_YEAR, CONSENT

    @cached_property
    def state(self) -> str:
        """One of open, author, member, accepted, sign in, ask, pending, rejected, reset, token."""
        case = self.visit.case
        if not case.gated:
            return "open"
        answer = self.visit.answer
        if answer is not Answer.YES:
            return answer.value
        if self.visit.may_write:
            return "author"
        return "member" if gate.bypasses_gate(case) else "accepted"

    @cached_property
    def form(self) -> GateForm:
        repo = self.visit.repo
        return parse_form(repo.card, kind=repo.kind, mode=repo.gated)

    @cached_property
    def description(self) -> str:
        return prompt_html(self.form.description, repo_path=self.visit.repo.path)

    @cached_property
    def prompt(self) -> str:
        return prompt_html(self.form.prompt, repo_path=self.visit.repo.path)

    @property
    def long_prompt(self) -> bool:
        """Whether the terms are long enough for a reader to fold them away; print.css shows them all the same."""
        return len(self.form.prompt) > LONG_PROMPT

    @property
    def manual(self) -> bool:
        return self.visit.repo.gated == Gated.MANUAL

    @cached_property
    def usual_wait(self) -> str:
        """Say how long people have waited here lately, if that can be told."""
        matters = self.manual and self.state in {*ASKABLE, "pending"}
        wait = lists.usual_wait(self.visit.repo) if matters else None
        if wait is None:
            return ""
        days = wait / DAY
        if days < 1:
            return _("People who were let in lately waited less than a day.")
        number = ceil(days)
        return (
            ngettext(
                "People who were let in lately waited about %d day.",
                "People who were let in lately waited about %d days.",
                number,
            )
            % number
        )

    @cached_property
    def request(self) -> Any:
        """The visitor's own access request, for its date, its answers and the authors' reason."""
        if self.state not in {"pending", "rejected", "reset", "accepted"}:
            return None
        return lists.own_request(self.visit.repo, self.visit.person)

    @cached_property
    def questions(self) -> list[Question]:
        """The form's fields; after a reset the former answers stand in them."""
        known: Mapping[str, str] = self.typed or (self.request.fields if self.request else {})
        return [
            Question(each, f"question-{number}", known.get(each.name, ""), self.errors.get(each.name, ""))
            for number, each in enumerate(self.form.fields)
        ]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """What the visitor answered when they asked."""
        return readable(self.form, self.request.fields) if self.request else []

    @property
    def stray_errors(self) -> dict[str, str]:
        """Errors that belong to no field of the form as it is now, because the card has changed meanwhile."""
        names = {each.name for each in self.form.fields}
        return {name: error for name, error in self.errors.items() if name not in names}

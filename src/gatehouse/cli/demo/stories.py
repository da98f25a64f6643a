"""What people asked for and what became of it, over the last six weeks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gatehouse.access import access_requests, notices
from gatehouse.access.models import AccessRequest
from gatehouse.cli.demo import ageing, people
from gatehouse.outbox.models import Letter
from gatehouse.repos.models import Repo

TRIAGE = "lumen-health/triage-notes-bert-tiny"
VITALS = "lumen-health/synthetic-vitals"
POLLINATORS = "amara-okafor/pollinator-vit-tiny"
TONES = "leo-fontaine/spoken-tones"
SPOTTER = "leo-fontaine/keyword-spotter-tiny"

CARE = "I will not use this model to decide about the care of a person"
DELETE = "I will delete my copies when the work is done"
READ = "I have read the licence and agree to it"
USE = "I want to use this dataset for"


@dataclass(frozen=True)
class Step:
    """One thing that somebody did: `person` asked or withdrew, or `by` decided about `person`.

    An answer that is a number is a date so many days before now.
    """

    days: float  # before now
    repo: str
    verb: str
    person: str
    by: str = ""
    reason: str = ""
    answers: Mapping[str, str | int] = field(default_factory=dict)


def _triage(days: float, person: str, institution: str, role: str, approval: str, trained: int) -> Step:
    answers: dict[str, str | int] = {
        "Institution": institution,
        "Country": people.country_of(person),
        "Your role": role,
        "Ethics approval or exemption number": approval,
        "Date of your last data protection training": trained,
        CARE: "on",
    }
    return Step(days, TRIAGE, "submit", person, answers=answers)


def _vitals(days: float, person: str, affiliation: str, question: str, place: str) -> Step:
    answers = {
        "Affiliation": affiliation,
        "Research question": question,
        "Where will you keep the data": place,
        DELETE: "on",
    }
    return Step(days, VITALS, "submit", person, answers=answers)


def _pollinators(days: float, person: str, project: str) -> Step:
    return Step(days, POLLINATORS, "submit", person, answers={"Name of your project or school": project, READ: "on"})


def _tones(days: float, person: str, company: str, purpose: str) -> Step:
    return Step(days, TONES, "submit", person, answers={"Company or university": company, USE: purpose})


STEPS = (
    _triage(44.2, "grace-owusu", "Volta Regional Teaching Hospital", "Clinician", "VRTH-ERB-0417", 190),
    Step(42.9, TRIAGE, "accept", "grace-owusu", "ines-carvalho"),
    _pollinators(41.3, "noor-haddad", "Hedgerow count, adult education college"),
    _tones(38.6, "grace-owusu", "Volta Regional Teaching Hospital", "Research"),
    _triage(37.4, "lucas-almeida", "Almeida Analytics", "other", "none", 360),
    Step(36.1, TRIAGE, "reject", "lucas-almeida", "tomas-lind",
         "Your company sells a triage product. Our terms allow research and teaching only."),
    Step(35.0, SPOTTER, "submit", "yuki-sato"),
    Step(34.8, SPOTTER, "accept", "yuki-sato", "leo-fontaine"),
    _vitals(32.7, "noor-haddad", "Institute for Public Health, Tripoli campus",
            "Do early-warning scores keep their order when one of the five signs is missing?", "institution"),
    Step(31.2, VITALS, "accept", "noor-haddad", "priya-raman"),
    _triage(30.5, "yuki-sato", "Sato Laboratory, School of Nursing", "Researcher", "SoN-081", 75),
    Step(29.6, TRIAGE, "accept", "yuki-sato", "ines-carvalho"),
    _pollinators(27.9, "sofia-rossi", "Liceo delle Scienze, school garden"),
    _triage(26.8, "sofia-rossi", "Liceo delle Scienze", "other", "not needed, school project", 300),
    Step(25.3, TRIAGE, "reset", "sofia-rossi", "ines-carvalho",
         "Please ask again together with a teacher who answers for the project."),
    _tones(23.5, "david-novak", "Novák Rescue Drones", "product"),
    Step(22.4, SPOTTER, "submit", "david-novak"),
    Step(21.0, SPOTTER, "accept", "david-novak", "leo-fontaine"),
    _vitals(20.6, "lucas-almeida", "Almeida Analytics", "Product test", "own-computer"),
    Step(19.1, VITALS, "reject", "lucas-almeida", "priya-raman", "No research question, and a private computer."),
    Step(17.7, TRIAGE, "grant", "david-novak", "tomas-lind"),
    _pollinators(15.2, "hana-kim", "Rooftop gardens survey"),
    _vitals(13.9, "grace-owusu", "Volta Regional Teaching Hospital",
            "Which sign changes first before a nurse calls for help?", "institution-cloud"),
    Step(12.5, VITALS, "accept", "grace-owusu", "priya-raman"),
    Step(11.8, SPOTTER, "submit", "emil-sorensen"),
    Step(10.9, SPOTTER, "reject", "emil-sorensen", "leo-fontaine", "Please write to me first: what will it steer?"),
    _triage(9.6, "noor-haddad", "Institute for Public Health", "Researcher", "IPH-7/B", 54),
    Step(8.7, TRIAGE, "accept", "noor-haddad", "tomas-lind"),
    Step(8.2, TRIAGE, "cancel", "noor-haddad", "ines-carvalho"),
    _tones(6.4, "ola-nilsen", "Nordlys Technical College", "Education"),
    Step(5.8, SPOTTER, "submit", "hana-kim"),
    Step(5.1, SPOTTER, "withdraw", "hana-kim"),
    _triage(3.3, "emil-sorensen", "Øresund School of Health Informatics", "Student", "exempt, see letter", 14),
    Step(2.2, SPOTTER, "submit", "ola-nilsen"),
    _triage(1.4, "hana-kim", "Han River Medical Informatics", "Researcher", "HRMI-IRB-112", 94),
    _vitals(1.1, "yuki-sato", "Sato Laboratory, School of Nursing",
            "Can students learn to read trends from tables as well as from curves?", "institution"),
    _vitals(0.3, "emil-sorensen", "Øresund School of Health Informatics",
            "Thesis on alarm fatigue: how many alarms would fixed limits have raised?", "institution"),
    _triage(0.1, "ola-nilsen", "Nordlys Technical College", "other", "applied for, not yet decided", 5),
)  # fmt: skip


def tell(repos: dict[str, Repo], now: datetime) -> None:
    """Let everything happen in order, dated as said; the newest letters are left to the worker."""
    for step in STEPS:
        before = Letter.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        request = _do(step, repos[step.repo], now)
        ageing.age_step(request, now - timedelta(days=step.days), before)
    ageing.age_digests(now)
    notices.write_due_digests()
    ageing.close_old_letters(now)


def _do(step: Step, repo: Repo, now: datetime) -> AccessRequest | None:
    person = people.find(step.person)
    if step.verb == "submit":
        return access_requests.submit(
            repo, person, _written(step.answers, now), locate=lambda: people.country_of(step.person)
        )
    if step.verb == "withdraw":
        access_requests.withdraw(repo, person)
        return None
    by = people.find(step.by)
    if step.verb == "grant":
        return access_requests.grant(repo, person, by=by)
    request = access_requests.find(repo, user=person)
    statuses = {decision.verb: status for status, decision in access_requests.DECISIONS.items()}
    access_requests.handle(request, statuses[step.verb], by=by, reason=step.reason)
    return request


def _written(answers: Mapping[str, str | int], now: datetime) -> dict[str, object]:
    return {
        label: answer if isinstance(answer, str) else f"{now - timedelta(days=answer):%Y-%m-%d}"
        for label, answer in answers.items()
    }

"""The commands that people type: what they do, print, and refuse."""

import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from factories import make_org, make_repo, make_user
from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import AccessToken, Membership, User
from gatehouse.accounts.tokens import actor_from_token
from gatehouse.cli.main import main
from gatehouse.cli.parser import build_parser
from gatehouse.cli.sentences import sentence_for
from gatehouse.config import env
from gatehouse.config.env import BadSettingError
from gatehouse.outbox import letters
from gatehouse.outbox.models import Letter

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command line and gives its exit code, output and error output."""

    def run(line: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            code = main(line.split())
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_user_create_makes_somebody_who_can_sign_in(run: Run) -> None:
    code, out, _ = run("user create alice --email Alice@example.org --admin --password-stdin", "owls fly at night\n")
    assert (code, out) == (0, "alice can sign in.\n")
    alice = User.objects.get()
    assert alice.is_superuser
    assert alice.email == "alice@example.org"
    assert alice.check_password("owls fly at night")


def test_user_create_without_a_terminal_makes_an_account_without_password(run: Run) -> None:
    code, out, _ = run("user create alice --email alice@example.org")
    assert code == 0
    assert "no password yet" in out
    assert not User.objects.get().has_usable_password()
    assert authenticate(username="alice", password="") is None


class Terminal(io.StringIO):
    """Standard input with a person before it."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def type_passwords(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that lets a person type passwords at a terminal, one after the other."""

    def type_passwords(*passwords: str) -> None:
        typed = iter(passwords)
        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))

    return type_passwords


def test_at_a_terminal_it_asks_for_the_password_twice(type_passwords: Callable[..., None]) -> None:
    type_passwords("owls fly at night", "owls fly at night")
    assert main(["user", "create", "alice", "--email", "alice@example.org"]) == 0
    assert User.objects.get().check_password("owls fly at night")


def test_two_different_passwords_make_nobody(
    type_passwords: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    type_passwords("owls fly at night", "owls fly at noon")
    assert main(["user", "create", "alice", "--email", "alice@example.org"]) == 2
    assert capsys.readouterr().err == "The two passwords differ.\n"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("line", "stdin", "sentence"),
    [
        ("user create alice --email b@example.org", "", "The name 'alice' is taken."),
        ("user create ALICE --email b@example.org", "", "The name 'ALICE' is taken."),
        ("user create bob --email ALICE@example.org", "", "belongs to another account"),
        ("user create bob --email nonsense", "", "valid email"),
        ("user create settings --email b@example.org", "", "reserved"),
        ("user create b/b --email b@example.org", "", "not a valid"),
        ("user create bob --email b@example.org --password-stdin", "short", "too short"),
        ("user create bob --email b@example.org --password-stdin", "", "too short"),
        ("org create acme --admin nobody", "", "There is no user called 'nobody'."),
        ("org create alice --admin alice", "", "The name 'alice' is taken."),
        ("org add acme alice --role write", "", "There is no organization called 'acme'."),
        ("org add acme alice --role king", "", "invalid choice"),
        ("token create nobody --role read", "", "There is no user called 'nobody'."),
        ("token create alice --role admin", "", "invalid choice"),
        ("token import alice --role read", "short", "at least 20"),
        ("token import alice --role read", "", "at least 20"),
        ("serve --port 0", "", "whole number from 1 to 65535"),
        ("serve --workers none", "", "whole number"),
        ("user", "", "COMMAND"),
        ("", "", "COMMAND"),
    ],
)
def test_it_refuses_in_one_sentence(run: Run, line: str, stdin: str, sentence: str) -> None:
    make_user("alice")
    code, out, err = run(line, stdin)
    assert code == 2
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err
    assert User.objects.count() == 1


def test_org_create_makes_the_admin_a_member(run: Run) -> None:
    make_user("alice")
    assert run("org create acme --fullname Acme --admin Alice")[0] == 0
    assert Membership.objects.get().role == "admin"


def test_org_add_adds_and_changes_a_member(run: Run) -> None:
    acme = make_org(admin=make_user("alice"), bob="read")
    assert run("org add acme bob --role write")[:2] == (0, "bob is a member of acme as write.\n")
    assert acme.memberships.get(user__username="bob").role == "write"


def test_org_add_keeps_the_last_admin(run: Run) -> None:
    make_org(admin=make_user("alice"))
    assert run("org add acme alice --role read")[0] == 2
    assert Membership.objects.get().role == "admin"


def test_token_create_prints_the_token_alone(run: Run) -> None:
    alice = make_user("alice")
    code, out, err = run("token create alice --role write --name laptop")
    assert (code, err) == (0, "")
    assert actor_from_token(out.strip()).user_id == alice.pk
    assert AccessToken.objects.get().name == "laptop"


def test_token_import_keeps_the_token_people_have(run: Run) -> None:
    alice = make_user("alice")
    token = "hf_" + "k" * 34
    assert run("token import alice --role read", token + "\n")[0] == 0
    actor = actor_from_token(token)
    assert isinstance(actor, Actor)
    assert actor.user_id == alice.pk
    assert not actor.covers("model", make_repo(alice).key, write=True)


def test_letters_lists_what_waits_and_why(run: Run) -> None:
    assert run("letters")[1] == "No letter waits, and none has failed.\n"
    letters.put("bob@example.org", "Hello", "Hello")
    Letter.objects.update(state="failed", error="550 no such user")
    assert "failed    bob@example.org  Hello  550 no such user" in run("letters")[1]
    run("letters --retry")
    assert Letter.objects.get().state == "waiting"


@pytest.mark.parametrize("line", ["--data x token import a --role read", "token --data x import a --role read"])
def test_the_data_folder_may_be_named_anywhere(line: str) -> None:
    assert build_parser().parse_args(line.split()).data == "x"
    assert build_parser().parse_args([*line.replace("--data x ", "").split(), "--data", "y"]).data == "y"


def test_help_names_every_command(run: Run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    assert all(f"    {word} " in out for word in ("serve", "worker", "user", "org", "token", "letters"))


def test_the_options_of_the_databases_address_are_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgresql://a%40b:p%2Fw@/hub?host=%2Frun%2Fpg&port=5433&sslpassword=50%25%3D%26"
    monkeypatch.setenv("GATEHOUSE_DATABASE_URL", address)
    entry = env.database(tmp_path)
    assert [entry[name] for name in ("USER", "PASSWORD", "HOST", "PORT")] == ["a@b", "p/w", "/run/pg", "5433"]
    assert entry["OPTIONS"] == {"prepare_threshold": 5, "sslpassword": "50%=&"}


def test_a_key_that_is_torn_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEHOUSE_SECRET_KEY")
    (tmp_path / "secret.key").write_text("half")
    with pytest.raises(BadSettingError, match=r"The key in .* is not whole\."):
        env.secret_key(tmp_path)


def test_what_the_system_and_sqlite_say_becomes_one_sentence() -> None:
    gone = FileNotFoundError(2, "No such file or directory", "/mnt/backups")
    assert sentence_for(gone) == "/mnt/backups cannot be used: No such file or directory."
    full = "The database cannot be used: disk I/O error (is the disk full?)"
    assert sentence_for(sqlite3.OperationalError("disk I/O error")) == full


def test_a_database_of_a_newer_version_is_left_alone(run: Run) -> None:
    MigrationRecorder(connection).record_applied("repos", "9999_of_tomorrow")
    code, out, err = run("letters")
    assert (code, out) == (2, "")
    assert err.startswith("A newer version of Gatehouse has worked on this database (9999_of_tomorrow).")

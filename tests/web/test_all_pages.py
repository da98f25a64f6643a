"""What holds for every page: it is in the list of pages, it is light, and it asks the database little."""

import gzip
import re
from http import HTTPStatus
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, URLResolver, resolve

from browser.pages import NO_PAGES, PAGES
from browser.world import newest_commit, populate, session_of
from gatehouse.storage import database
from gatehouse.web import urls

pytestmark = pytest.mark.django_db

MOST_BYTES = 100_000
MOST_STATEMENTS = 8
LOADED = re.compile(r'(?:src|href)="(/static/[^"#]+)')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
PARAMETER = re.compile(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)")


@pytest.fixture
def world(capsys):
    populate()
    return newest_commit()


@pytest.fixture
def as_reader():
    clients = {}

    def give(reader):
        if reader not in clients:
            clients[reader] = Client()
            if reader != "nobody":
                clients[reader].cookies[settings.SESSION_COOKIE_NAME] = session_of(reader)
        return clients[reader]

    return give


def views(patterns, before=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, before + str(pattern.pattern))
        else:
            yield before + str(pattern.pattern), pattern


def test_no_page_is_missing_in_the_list(world, as_reader):
    """A page is a view that answers GET; whoever adds one adds it to tests/browser/pages.py."""
    listed = {view_of(page.path) for page in PAGES}
    missing = []
    for route, pattern in views(urls.urlpatterns):
        known = pattern.callback in listed or {pattern.name, pattern.callback.__name__} & set(NO_PAGES)
        path = "/" + PARAMETER.sub("1", route).replace("^", "").replace("$", "")
        if not known and not only_takes_forms(as_reader("admin").get(path), path):
            missing.append(route)
    assert not missing, "\n".join(missing)


def only_takes_forms(answer, path):
    above = path.rpartition("/")[0].removesuffix("/-")
    return answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED or answer.get("Location") == above


def view_of(path):
    try:
        return resolve(urlsplit(path).path).func
    except Resolver404:
        return None


@pytest.fixture
def statements(monkeypatch):
    """Give a function that runs something and gives its answer and the number of statements it sent to the database."""
    past_django = []
    fetch_row = database._fetch_row
    monkeypatch.setattr(database, "_fetch_row", lambda *asked: past_django.append(asked) or fetch_row(*asked))

    def count(run):
        past_django.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = run()
            asked = [query for query in queries if "SAVEPOINT" not in query["sql"]]
            return answer, len(asked) + len(past_django)

    return count


def weight_of(page, client):
    """Give the bytes of a page and of all it loads, compressed as on the wire."""
    loaded = [client.get(link).content for link in set(LOADED.findall(page.text))]
    return sum(len(gzip.compress(body)) for body in [page.content, *loaded])


def test_every_page_is_light_and_asks_the_database_little(world, as_reader, statements):
    troubles = []
    for page in PAGES:
        path = page.path.replace("{sha}", world)
        for reader in page.readers:
            client = as_reader(reader)
            client.get(path)  # some answers are kept for minutes
            answer, asked = statements(lambda client=client, path=path: client.get(path))
            assert answer.status_code == page.status, path
            if "private" not in answer.get("Cache-Control", ""):
                troubles.append(f"{page.name} for {reader}: proxies may keep it")
            weight = weight_of(answer, client)
            if weight > MOST_BYTES or asked > MOST_STATEMENTS:
                troubles.append(f"{page.name} for {reader}: {weight} bytes, {asked} statements")
    assert not troubles, "\n".join(troubles)


def test_every_page_has_a_title_of_its_own(world, as_reader):
    """By their titles people tell tabs, and screen readers tell where one is."""
    paths: dict[str, set[str]] = {}
    for page in PAGES:
        if page.status == HTTPStatus.OK:
            path = page.path.replace("{sha}", world)
            title = TITLE.search(as_reader(page.readers[0]).get(path).text)
            paths.setdefault(title[1] if title else "", set()).add(urlsplit(path).path)
    assert [same for same in paths.values() if len(same) > 1] == []

"""Counts that all processes of a machine share."""

import subprocess
import sys

import pytest

from gatehouse.storage import rates
from gatehouse.storage.rates import MOST, WINDOW_S, Rates

pytestmark = pytest.mark.once


@pytest.fixture
def table(tmp_path):
    return Rates(tmp_path / "rates")


def test_each_key_has_its_count(table):
    assert [table.counter("alice").hit(1000)[0] for _ in range(3)] == [1, 2, 3]
    assert table.counter("bob").hit(1000)[0] == 1


def test_a_window_ends_after_five_minutes(table):
    _, left = table.counter("alice").hit(1000)
    assert 0 < left <= WINDOW_S
    assert table.counter("alice").hit(1000 + left - 1) == (2, 1)
    assert table.counter("alice").hit(1000 + left) == (1, WINDOW_S)


def test_windows_of_different_keys_end_at_different_times(table):
    assert len({table.counter(f"person {number}").hit(1000)[1] for number in range(50)}) > 20


def test_other_processes_count_on(table, tmp_path):
    code = f"from gatehouse.storage.rates import Rates; Rates({str(tmp_path / 'rates')!r}).counter('alice').hit(1000)"
    table.counter("alice").hit(1000)
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True)
    assert table.counter("alice").hit(1000)[0] == 4


def test_a_new_start_counts_on(table, tmp_path):
    table.counter("alice").hit(1000)
    assert Rates(tmp_path / "rates").counter("alice").hit(1000)[0] == 2


def test_a_crowd_does_not_make_somebody_be_forgotten(table, monkeypatch):
    monkeypatch.setattr(rates, "SETS", 4)
    for _ in range(10):
        table.counter("alice").hit(1000)
    for number in range(500):
        table.counter(f"one of many {number}").hit(1000)
    assert table.counter("alice").hit(1000)[0] == 11


def test_who_comes_later_takes_the_place_of_what_is_over(table, monkeypatch):
    monkeypatch.setattr(rates, "SETS", 1)
    for number in range(rates.WAYS):
        for _ in range(5):
            table.counter(f"yesterday {number}").hit(1000)
    later = 1000 + 3 * WINDOW_S
    assert [table.counter(f"today {number}").hit(later)[0] for number in range(rates.WAYS)] == [1] * rates.WAYS
    assert [table.counter(f"today {number}").hit(later)[0] for number in range(rates.WAYS)] == [2] * rates.WAYS


def test_a_counter_that_is_full_stays_full(table, monkeypatch):
    monkeypatch.setattr(rates, "MOST", 3)
    assert [table.counter("alice").hit(1000)[0] for _ in range(5)] == [1, 2, 3, 3, 3]


@pytest.mark.parametrize("unusable", ["no-such-folder/rates", "full", "."])
def test_a_disk_that_takes_no_file_stops_nobody(tmp_path, monkeypatch, unusable):
    if unusable == "full":
        monkeypatch.setattr("os.pwrite", lambda _fd, data, _offset: 0)
    counter = Rates(tmp_path / unusable).counter("alice")
    assert [counter.hit(1000)[0] for _ in range(2)] == [1, 2]


def test_there_is_room_for_as_many_as_a_setting_may_allow():
    assert MOST >= 1_000_000

"""Films wait in the order they came, are told their place, and are never too many."""

import threading

import pytest

from spine_models.core.errors import DetectionError, ModelError
from spine_models.service.film_queue import FilmQueue, place_in_line


@pytest.fixture
def gate():
    """Opened, it lets the films go on that wait at it."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_first_come_first_served_and_each_knows_its_place(gate):
    queue, done = FilmQueue(), []
    tickets = [queue.add(lambda name=name: (gate.wait(10), done.append(name))) for name in "abcd"]
    assert [queue.before(ticket) for ticket in tickets] == [0, 1, 2, 3]
    gate.set()
    tickets[-1].result(10)
    assert done == list("abcd") and queue.before(tickets[-1]) == 0


def test_one_film_at_a_time(gate):
    queue, running, most = FilmQueue(), [], []

    def job():
        running.append(1)
        most.append(len(running))
        running.pop()

    threads = [threading.Thread(target=lambda: queue.add(job).result(10)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 20


def test_a_failure_reaches_its_own_film_only():
    def fail():
        raise DetectionError("no spine")

    queue = FilmQueue()
    lost, found = queue.add(fail), queue.add(lambda: "spine")
    assert isinstance(lost.exception(10), DetectionError) and found.result(10) == "spine"


def test_a_line_too_long_is_refused_with_a_sentence(gate):
    queue = FilmQueue(most=3)
    tickets = [queue.add(lambda: gate.wait(10)) for _ in range(3)]
    with pytest.raises(ModelError, match="3 films are waiting"):
        queue.add(lambda: None)
    gate.set()
    tickets[-1].result(10)
    assert queue.add(lambda: "measured").result(10) == "measured"


def test_the_place_is_said_in_words():
    assert place_in_line(2) == "2 films are before yours."
    assert place_in_line(1) == "One film is before yours."

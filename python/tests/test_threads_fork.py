"""Several threads on one Pico, and what fork() makes of it."""

import collections
import multiprocessing
import os
import signal
import threading
import time

import picoctl
import pytest


def tokens(pico):
    return collections.Counter(entry.arguments["token"] for entry in pico.journal()
                               if entry.command == "light")


def in_child(body):
    """Whether `body` says True in a child made by fork()."""
    child = os.fork()
    if child == 0:
        good = False
        signal.alarm(60)  # a child that waits for ever ends all the same
        try:
            good = body() is True
        finally:
            os._exit(0 if good else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_take_turns(pico):
    def hammer(first):
        for token in range(first, first + 100):
            pico.light(1, token % 2 == 0, token)

    threads = [threading.Thread(target=hammer, args=(n * 1000,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert tokens(pico) == {n * 1000 + i: 1 for n in range(8) for i in range(100)}
    assert pico.counters.sessions_opened == 1


def test_a_call_leaves_other_threads_running(pico):
    """The interpreter's lock is free while the Pico takes its time."""
    ticks, stop = [], threading.Event()

    def count():
        while not stop.wait(0.005):
            ticks.append(1)

    counter = threading.Thread(target=count)
    counter.start()
    pico.wait(600)
    stop.set()
    counter.join(timeout=60)
    assert len(ticks) > 3, "one before, and one behind it, would be there anyway"


def test_the_child_has_a_session_of_its_own(pico):
    pico.light(1, True, 1)
    opened = pico.counters.sessions_opened

    def child():
        pico.light(1, True, 2)
        return pico.counters.sessions_opened == opened + 1

    assert in_child(child)
    pico.light(1, True, 3)
    assert pico.counters.sessions_opened == opened
    assert tokens(pico) == {1: 1, 2: 1, 3: 1}


def test_both_call_at_once_after_a_fork(pico):
    def hammer(first):
        for token in range(first, first + 200):
            pico.light(1, True, token)
        return True

    child = os.fork()
    if child == 0:
        os._exit(0 if hammer(1000) else 1)
    hammer(2000)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert tokens(pico) == {base + i: 1 for base in (1000, 2000) for i in range(200)}


def test_fork_while_another_thread_is_in_a_call(pico):
    """It waits for that call; so the child finds nothing half done and no lock that nobody holds."""
    waiting = threading.Thread(target=pico.wait, args=(500,))
    waiting.start()
    while not pico.journal() or pico.journal()[-1].command != "wait":
        time.sleep(0.01)
    assert in_child(lambda: pico.led(1, True) is None)
    waiting.join(timeout=60)
    assert [entry.command for entry in pico.journal()] == ["wait", "led"]


def test_the_childs_end_leaves_the_parents_virtual_pico_alone(pico):
    assert in_child(lambda: pico._server.stop() is None)
    pico.led(1, True)
    assert os.path.exists(pico.bus.removeprefix("virtual:"))


def square(pico_and_token):
    bus, token = pico_and_token
    with picoctl.connect(bus=bus) as pico:
        pico.light(1, True, token)
        return token, pico.system.identify()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(pico, method):
    with multiprocessing.get_context(method).Pool(3) as pool:
        done = pool.map(square, [(pico.bus, token) for token in range(12)])
    assert [token for token, _ in done] == list(range(12))
    assert {reply.board for _, reply in done} == {"virtual"}
    assert tokens(pico) == {token: 1 for token in range(12)}

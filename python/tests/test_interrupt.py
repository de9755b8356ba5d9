"""Ctrl-C in the middle of a call: at once, and everything in good order afterwards."""

import collections
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import bus_client
import picoctl
import pytest

PROGRAM = """
import sys, picoctl
pico = picoctl.connect(bus=sys.argv[1], timeout=20)
pico.led(1, True)
print("ready", flush=True)
try:
    pico.wait(int(sys.argv[2]), timeout=60)
except KeyboardInterrupt as stop:
    print(type(stop.__cause__).__name__, stop.__cause__.outcome, flush=True)
sys.stdin.readline()
pico.led(2, True)
print("again", pico.counters.sessions_opened, flush=True)
"""


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def runs(pico, command):
    return [entry.command for entry in pico.journal()].count(command)


def answers(pico):
    try:
        pico.system.ping()
    except picoctl.PicoError:
        return False
    return True


def transfers(pico):
    with bus_client.Bus(pico.bus.removeprefix("virtual:"), bus_client.CONTROL_ROLE) as bus:
        return bus.query()["transfers"]


def until_it_is_known_to_run(pico):
    """The handler has begun, and who called has asked since: so he was told."""
    until(lambda: runs(pico, "wait") == 1)
    before = transfers(pico)
    until(lambda: transfers(pico) > before + 2)


def amid_the_call(pico, act):
    """act(), from another thread, in the middle of the wait that this thread is about to call."""
    def then():
        until_it_is_known_to_run(pico)
        act()

    threading.Thread(target=then, daemon=True).start()


def alarm():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGALRM)


def test_control_c_ends_a_call_at_once(pico):
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, pico.bus, "3000"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    until_it_is_known_to_run(pico)
    process.send_signal(signal.SIGINT)
    told = process.stdout.readline()
    assert told == "StillRunning still_running\n", "before the handler itself had ended"
    until(lambda: answers(pico))  # behind it; a call that finds another's handler at work gives up after 2.5 s
    rest, _ = process.communicate("\n", timeout=60)
    assert rest == "again 2\n", "the next command has a session of its own"
    assert runs(pico, "wait") == 1, "it ran once"
    assert pico.registers["light2"] == 1


def until_it_sleeps(process):
    """In its call: all else that it does is quick. Ten looks in a row say so."""
    stat = pathlib.Path(f"/proc/{process.pid}/stat")
    asleep = 0
    while asleep < 10:
        asleep = asleep + 1 if stat.read_text().rpartition(") ")[2].startswith("S") else 0
        time.sleep(0.02)


def test_control_c_while_the_bus_hangs(pico):
    """The server stands still: no answer comes at all, and the call ends all the same."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, pico.bus, "300"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    shell = pico._server.process.pid
    children = pathlib.Path(f"/proc/{shell}/task/{shell}/children").read_text().split()
    [server] = [int(child) for child in children
                if "virtual" in pathlib.Path(f"/proc/{child}/comm").read_text()]
    assert process.stdout.readline() == "ready\n"
    os.kill(server, signal.SIGSTOP)
    try:
        until_it_sleeps(process)
        process.send_signal(signal.SIGINT)
        told = process.stdout.readline()  # long before its own deadline of a minute
    finally:
        os.kill(server, signal.SIGCONT)
    assert told.split()[0] in ("OutcomeUnknown", "StillRunning", "NotRun")
    assert process.communicate("\n", timeout=60)[0].startswith("again")


def test_a_handler_that_does_not_raise_disturbs_nothing(pico):
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        pico.wait(600)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(seen) > 2, "it ran during the call"
    assert runs(pico, "wait") == 1


def test_what_a_handler_raises_ends_the_call(pico):
    class Late(Exception):
        pass

    def late(*_):
        raise Late("enough")

    before = signal.signal(signal.SIGALRM, late)
    amid_the_call(pico, alarm)
    try:
        with pytest.raises(Late) as caught:
            pico.wait(2000, timeout=20)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert isinstance(caught.value.__cause__, picoctl.StillRunning)
    pico.led(1, True)


def test_a_handler_may_not_call_the_pico_that_it_interrupts(pico):
    told = []

    def meddle(*_):
        try:
            pico.led(1, True)
        except picoctl.NotRun as problem:
            told.append(problem.detail)

    before = signal.signal(signal.SIGALRM, meddle)
    amid_the_call(pico, alarm)
    try:
        pico.wait(2000, timeout=20)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert told == ["a signal's handler called the Pico in the middle of a call to it"]


def test_control_c_while_another_thread_calls(pico):
    """The main thread waits for its turn; Ctrl-C does not."""
    slow = threading.Thread(target=pico.wait, args=(3000,), kwargs={"timeout": 20})
    slow.start()
    until(lambda: runs(pico, "wait") == 1)
    with pytest.raises(KeyboardInterrupt):
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        pico.led(1, True)
    assert slow.is_alive(), "its turn had not come"
    slow.join(timeout=60)
    assert runs(pico, "led") == 0


HAMMER = """
import signal, sys, picoctl
pico = picoctl.connect(bus=sys.argv[1], timeout=20)
armed = False
def stop(*_):
    global armed
    if armed:
        armed = False
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, stop)
token, done, stopped = 0, [], 0
print("ready", flush=True)
while token < 1500:
    try:
        armed = True
        while token < 1500:
            token += 1
            if token % 5 == 0:
                pico.wait(1)
            pico.light(1, True, token)
            done.append(token)
    except KeyboardInterrupt:
        stopped += 1
print(stopped, *done)
"""


def test_control_c_again_and_again(pico):
    """Wherever it strikes: what was done was done once, and nothing twice."""
    process = subprocess.Popen([sys.executable, "-c", HAMMER, pico.bus], text=True,
                               stdout=subprocess.PIPE)
    assert process.stdout.readline() == "ready\n"
    sent = 0
    while process.poll() is None and sent < 400:
        time.sleep(0.003)
        process.send_signal(signal.SIGINT)
        sent += 1
    stopped, *done = map(int, process.communicate(timeout=600)[0].split())
    ran = collections.Counter(entry.arguments["token"] for entry in pico.journal()
                              if entry.command == "light")
    assert set(ran.values()) == {1}, "none twice"
    assert set(done) <= set(ran), "what was done is in the journal"
    assert 0 < stopped <= sent and len(done) > 500

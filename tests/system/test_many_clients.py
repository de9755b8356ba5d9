"""Several programs at once on one Pico: every command exactly once, whoever dies meanwhile."""
import random
import time

from conftest import echo

CLIENTS, COMMANDS = 4, 1000


def told_of(output):
    """{token: outcome} of whole lines: who is killed while it prints leaves a piece, perhaps of a number."""
    lines = [line for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return {int(token): outcome for outcome, token in
            (line.split() for line in lines if line.count(" ") == 1)}


def test_half_a_line_tells_nothing():
    assert told_of("done 12\nunknown 13\nstarted\ndone 1") == {12: "done", 13: "unknown"}
    assert told_of("done ") == told_of("") == {}


def test_four_clients_at_once(pico, caller):
    count = caller.many(COMMANDS)
    clients = [caller.hammer(pico, number * 100_000, count) for number in range(1, CLIENTS + 1)]
    told = {}
    for client in clients:
        told.update(told_of(client.communicate(timeout=300)[0]))
        assert client.returncode == 0
    assert len(told) == CLIENTS * count
    assert set(told.values()) == {"done"}
    executions = pico.executions()
    assert set(executions) == set(told)
    assert set(executions.values()) == {1}


def test_clients_killed_at_random_moments(pico, caller):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    told = {}
    for round_number in range(pico.rounds):
        clients = [caller.hammer(pico, (round_number * CLIENTS + number) * 100_000, COMMANDS)
                   for number in range(1, CLIENTS + 1)]
        for client in clients:
            told.update(told_of(client.stdout.readline()))
        for client in chance.sample(clients, CLIENTS):
            time.sleep(pico.slowness * chance.uniform(0.005, 0.05))
            caller.kill(client)
        for client in clients:
            # Not communicate(): it skips what readline() has taken in beyond its line.
            told.update(told_of(client.stdout.read()))
    executions = pico.executions()
    assert executions and set(executions.values()) == {1}, "none twice"
    acknowledged = {token for token, outcome in told.items() if outcome == "done"}
    assert len(acknowledged) >= pico.rounds * CLIENTS
    assert acknowledged <= set(executions), "each acknowledged one is in the journal"
    # The Pico is as good as new.
    echo(caller, pico, 4_000_000_000)
    assert pico.executions()[4_000_000_000] == 1

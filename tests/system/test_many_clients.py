"""Several programs at once on one Pico: every command exactly once, whoever dies meanwhile."""
import random
import subprocess
import time

import pytest
from conftest import CALLER

CLIENTS, COMMANDS = 4, 1000


def hammer(pico, client):
    first = client * 100_000
    return subprocess.Popen([CALLER, "hammer", str(first), str(COMMANDS)], env=pico.env, text=True,
                            stdout=subprocess.PIPE)


def told_of(output):
    return {int(token): outcome for outcome, token in
            (line.split() for line in output.splitlines() if line.count(" ") == 1)}


@pytest.mark.needs("light")
def test_four_clients_send_a_thousand_commands_each(pico):
    clients = [hammer(pico, number) for number in range(1, CLIENTS + 1)]
    told = {}
    for client in clients:
        told.update(told_of(client.communicate(timeout=300)[0]))
        assert client.returncode == 0
    assert len(told) == CLIENTS * COMMANDS
    assert set(told.values()) == {"done"}
    executions = pico.executions()
    assert set(executions) == set(told)
    assert set(executions.values()) == {1}


@pytest.mark.needs("light")
def test_clients_killed_at_random_moments(pico):
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    told = {}
    for round_number in range(6):
        clients = [hammer(pico, round_number * CLIENTS + number) for number in range(1, CLIENTS + 1)]
        for client in chance.sample(clients, CLIENTS - 1):
            time.sleep(pico.slowness * chance.uniform(0.02, 0.15))
            client.kill()
        clients[-1].poll()
        for client in clients:
            if client.poll() is None:
                client.kill()
            told.update(told_of(client.communicate(timeout=60)[0]))
    executions = pico.executions()
    assert executions and set(executions.values()) == {1}, "none twice"
    acknowledged = {token for token, outcome in told.items() if outcome == "done"}
    assert len(acknowledged) > 50
    assert acknowledged <= set(executions), "each acknowledged one is in the journal"
    # The Pico is as good as new.
    survivor = pico.run(CALLER, "call", "light", "1", "on", "4000000000")
    assert survivor.returncode == 0, survivor.stderr
    assert pico.executions()[4_000_000_000] == 1

"""A chip that acknowledges its address, counts the bytes written to it, and answers 0xA5.

stranger.py SOCKET ADDRESS; says "attached"; at the end of its input the number of bytes received.
"""
import os
import pathlib
import select
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "virtual" / "tests"))
import bus_client  # noqa: E402

bus = bus_client.Bus(sys.argv[1], bus_client.TARGET, timeout=60)
assert bus.attach(int(sys.argv[2], 0)) == 0
print("attached", flush=True)
received = 0
while True:
    wait = 0 if bus.buffer else 60  # what was read already, select does not see
    ready, _, _ = select.select([bus.socket, sys.stdin], [], [], wait)
    if bus.socket in ready or bus.buffer:
        sequence, kind, value, _ = bus.next_event()
        received += kind == "write"
        if kind in ("start", "write"):
            bus.send(bus_client.answer(sequence, 1))
        elif kind == "read":
            bus.send(bus_client.answer(sequence, 0xA5))
    elif not ready or not os.read(0, 1):
        break
print(received, flush=True)

"""Asks a Pico who it is and what it can do."""
import picoctl

for found in picoctl.scan():
    print(f"0x{found.address:02x} is a {found.kind}: board {found.board}")
with picoctl.connect() as pico:
    print("protocol %d.%d" % pico.identity.protocol)
    for name, command in pico.commands.items():
        print(" ", name, command.__doc__.splitlines()[0], sep="  ")
# It prints: 0x41 is a pico: board virtual
# It prints: protocol 1.0
# It prints: led  Turn a light on or off: 0 is the board's LED, 1 is GP15

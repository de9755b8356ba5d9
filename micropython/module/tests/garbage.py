"""Handlers that allocate, and a loop that does nothing but collect garbage: a collection before each command,
and within every other one. What the link keeps on the heap has to stay where it is."""
import gc

import picoctl

target = picoctl.Target(sda=0, scl=1, address=0x41)
done = {"notes": 0, "collections": 0}
kept = []  # some of it stays for a while, so that free pieces lie between


@target.command("note token:u32 text:str<60> -> token:u32 text:str<60> kept:u8")
def note(token, text):
    litter = [bytearray(token % 300) for _ in range(8)]
    kept.append(litter.pop(token % 8))
    if len(kept) > 20:
        del kept[token % 9 : token % 9 + 7]
    if token % 2:
        gc.collect()
    done["notes"] += 1
    return token, "".join(reversed(text)), len(kept)


@target.command("tell -> notes:u32 collections:u32 free:u32")
def tell():
    gc.collect()
    return done["notes"], done["collections"], gc.mem_free()


target.start()
while True:
    target.poll()
    gc.collect()
    done["collections"] += 1

"""The target beside another task of asyncio."""
import asyncio

import picoctl

target = picoctl.Target()
ticks = 0


@target.command("ticks -> count:u32")
def count_ticks():
    return ticks


async def tick():
    global ticks
    while True:
        await asyncio.sleep_ms(5)
        ticks += 1


async def main():
    asyncio.create_task(tick())
    print("running")
    await target.serve()


asyncio.run(main())

"""Writes the file system of a MicroPython Pico into a file; run by MicroPython's unix port:

    build/micropython/micropython -X heapsize=8M tools/micropython_files.py OUT KILOBYTES NAME=FILE…

As ports/rp2 makes it: littlefs 2 in blocks of 4096 bytes. tools/micropython_image.py puts it behind a firmware.
"""
import sys
import vfs

BLOCK = 4096


class Flash:
    def __init__(self, size):
        self.memory = bytearray(b"\xff" * size)

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        buffer[:] = self.memory[at : at + len(buffer)]

    def writeblocks(self, block, data, offset=None):
        if offset is None:
            self.erase(block)
        at = block * BLOCK + (offset or 0)
        self.memory[at : at + len(data)] = data

    def erase(self, block):
        self.memory[block * BLOCK : (block + 1) * BLOCK] = b"\xff" * BLOCK

    def ioctl(self, what, argument):
        if what == 4:
            return len(self.memory) // BLOCK
        if what == 5:
            return BLOCK
        if what == 6:
            self.erase(argument)
        return 0


def make_folders(system, path):
    parts = path.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        try:
            system.mkdir("/".join(parts[:end]))
        except OSError:
            pass  # it is there


def main(out, kilobytes, *files):
    flash = Flash(int(kilobytes) * 1024)
    vfs.VfsLfs2.mkfs(flash, progsize=256)
    system = vfs.VfsLfs2(flash, progsize=256)
    for word in files:
        name, path = word.split("=", 1)
        make_folders(system, name)
        with open(path, "rb") as source, system.open(name, "wb") as copy:
            copy.write(source.read())
    with open(out, "wb") as file:
        file.write(flash.memory)


main(*sys.argv[1:])

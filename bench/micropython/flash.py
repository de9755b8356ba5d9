# Writes the file system of a Pico with these files as bytes, for the emulator to put into its flash:
#   micropython -X heapsize=8m flash.py OUT NAME=FILE...
import os
import sys

BLOCK, BLOCKS = 4096, 352  # emulator/micropython/board: 1408 KB at the flash's end


class Flash:
    def __init__(self):
        self.bytes = bytearray(b"\xff" * (BLOCK * BLOCKS))

    def readblocks(self, block, out, offset=0):
        at = BLOCK * block + offset
        out[:] = self.bytes[at : at + len(out)]

    def writeblocks(self, block, data, offset=0):
        at = BLOCK * block + offset
        self.bytes[at : at + len(data)] = data

    def ioctl(self, what, _argument):
        return {4: BLOCKS, 5: BLOCK}.get(what, 0)


def main():
    flash = Flash()
    os.VfsLfs2.mkfs(flash, progsize=256)
    files = os.VfsLfs2(flash, progsize=256)
    for word in sys.argv[2:]:
        name, path = word.split("=", 1)
        if "/" in name and name.rsplit("/", 1)[0] not in [e[0] for e in files.ilistdir("/")]:
            files.mkdir(name.rsplit("/", 1)[0])
        with open(path, "rb") as source:
            out = files.open(name, "wb")
            out.write(source.read())
            out.close()
    with open(sys.argv[1], "wb") as out:
        out.write(flash.bytes)


main()

#!/usr/bin/python3
"""Tests of uf2.py."""

import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import uf2  # noqa: E402


class Convert(unittest.TestCase):
    def test_blocks_cover_the_image(self):
        image = bytes(i * 7 & 0xFF for i in range(1000))
        blocks = uf2.parse(uf2.convert(image, "rp2040"))
        self.assertEqual([b[2] for b in blocks], [0, 1, 2, 3])
        self.assertEqual({b[3] for b in blocks}, {4})
        self.assertEqual({b[4] for b in blocks}, {0xE48BFF56})
        self.assertEqual({b[0] for b in blocks}, {0x2000})
        self.assertEqual([b[1] for b in blocks], [0x10000000 + 256 * i for i in range(4)])
        self.assertEqual(b"".join(b[5] for b in blocks), image.ljust(1024, b"\0"))

    def test_every_block_is_512_bytes_between_its_marks(self):
        data = uf2.convert(b"x" * 257, "rp2040")
        self.assertEqual(len(data), 1024)
        for at in (0, 512):
            self.assertEqual(data[at:at + 8], bytes.fromhex("5546320a57515d9e"))
            self.assertEqual(data[at + 508:at + 512], bytes.fromhex("306fb10a"))

    def test_rp2350_gets_the_block_for_erratum_e10_first(self):
        blocks = uf2.parse(uf2.convert(b"x" * 300, "rp2350-arm-s"))
        flags, address, number, count, family, payload = blocks[0]
        self.assertEqual((flags, address, number, count), (0xA000, 0x10FFFF00, 0, 2))
        self.assertEqual((family, payload), (0xE48BFF57, b"\xef" * 256))
        self.assertEqual([b[2:5] for b in blocks[1:]], [(0, 2, 0xE48BFF59), (1, 2, 0xE48BFF59)])

    def test_extension_tag_follows_the_payload(self):
        data = uf2.convert(b"x", "rp2350-arm-s")
        self.assertEqual(struct.unpack("<I", data[32 + 256:32 + 260])[0], 0x9957E304)

    def test_an_empty_image_is_refused(self):
        with self.assertRaises(ValueError):
            uf2.convert(b"", "rp2040")


class Parse(unittest.TestCase):
    def test_refuses_what_is_no_uf2(self):
        good = uf2.convert(b"x", "rp2040")
        for bad in (b"", good[:-1], b"X" + good[1:], good[:-1] + b"X"):
            with self.assertRaises(ValueError):
                uf2.parse(bad)


class Command(unittest.TestCase):
    def run_tool(self, *arguments):
        tool = Path(__file__).parent / "uf2.py"
        return subprocess.run([sys.executable, tool, *map(str, arguments)],
                              capture_output=True, text=True, check=False)

    def test_writes_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            image, output = Path(folder, "a.bin"), Path(folder, "a.uf2")
            image.write_bytes(b"picoctl")
            done = self.run_tool(image, output, "--family", "rp2040")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(uf2.parse(output.read_bytes())[0][5][:7], b"picoctl")

    def test_a_missing_image_is_one_line(self):
        done = self.run_tool("/nowhere/a.bin", "/nowhere/a.uf2", "--family", "rp2040")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"^uf2\.py: .*nowhere.*\n$")


if __name__ == "__main__":
    unittest.main()

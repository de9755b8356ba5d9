#!/usr/bin/python3
"""Tests of check_firmware.py: that each broken promise is found."""

import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))
import check_firmware as check  # noqa: E402

GOOD = """
20000148 <_ZN7picoctl4linkL12on_interruptEv>:
20000148:	push	{r4, lr}
2000014a:	bl	20000200 <_ZN7picoctl4Face5writeEh>
2000014e:	beq.n	20000148 <_ZN7picoctl4linkL12on_interruptEv>
20000150:	pop	{r4, pc}
20000152:	.word	0x20001620

20000200 <_ZN7picoctl4Face5writeEh>:
20000200:	push	{r3, lr}
20000202:	pop	{r3}
20000204:	bx	r3

10000400 <main>:
10000400:	blx	r3
10000402:	.word	0x10004000
"""


def faults(text):
    return check.interrupt_faults(check.Calls(text))


class Interrupt(unittest.TestCase):
    def test_a_path_in_ram_is_fine(self):
        self.assertEqual(faults(GOOD), [])

    def test_a_function_in_flash_is_found(self):
        bad = GOOD.replace("20000200 <_ZN7picoctl4Face5", "10000200 <_ZN7picoctl4Face5")
        self.assertRegex(faults(bad)[0], "Face5writeEh, called by .*on_interrupt.*lies in flash")

    def test_a_function_further_down_is_found(self):
        bad = GOOD.replace("20000202:\tpop", "20000202:\tb.w\t10000400 <main>\n20000204:\tpop")
        self.assertRegex(" ".join(faults(bad)), "main, called by .*Face5writeEh, lies in flash")

    def test_a_table_in_flash_is_found(self):
        bad = GOOD.replace("0x20001620", "0x10001620")
        self.assertRegex(faults(bad)[0], "uses flash at 0x10001620")
        bad = GOOD.replace("bl\t20000200", "movt\tr3, #4096\n2000014c:\tbl\t20000200")
        self.assertRegex(faults(bad)[0], "uses flash at 0x10000000")

    def test_every_window_onto_flash_counts(self):
        for word in ("10004000", "13004000", "18000000", "1fffffff"):
            bad = GOOD.replace("0x20001620", f"0x{word}")
            self.assertRegex(faults(bad)[0], f"uses flash at 0x{word}")
        for word in ("0ffffffc", "20000000", "40044000"):
            self.assertEqual(faults(GOOD.replace("0x20001620", f"0x{word}")), [])

    def test_an_address_made_of_a_constant_is_found(self):
        for made in ("movs\tr3, #128\n2000014c:\tlsls\tr3, r3, #21", "mov.w\tr3, #268435456",
                     "movs\tr2, #1\n2000014c:\tlsls\tr3, r2, #28"):
            bad = GOOD.replace("bl\t20000200", made + "\n2000014e:\tbl\t20000200")
            self.assertRegex(faults(bad)[0], "uses flash at 0x10000000")
        fine = GOOD.replace("bl\t20000200", "movs\tr3, #128\n2000014c:\tlsls\tr3, r3, #2\n"
                            "2000014e:\tbl\t20000200")
        self.assertEqual(faults(fine), [])
        fine = GOOD.replace("bl\t20000200", "movs\tr3, #128\n2000014c:\tldr\tr3, [r4, #0]\n"
                            "2000014e:\tlsls\tr3, r3, #21\n20000150:\tbl\t20000200")
        self.assertEqual(faults(fine), [], "the register held something else by then")

    def test_a_function_in_ram_that_nobody_seems_to_call_counts_too(self):
        alone = ("\n20000300 <_ZN7picoctl4Face4loseEv>:\n20000300:\tbl\t10000400 <main>\n"
                 "20000304:\tbx\tlr\n")
        self.assertRegex(faults(GOOD + alone)[0], "main, called by .*Face4lose.* lies in flash")
        # The pico-sdk's own functions in RAM are its affair: they write flash.
        others = alone.replace("_ZN7picoctl4Face4loseEv", "flash_do_cmd")
        self.assertEqual(faults(GOOD + others), [])

    def test_a_veneer_to_flash_is_found(self):
        veneer = ("\n20000300 <__table_veneer>:\n20000300:\tpush\t{r0}\n"
                  "20000302:\tldr\tr0, [pc, #8]\n"
                  "20000304:\tmov\tip, r0\n20000306:\tpop\t{r0}\n20000308:\tbx\tip\n"
                  "2000030c:\t.word\t0x10000401\n")
        bad = GOOD.replace("20000202:\tpop",
                           "20000202:\tbl\t20000300 <__table_veneer>\n20000204:\tpop")
        found = " ".join(faults(bad + veneer))
        self.assertRegex(found, "__table_veneer, called by .*, calls through a pointer")
        self.assertRegex(found, "__table_veneer, called by .*, uses flash at 0x10000401")

    def test_a_call_through_a_pointer_is_found(self):
        for call in ("blx\tr3", "bx\tr2", "blx\tip", "mov\tpc, r3", "ldr.w\tpc, [pc]"):
            bad = GOOD.replace("bx\tr3", call)
            self.assertRegex(faults(bad)[0], "calls through a pointer")

    def test_no_handler_in_ram_is_found(self):
        self.assertRegex(faults(GOOD.replace("20000148 <", "10000148 <"))[0], "not in RAM")


class Forbidden(unittest.TestCase):
    def found(self, *names):
        symbols = [check.Symbol(name, 0x10000000, 4, True) for name in names]
        return [name for name, _ in check.forbidden(SimpleNamespace(symbols=lambda: symbols))]

    def test_heap_printf_and_exceptions_are_found(self):
        bad = ["malloc", "_malloc_r", "_sbrk", "_Znwj", "_ZdlPv", "printf", "vsnprintf",
               "weak_raw_printf", "puts", "__cxa_throw", "__gxx_personality_v0", "_Unwind_Resume"]
        self.assertEqual(self.found(*bad), sorted(bad))

    def test_others_are_not(self):
        self.assertEqual(self.found("main", "memcpy", "freeze", "_ZN7picoctl4freeEv", "inputs"), [])


class Sizes(unittest.TestCase):
    def test_first_contents_of_ram_cost_flash_too_and_the_stack_costs_nothing(self):
        def section(name, address, size, kind=1):
            return check.Section(name, kind, check.Elf.ALLOC, address, 0, size, 0)
        sections = [section(".text", 0x10000000, 100), section(".data", 0x20000000, 20),
                    section(".bss", 0x20000100, 30, check.Elf.NOBITS),
                    section(".stack_dummy", 0x20040000, 2048, check.Elf.NOBITS)]
        self.assertEqual(check.sizes(SimpleNamespace(loaded=lambda: sections)), (120, 50))


if __name__ == "__main__":
    unittest.main()

// Translated code does what interpreted code does, cycle by cycle, also when it is overwritten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { usualTracing } from '../src/cpu/tracer.js';
import { Machine } from '../src/machine.js';
import { Run, assemble } from './programs.js';

const firmware = (name: string): string => fileURLToPath(new URL(`../../../build/firmware/${name}`, import.meta.url));
const everything = { warmth: 3, straight: true };
const nothing = { warmth: Infinity, straight: false };

/** All that a program could see, and when. */
function state(machine: Machine): string {
  const { cpu, ram } = machine.chip;
  let sum = 0;
  for (const word of new Int32Array(ram.buffer, ram.byteOffset, ram.length >> 2)) sum = (Math.imul(sum, 31) + word) | 0;
  const registers = cpu.snapshot().map((value) => value.toString(16));
  return `${machine.clock.nanos} ${cpu.cycles()} ${cpu.apsr.toString(16)} ${registers.join(' ')} ${sum}`;
}

for (const [image, hertz] of [['picoctl-pico', 400_000], ['pico-cpp-pico', 100_000], ['lamp-pico', 1_000_000]] as const) {
  test(`${image} takes the same way with and without traces`, () => {
    const program = readImage(firmware(`${image}.elf`));
    const address = image === 'lamp-pico' ? 0x17 : 0x41;
    const machines = [nothing, everything].map((tracing) => new Machine(program, { seed: 7, tracing }));
    const pis = machines.map((machine) => new Pi(machine.clock, machine.wires, hertz));
    machines.forEach((machine) => machine.start());
    const both = (): string[] => machines.map(state);
    for (let round = 0; round < 30; ++round) {
      // Odd slices, so that traces are cut wherever they can be.
      machines.forEach((machine) => machine.runFor(90_000 + 1_234.5 * round));
      const [one, two] = both();
      assert.equal(one, two, `round ${round}`);
      pis.forEach((pi) => pi.begin(pi.transfer([{ address, write: [0x80] }, { address, read: 12 + round }], emptyResult())));
      machines.forEach((machine, i) => assert.ok(machine.runWhile(() => pis[i].busy, 50e6, 777)));
    }
    assert.ok(machines[1].chip.cpu.traces > 20, `${machines[1].chip.cpu.traces} traces`);
    assert.equal(machines[0].chip.cpu.traces, 0);
  });
}

/** Calls a function in RAM that returns 1, makes it one that returns 2 by `overwrite`, and calls it again. */
const overwritten = (overwrite: string): string => `
start:
    ldr r7, =0x20001001       // the function
    ldr r0, =function
    ldr r1, =0x20001000
    ldm r0!, {r2, r3}
    stm r1!, {r2, r3}
    ldr r6, =3000
  1: blx r7
    subs r6, #1
    bne 1b
    ldr r5, =0x20000000
    str r0, [r5]
    ${overwrite}
    ldr r6, =3000
  1: blx r7
    subs r6, #1
    bne 1b
    str r0, [r5, #4]
  1: b 1b
    .align 2
function:
    nop
    movs r0, #1
    nop
    bx lr
`;
const movs2 = 0x2002;
const ways: Record<string, string> = {
  'the processor': `ldr r1, =0x20001002\n ldr r2, =${movs2}\n strh r2, [r1]`,
  'several registers at once': `ldr r1, =0x20001000\n ldr r2, =${0xbf00 | (movs2 << 16)}\n stm r1!, {r2}`,
  DMA: `
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]
    ldr r0, =0x50000000
    ldr r1, =change
    str r1, [r0]
    ldr r1, =0x20001002
    str r1, [r0, #4]
    movs r1, #1
    str r1, [r0, #8]
    ldr r1, =(63 << 15) | (1 << 2) | 1   // at once, a halfword
    str r1, [r0, #0xc]
    b 2f
    .align 2
change: .word ${movs2}
    .ltorg
    .align 2
2:`,
};

for (const [by, overwrite] of Object.entries(ways)) {
  test(`code in RAM that ${by} overwrites is not remembered`, () => {
    for (const tracing of [everything, usualTracing]) {
      const ran = new Run(assemble(overwritten(overwrite)), { tracing }).for(5);
      assert.deepEqual([ran.word(0), ran.word(1)], [1, 2]);
      assert.ok(ran.machine.chip.cpu.traces > 0);
    }
  });
}

test('a function that overwrites the instruction behind it runs the new one', () => {
  const ran = new Run(assemble(`
start:
    ldr r0, =function
    ldr r1, =0x20001000
    ldm r0!, {r2, r3, r4}
    stm r1!, {r2, r3, r4}
    ldr r7, =0x20001001
    ldr r6, =1000
    movs r4, #0               // the sum
    ldr r3, =0x20001004       // what is overwritten each time: movs r0, #1 and #3 by turns
    ldr r2, =0x2001
    ldr r1, =0x2001 ^ 0x2003
  1: eors r2, r1
    blx r7
    adds r4, r0
    subs r6, #1
    bne 1b
    ldr r5, =0x20000000
    str r4, [r5]
  1: b 1b
    .align 2
function:
    nop
    strh r2, [r3]
    movs r0, #9
    bx lr
    nop
    nop
`), { tracing: everything }).for(5);
  assert.equal(ran.word(0), 500 * 1 + 500 * 3);
});

test('a hook is called although the code was translated before', () => {
  const image = assemble(`
start:
  1: bl called
    b 1b
    .thumb_func
called: bx lr`);
  const { machine } = new Run(image, { tracing: everything }).for(1);
  assert.ok(machine.chip.cpu.traces > 0);
  let calls = 0;
  const called = image.symbols.find(({ name }) => name === 'called');
  machine.chip.cpu.hooks.set(called?.address ?? 0, () => ++calls);
  machine.runFor(1e5);
  assert.ok(calls > 500, `${calls} calls`);
});

// What the processor does around instructions: exceptions, sleep, faults, and what they cost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stop } from '../src/cpu/stop.js';
import { Run, assemble, run } from './programs.js';

/** r7 is where findings go; r6 the NVIC; r5 counts. */
const prologue = `
start:
  ldr r7, =0x20000000
  ldr r6, =0xe000e100
  movs r5, #0
`;
const irq26 = 16 + 26; // no block uses interrupts 26 to 31: programs may pend them
const pend = `
  ldr r0, =1 << 26
  str r0, [r6]            // ISER
  ldr r1, =0xe000e200
  str r0, [r1]            // ISPR
`;
const stopOf = (act: () => unknown): Stop => {
  try {
    act();
  } catch (problem) {
    if (problem instanceof Stop) return problem;
    throw problem;
  }
  throw new Error('it did not stop');
};

test('a pended interrupt runs once, and returns to where it was', () => {
  const ran = run(`${prologue}
    movs r4, #7
    ${pend}
    nop
    str r4, [r7, #4]
    b .
    .thumb_func
  handler:
    ldr r0, [r7]
    adds r0, #1
    str r0, [r7]
    mrs r1, ipsr
    str r1, [r7, #8]
    movs r4, #9           // not among the registers that are stacked
    bx lr`, 1, { [irq26]: 'handler' });
  assert.deepEqual([0, 1, 2].map((i) => ran.word(i)), [1, 9, irq26]);
});

test('entry costs 15 cycles and exit 13', () => {
  const ran = run(`${prologue} ${pend}
    b .
    .thumb_func
  handler:
    bx lr`, 1, { [irq26]: 'handler' });
  const count = ran.machine.chip.cpu.counts[irq26];
  assert.deepEqual(count, { entries: 1, cycles: 15 + 13 }, 'the BX itself counts as the exit');
});

test('PRIMASK holds an interrupt back, and WFI ends all the same', () => {
  const ran = run(`${prologue}
    cpsid i
    ${pend}
    wfi
    ldr r0, [r7]
    str r0, [r7, #4]      // how often the handler ran inside the critical section
    movs r0, #1
    str r0, [r7, #8]
    cpsie i
    nop
    ldr r0, [r7]
    str r0, [r7, #12]
    b .
    .thumb_func
  handler:
    adds r5, #1
    str r5, [r7]
    bx lr`, 1, { [irq26]: 'handler' });
  assert.deepEqual([1, 2, 3].map((i) => ran.word(i)), [0, 1, 1]);
});

test('WFE takes an event that SEV left, and then sleeps', () => {
  const ran = run(`${prologue}
    sev
    wfe
    movs r0, #1
    str r0, [r7]
    wfe
    str r0, [r7, #4]
    b .`);
  assert.deepEqual([ran.word(0), ran.word(1)], [1, 0]);
  assert.equal(ran.machine.chip.cpu.sleeping, 'wfe');
});

test('with SEVONPEND a pending interrupt wakes WFE though it is not enabled', () => {
  const ran = run(`${prologue}
    ldr r0, =0xe000ed10
    movs r1, #0x10
    str r1, [r0]
    ldr r0, =1 << 26
    ldr r1, =0xe000e200
    str r0, [r1]
    wfe
    str r0, [r7]
    b .`);
  assert.equal(ran.word(0), 1 << 26);
});

test('a more urgent interrupt interrupts a handler, a less urgent one waits', () => {
  const code = (first: number, second: number) => `${prologue}
    ldr r0, =0xe000e418   // IPR6: interrupts 24 to 27
    ldr r1, =${(first << 22) | ((second << 30) >>> 0)}
    str r1, [r0]
    ldr r0, =3 << 26
    str r0, [r6]
    ldr r4, =0xe000e200
    ldr r0, =1 << 26
    str r0, [r4]
    b .
    .thumb_func
  one:
    ldr r0, =1 << 27
    str r0, [r4]
    nop
    adds r5, #1
    str r5, [r7]
    bx lr
    .thumb_func
  two:
    adds r5, #1
    str r5, [r7, #4]
    bx lr`;
  const vectors = { [irq26]: 'one', [irq26 + 1]: 'two' };
  assert.deepEqual([0, 1].map((i) => run(code(2, 1), 1, vectors).word(i)), [2, 1]);
  assert.deepEqual([0, 1].map((i) => run(code(1, 2), 1, vectors).word(i)), [1, 2]);
});

test('SVC, PendSV and SysTick arrive', () => {
  const ran = run(`${prologue}
    svc #1
    ldr r0, =0xe000ed04
    ldr r1, =1 << 28
    str r1, [r0]
    nop
    ldr r0, =0xe000e010
    ldr r1, =999
    str r1, [r0, #4]
    str r1, [r0, #8]
    movs r1, #7
    str r1, [r0]
    b .
    .thumb_func
  count:
    mrs r0, ipsr
    lsls r0, r0, #2
    ldr r1, [r7, r0]
    adds r1, #1
    str r1, [r7, r0]
    bx lr`, 1, { 11: 'count', 14: 'count', 15: 'count' });
  assert.deepEqual([ran.word(11), ran.word(14)], [1, 1]);
  const before = ran.word(15);
  ran.for(8);
  assert.equal(ran.word(15) - before, 1000, '8 ms, a tick each 1000 cycles');
});

for (const [what, code, reason] of [
  ['an unaligned load', 'ldr r0, =0x20000001\n ldr r1, [r0]', /unaligned 32-bit read of 0x20000001/],
  ['a read of nothing', 'ldr r0, =0x30000000\n ldr r1, [r0]', /nothing to read at 0x30000000/],
  ['a write to the flash', 'ldr r0, =0x10000000\n str r0, [r0]', /nothing to write to at 0x10000000/],
  ['an undefined instruction', '.hword 0xde00', /undefined instruction/],
  ['a breakpoint', 'bkpt #3', /BKPT #3 without a debugger/],
  ['a jump into nothing', 'ldr r0, =0x50000001\n bx r0', /no code at 0x50000000/],
  ['a jump to an even address', 'ldr r0, =0x10000200\n bx r0', /no Thumb code/],
]) {
  test(`${what} is a HardFault that names its cause and place`, () => {
    const image = assemble(`${prologue}\n .thumb_func\n culprit:\n ${code}\n b .\n .thumb_func\n fault:\n bkpt #0`, { 3: 'fault' });
    const ran = new Run(image);
    const stop = stopOf(() => ran.for(1));
    assert.equal(stop.kind, 'fault');
    assert.match(stop.message, reason as RegExp);
    assert.equal(stop.registers.length, 16);
  });
}

test('a HardFault handler of the program runs, and may go on', () => {
  const ran = run(`${prologue}
    ldr r0, =0x20000001
    ldr r1, [r0]
    b .
    .thumb_func
  fault:
    movs r0, #1
    str r0, [r7]
    b .`, 1, { 3: 'fault' });
  assert.equal(ran.word(0), 1);
});

test('the interrupt line of a block is a level: it comes again until it is served', () => {
  // I2C0's TX_EMPTY is high while the block is on; its mask lets it through.
  const ran = run(`${prologue}
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]          // all out of reset
    ldr r4, =0x40044000
    movs r1, #0x10
    str r1, [r4, #0x30]   // mask: TX_EMPTY
    movs r1, #1
    str r1, [r4, #0x6c]   // on
    ldr r0, =1 << 23
    str r0, [r6]
    b .
    .thumb_func
  handler:
    adds r5, #1
    str r5, [r7]
    cmp r5, #3
    bne 1f
    movs r1, #0
    str r1, [r4, #0x30]
  1:
    bx lr`, 1, { [16 + 23]: 'handler' });
  assert.equal(ran.word(0), 3);
});

// Pins, UART, ADC and PIO, as programs see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Run, assemble } from './programs.js';

const prologue = `
start:
  ldr r7, =0x20000000
`;

test('a UART sends by interrupt, byte after byte, at its speed', () => {
  const ran = new Run(assemble(`${prologue}
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]
    ldr r6, =0x40034000
    movs r1, #67           // 125 MHz / 16 / 67.8 = 115200 baud
    str r1, [r6, #0x24]
    movs r1, #52
    str r1, [r6, #0x28]
    movs r1, #0x70         // eight bits, FIFOs
    str r1, [r6, #0x2c]
    ldr r1, =0x301
    str r1, [r6, #0x30]
    movs r1, #0x20
    str r1, [r6, #0x38]    // TXINTR
    ldr r0, =0xe000e100
    ldr r1, =1 << 20
    str r1, [r0]
    movs r5, #0
    movs r4, #40
  1: str r5, [r6]          // more than the FIFO takes: the last ones are lost
    adds r5, #1
    cmp r5, r4
    blo 1b
  2: wfi
    b 2b
    .thumb_func
  handler:
    ldr r0, [r7]
    adds r0, #1
    str r0, [r7]
    movs r1, #0x20
    str r1, [r6, #0x44]    // served: it does not come again by itself
    bx lr`, { [16 + 20]: 'handler' }));
  const bytes: number[] = [];
  ran.machine.chip.uart[0].onByte = (byte) => bytes.push(byte);
  ran.for(1);
  assert.ok(bytes.length >= 5 && bytes.length <= 11, `${bytes.length} bytes of 87 us in a millisecond`);
  ran.for(4);
  assert.deepEqual(bytes, Array.from({ length: 32 }, (_, i) => i));
  assert.equal(ran.word(0), 1, 'one interrupt, when the FIFO fell to its level');
});

test('a UART tells of what comes in, at its level or after a while', () => {
  const ran = new Run(assemble(`${prologue}
    ldr r6, =0x40034000
    movs r1, #67
    str r1, [r6, #0x24]
    movs r1, #0x70
    str r1, [r6, #0x2c]
    ldr r1, =0x301
    str r1, [r6, #0x30]
    movs r1, #0x50
    str r1, [r6, #0x38]
    ldr r0, =0xe000e100
    ldr r1, =1 << 20
    str r1, [r0]
  2: wfi
    b 2b
    .thumb_func
  handler:
    ldr r0, [r6, #0x18]
    lsrs r0, r0, #5        // C is RXFE
    bcs 3f
    ldr r0, [r6]
    str r0, [r7]
    b handler
  3: bx lr`, { [16 + 20]: 'handler' })).for(2);
  ran.machine.chip.uart[0].feed(0x41);
  ran.for(0.1);
  assert.equal(ran.word(0), 0, 'one byte waits for the time-out');
  ran.for(1);
  assert.equal(ran.word(0), 0x41);
});

test('the ADC converts once, and free-running in turns', () => {
  const ran = new Run(assemble(`${prologue}
    ldr r6, =0x4004c000
    ldr r1, =0x2005        // input 2, once
    str r1, [r6]
  1: ldr r0, [r6]
    lsrs r1, r0, #9        // C is READY
    bcc 1b
    str r0, [r7]
    ldr r0, [r6, #4]
    str r0, [r7, #4]
    movs r1, #1
    str r1, [r6, #8]       // FIFO
    ldr r1, =0x001b0009    // inputs 0, 1, 3 and 4 in turn
    str r1, [r6]
    movs r5, #8
  2: ldr r0, [r6, #8]
    lsrs r0, r0, #9        // C is EMPTY
    bcs 2b
    ldr r0, [r6, #0xc]
    str r0, [r7, r5]
    adds r5, #4
    cmp r5, #32
    blo 2b
    b .`));
  ran.machine.chip.adc.values.splice(0, 5, 100, 200, 300, 400, 500);
  ran.for(2);
  assert.equal(ran.word(0) & 0x104, 0x100, 'ready, and the start bit is gone');
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7].map((i) => ran.word(i)), [300, 100, 200, 400, 500, 100, 200]);
});

test('PIO runs in step with the processor', () => {
  const image = assemble(`${prologue}
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]
    ldr r0, =0x4001407c    // GPIO15_CTRL: PIO0
    movs r1, #6
    str r1, [r0]
    ldr r6, =0x50200000
    ldr r0, =0xe081        // set pindirs, 1
    str r0, [r6, #0x48]
    ldr r0, =0xe301        // set pins, 1 [3]
    str r0, [r6, #0x4c]
    ldr r0, =0xe300        // set pins, 0 [3]
    str r0, [r6, #0x50]
    movs r4, #0xc8
    adds r4, r6
    ldr r0, =125 << 16     // a cycle is a microsecond
    str r0, [r4]
    ldr r0, =(2 << 12) | (1 << 7)
    str r0, [r4, #4]       // wrap from 2 to 1
    ldr r0, =(1 << 26) | (15 << 5)
    str r0, [r4, #0x14]
    movs r0, #1
    str r0, [r6]
  1: wfi
    b 1b`);
  const edges = (): number[] => {
    const ran = new Run(image);
    const times: number[] = [];
    ran.machine.chip.pins.onOutput = () => times.push(Math.round(ran.machine.clock.nanos));
    ran.for(2);
    return times;
  };
  const times = edges();
  assert.ok(times.length > 300, `${times.length} edges`);
  const span = times[times.length - 1] - times[1];
  assert.ok(Math.abs(span / (times.length - 2) - 4000) < 20, 'an edge each four microseconds');
  assert.deepEqual(edges(), times, 'and the same in the next run');
});

test('outputs show outside, and inside again; inputs can be driven', () => {
  const image = assemble(`${prologue}
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]
    ldr r0, =0x4001407c     // GPIO15_CTRL
    movs r1, #5
    str r1, [r0]
    ldr r0, =0x40014084     // GPIO16_CTRL
    str r1, [r0]
    ldr r6, =0xd0000000
    ldr r0, =1 << 15
    str r0, [r6, #0x24]     // output
    str r0, [r6, #0x14]     // high
  1: ldr r0, [r6, #4]       // GPIO_IN
    str r0, [r7]
    b 1b`);
  const ran = new Run(image);
  const seen: string[] = [];
  ran.machine.chip.pins.onOutput = (pin, high) => seen.push(`${pin}=${high}`);
  ran.for(1);
  assert.deepEqual(seen, ['15=true']);
  assert.equal(ran.word(0), 1 << 15);
  ran.machine.chip.pins.drive(16, true);
  ran.for(1);
  assert.equal(ran.word(0), 3 << 15);
});

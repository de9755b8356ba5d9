// The boot ROM, the flash, resets and time, as programs see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Image, ImageError } from '../src/chip/image.js';
import { configure } from '../src/chip/settings.js';
import { Stop } from '../src/cpu/stop.js';
import { Run, assemble, run } from './programs.js';

/** Looks a function of the boot ROM up, as the SDK does; it lies in r0 then. */
const lookup = (code: string): string => `
  ldr r0, =0x14
  ldrh r0, [r0]
  ldr r1, =${code.charCodeAt(0) | (code.charCodeAt(1) << 8)}
  ldr r2, =0x18
  ldrh r2, [r2]
  blx r2
`;
const prologue = `
start:
  ldr r7, =0x20000000
`;
const stopped = (image: Image, milliseconds = 1): Stop => {
  try {
    new Run(image).for(milliseconds);
  } catch (problem) {
    if (problem instanceof Stop) return problem;
    throw problem;
  }
  throw new Error('it did not stop');
};
/** Calls the ROM function of that code with these numbers; r0 and r1 are kept at `at`. */
const call = (code: string, args: (number | string)[], at: number): string => `
  ${lookup(code)}
  mov r4, r0
  ${args.map((value, i) => `ldr r${i}, =${value}`).join('\n')}
  blx r4
  str r0, [r7, #${4 * at}]
`;

test('the boot ROM counts bits', () => {
  const ran = run(`${prologue}
    ${call('P3', ['0xf0f00001'], 0)} ${call('R3', ['0x00000001'], 1)}
    ${call('L3', ['0x00010000'], 2)} ${call('T3', ['0x00010000'], 3)}
    ${call('L3', [0], 4)} ${call('T3', [0], 5)}
    b .`);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((i) => ran.word(i)), [9, 0x80000000, 15, 16, 32, 32]);
});

test('the boot ROM fills and copies memory', () => {
  const ran = run(`${prologue}
    ${call('MS', ['0x20000100', '0xab', 5], 0)} ${call('S4', ['0x20000110', '0x12', 8], 1)}
    ${call('MC', ['0x20000121', '0x20000100', 5], 2)} ${call('C4', ['0x20000130', '0x20000110', 8], 3)}
    b .`);
  const bytes = [...ran.machine.chip.ram.subarray(0x100, 0x138)];
  assert.deepEqual(bytes.slice(0, 6), [0xab, 0xab, 0xab, 0xab, 0xab, 0]);
  assert.deepEqual(bytes.slice(0x21, 0x26), [0xab, 0xab, 0xab, 0xab, 0xab]);
  assert.deepEqual(bytes.slice(0x30, 0x38), new Array(8).fill(0x12));
});

/** Calls number `index` of the table of floats ('SF') or doubles ('SD'). */
const float = (table: string, index: number, args: string[], at: number): string => `
  ldr r0, =0x16
  ldrh r0, [r0]
  ldr r1, =${table.charCodeAt(0) | (table.charCodeAt(1) << 8)}
  ldr r2, =0x18
  ldrh r2, [r2]
  blx r2
  ldr r4, [r0, #${4 * index}]
  ${args.map((value, i) => `ldr r${i}, =${value}`).join('\n')}
  blx r4
  str r0, [r7, #${4 * at}]
  str r1, [r7, #${4 * at + 4}]
`;
const bits32 = (value: number): string => `0x${new DataView(Float32Array.of(value).buffer).getUint32(0, true).toString(16)}`;
const bits64 = (value: number): string[] => {
  const view = new DataView(Float64Array.of(value).buffer);
  return [0, 4].map((at) => `0x${view.getUint32(at, true).toString(16)}`);
};

test('the boot ROM computes with floats and doubles', () => {
  const ran = run(`${prologue}
    ${float('SF', 0, [bits32(1.5), bits32(2.25)], 0)}
    ${float('SF', 3, [bits32(1), bits32(3)], 2)}
    ${float('SF', 7, [bits32(-2.5)], 4)}
    ${float('SF', 16, [bits32(1)], 6)}
    ${float('SD', 2, [...bits64(1e100), ...bits64(3)], 8)}
    ${float('SD', 6, bits64(2), 10)}
    ${float('SD', 20, bits64(10), 12)}
    ${float('SF', 31, [bits32(0.1)], 14)}
    b .`, 2);
  const f = (at: number): number => new DataView(ran.machine.chip.ram.buffer).getFloat32(4 * at, true);
  const d = (at: number): number => new DataView(ran.machine.chip.ram.buffer).getFloat64(4 * at, true);
  assert.equal(f(0), 3.75);
  assert.equal(f(2), Math.fround(1 / 3));
  assert.equal(ran.word(4) | 0, -3, 'conversion rounds down');
  assert.ok(Math.abs(f(6) - Math.sin(1)) < 1e-7 && Math.abs(f(7) - Math.cos(1)) < 1e-7, 'the cosine follows the sine');
  assert.equal(d(8), 1e100 * 3);
  assert.equal(d(10), Math.SQRT2);
  assert.ok(Math.abs(d(12) - Math.LN10) < 1e-15);
  assert.equal(d(14), Math.fround(0.1));
});

const flashCalls = (erase: string, program: string): string => `
  start:
    // to RAM and on there: the flash cannot be read while it works
    ldr r0, =0x20001000
    ldr r1, =code
    ldr r2, =code_end
  1: ldm r1!, {r3}
    stm r0!, {r3}
    cmp r1, r2
    blo 1b
    ldr r0, =0x20001001
    bx r0
    .balign 4
  code:
    ldr r7, =0x20000000
    ${lookup('EX')} blx r0
    ${erase} ${program}
    ${lookup('FC')} blx r0
    ${lookup('CX')} blx r0
    b .
    .ltorg
    .balign 4
  code_end:
`;

test('flash is erased to ones, and programming only clears bits; both take their time', () => {
  const ran = new Run(assemble(flashCalls(
    call('RE', ['0x100000', 4096, 65536, '0xd8'], 0),
    call('RP', ['0x100000', '0x20000800', 256], 1) + call('RP', ['0x100000', '0x20000900', 256], 2))));
  ran.machine.chip.flash.fill(0, 0x100000, 0x102000);
  ran.machine.chip.ram.fill(0x3f, 0x800, 0x900);
  ran.machine.chip.ram.fill(0xf1, 0x900, 0xa00);
  ran.for(40);
  assert.equal(ran.machine.chip.flash[0x100100], 0xff, 'erased at once, but busy');
  assert.equal(ran.machine.chip.flash[0x100000], 0xff, 'not programmed before 45 ms have passed');
  ran.for(20);
  assert.equal(ran.machine.chip.flash[0x100000], 0x31);
  assert.equal(ran.machine.chip.flash[0x101000], 0, 'the next sector is untouched');
});

test('a program that runs from flash while that erases is told so', () => {
  const stop = stopped(assemble(`${prologue}
    ${lookup('EX')} blx r0
    ldr r4, =0x18000060
    ldr r5, =0x4001800c
    .macro byte value
    ldr r0, =\\value
    str r0, [r4]
    ldr r0, [r4]
    .endm
    .macro select level
    ldr r0, =\\level << 8
    str r0, [r5]
    .endm
    select 2
    byte 6
    select 3
    select 2
    byte 0x20
    byte 0x10
    byte 0
    byte 0
    select 3
    b .`));
  assert.match(stop.message, /flash was read at 0x1000.* while it was erasing/);
});

test('the watchdog resets the chip: RAM and scratch stay, the reason is told', () => {
  const ran = run(`${prologue}
    ldr r6, =0x40058000
    ldr r0, [r7]
    adds r0, #1
    str r0, [r7]            // boots
    cmp r0, #2
    beq 2f
    ldr r0, =0x12345678
    str r0, [r6, #0x0c]     // scratch 0
    ldr r0, =2000           // 1 ms: it counts two per microsecond
    str r0, [r6, #4]
    ldr r0, =1 << 30
    str r0, [r6]
    b .
  2:
    ldr r0, [r6, #8]
    str r0, [r7, #4]
    ldr r0, [r6, #0x0c]
    str r0, [r7, #8]
    ldr r0, =0x40054028
    ldr r0, [r0]
    str r0, [r7, #12]
    b .`, 5);
  assert.deepEqual([0, 1, 2].map((i) => ran.word(i)), [2, 1, 0x12345678]);
  assert.ok(ran.word(3) < 1000, 'the timer begins anew');
  assert.equal(ran.machine.resets, 1);
});

test('a program that resets for ever comes to an end', () => {
  const stop = stopped(assemble(`${prologue}
    ldr r6, =0x40058000
    ldr r0, =1 << 31
    str r0, [r6]
    b .`), 1000);
  assert.equal(stop.kind, 'limit');
  assert.match(stop.message, /resets in a row/);
});

test('scratch registers 4 to 7 lead the boot ROM into RAM', () => {
  const ran = run(`${prologue}
    ldr r0, =0x20000100
    ldr r1, =0xe7fe202a     // movs r0, #42; b .
    str r1, [r0]
    ldr r6, =0x4005801c     // scratch 4
    ldr r0, =0xb007c0d3
    ldr r1, =0x20000101
    ldr r2, =0x20040000
    rsbs r3, r0, #0
    eors r3, r1
    stm r6!, {r0}
    str r3, [r6]
    str r2, [r6, #4]
    str r1, [r6, #8]
    ldr r6, =0x40058000
    ldr r0, =1 << 31
    str r0, [r6]
    b .`, 5);
  const { cpu } = ran.machine.chip;
  assert.deepEqual([ran.machine.resets, cpu.pc, cpu.r[0], cpu.r[13]], [1, 0x20000102, 42, 0x20040000]);
});

test('the timer counts microseconds, and its alarm comes to the microsecond', () => {
  const ran = run(`${prologue}
    ldr r6, =0x40054000
    ldr r0, =1
    str r0, [r6, #0x38]     // INTE
    ldr r1, =0xe000e100
    str r0, [r1]
    ldr r0, [r6, #0x28]     // TIMERAWL
    ldr r1, =250
    adds r0, r1
    str r0, [r7]
    str r0, [r6, #0x10]     // ALARM0
  1: wfi
    b 1b
    .thumb_func
  handler:
    ldr r0, [r6, #0x28]
    str r0, [r7, #4]
    movs r0, #1
    str r0, [r6, #0x34]
    bx lr`, 2, { 16: 'handler' });
  assert.equal(ran.word(1), ran.word(0));
});

test('a program that starts the second core is told that there is none', () => {
  assert.equal(stopped(assemble(`${prologue}
    ldr r0, =0xd0000054
    str r0, [r0]
    b .`)).kind, 'core1');
});

test('a reset of the second core is answered by its boot ROM, as MicroPython waits for it', () => {
  const ran = new Run(assemble(`${prologue}
    ldr r5, =0xd0000050
    ldr r0, [r5]
    str r0, [r7]
    ldr r4, =0x40010004
    ldr r1, =1 << 16
    str r1, [r4]
    ldr r0, [r4]
    str r0, [r7, #4]
    ldr r0, [r5]
    str r0, [r7, #8]
    movs r1, #0
    str r1, [r4]
    ldr r0, [r5]
    str r0, [r7, #12]
    ldr r0, [r5, #8]
    str r0, [r7, #16]
    ldr r0, [r5]
    str r0, [r7, #20]
    b .`));
  ran.for(1);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((i) => ran.word(i)), [2, 1 << 16, 2, 3, 0, 2]);
});

test('BOOTSEL mode is not emulated, and says so', () => {
  assert.equal(stopped(assemble(`${prologue} ${lookup('UB')} blx r0`)).kind, 'usb-boot');
});

test('a flash without a second stage is told, not run', () => {
  assert.equal(stopped({ pieces: [{ offset: 0, bytes: new Uint8Array(512) }], symbols: [] }).kind, 'no-program');
});

test('a program that sleeps for ever skips time, and a bounded run ends', () => {
  const ran = new Run(assemble(`${prologue}\n1: wfi\n b 1b`));
  ran.for(3_600_000);
  assert.ok(ran.machine.clock.nanos >= 3600e9);
});

test('the same seed gives the same run', () => {
  const code = `${prologue}
    ldr r6, =0x4006001c
    ldr r5, =0x20000400
  1: ldr r0, [r6]
    strb r0, [r7]
    adds r7, #1
    cmp r7, r5
    blo 1b
    b .`;
  const bits = (seed: number): string => {
    const ran = new Run(assemble(code), { seed }).for(1);
    return `${Buffer.from(ran.machine.chip.ram.subarray(0, 1024)).toString('hex')} ${ran.machine.chip.cpu.cycles()}`;
  };
  assert.equal(bits(5), bits(5));
  assert.notEqual(bits(5), bits(6));
});

test('a setting that an image does not have cannot be changed', () => {
  assert.throws(() => configure(new Uint8Array(0x1000), 'i2c_address', 0x42), ImageError);
});

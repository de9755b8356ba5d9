// Small programs for the tests, from assembly: a second stage that jumps to them, and the program with
// its vectors at 0x10000100. They leave their findings in RAM from 0x20000000 on.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Image, parseImage } from '../src/chip/image.js';
import { Machine, type MachineOptions } from '../src/machine.js';

const stage2 = `
  .section .stage2, "ax"
  ldr r0, =0x10000100
  ldr r1, =0xe000ed08
  str r0, [r1]
  ldm r0!, {r1, r2}
  msr msp, r1
  bx r2
  .ltorg
`;
const head = `
  .syntax unified
  .cpu cortex-m0plus
  .thumb
  ${stage2}
  .section .text
  .word 0x20040000, start + 1
`;
const tail = `
  .thumb_func
unexpected:
  b unexpected
`;

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x80000000) !== 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}

/** An image from C or assembly source; its functions are named in `symbols`. */
function build(source: string, suffix: string): Image {
  const folder = mkdtempSync(join(tmpdir(), 'picoctl-program-'));
  try {
    const [file, elf, script] = [`program${suffix}`, 'program.elf', 'program.ld'].map((name) => join(folder, name));
    writeFileSync(file, source);
    writeFileSync(script, `SECTIONS { .stage2 0x10000000 : { *(.stage2) . = 0xfc; LONG(0) } .text 0x10000100 : { *(.text*) *(.rodata*) } }`);
    execFileSync('arm-none-eabi-gcc', ['-mcpu=cortex-m0plus', '-mthumb', '-nostdlib', '-Wl,--build-id=none', `-Wl,-T,${script}`, file, '-o', elf]);
    const image = parseImage(readFileSync(elf), elf);
    const first = image.pieces.find(({ offset }) => offset === 0);
    if (first === undefined) throw new Error('no second stage');
    first.bytes = Uint8Array.from(first.bytes);
    new DataView(first.bytes.buffer).setUint32(0xfc, crc32(first.bytes.subarray(0, 0xfc)), true);
    return image;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `code` begins at the label `start`; `vectors` names handlers by their number from 2 to 47. */
export function assemble(code: string, vectors: Record<number, string> = {}): Image {
  let table = '';
  for (let number = 2; number < 48; ++number) table += `  .word ${vectors[number] ?? 'unexpected'} + 1\n`;
  const source = `${head}${table}\n${code}\n${tail}`;
  return build(source, '.S');
}

export class Run {
  readonly machine: Machine;
  constructor(image: Image, options: MachineOptions = {}) {
    this.machine = new Machine(image, options);
    this.machine.start();
  }
  /** A word of what the program found. */
  word(index: number): number {
    return new DataView(this.machine.chip.ram.buffer).getUint32(4 * index, true);
  }
  for(milliseconds: number): this {
    this.machine.runFor(milliseconds * 1e6);
    return this;
  }
}

/** Runs `code` for a while. */
export function run(code: string, milliseconds = 1, vectors: Record<number, string> = {}): Run {
  return new Run(assemble(code, vectors)).for(milliseconds);
}

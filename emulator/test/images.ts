// Writes images that do not do what they should, for the tests of the command line:
//   node images.js FOLDER
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Image } from '../src/chip/image.js';
import { assemble } from './programs.js';

const asTarget = `
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]            // all out of reset
    ldr r4, =0x40044000
    movs r1, #0x24          // fast mode; a target
    str r1, [r4]
    movs r1, #0x41
    str r1, [r4, #8]
    movs r1, #1
    str r1, [r4, #0x6c]     // on
`;
const onPins = `
    ldr r0, =0x40014004     // GPIO0_CTRL and GPIO1_CTRL: I2C
    movs r1, #3
    str r1, [r0]
    str r1, [r0, #8]
`;

const asController = `
    ldr r0, =0x4000c000
    movs r1, #0
    str r1, [r0]            // all out of reset
    ldr r4, =0x40044000
    movs r1, #0x65          // fast mode; a controller, which restarts
    str r1, [r4]
    movs r1, #0x55
    str r1, [r4, #4]        // of the target at 0x55
    movs r1, #112
    str r1, [r4, #0x1c]     // at 400 kHz
    movs r1, #187
    str r1, [r4, #0x20]
    movs r1, #1
    str r1, [r4, #0x6c]     // on
`;

export const programs: Record<string, string> = {
  spins: 'start: b .',
  sleeps: 'start: wfi\n b start',
  faults: 'start:\n ldr r0, =0x20000001\n ldr r0, [r0]\n b .',
  pinless: `start:\n ${asTarget}\n b .`,
  handlerspins: 'start:\n ldr r0, =0x20000001\n ldr r0, [r0]\n b .\n .thumb_func\nfault: b .',
  controller: `start:\n ${asController} ${onPins}\n b .`, // that begins nothing
  holds: `start:\n ${asController} ${onPins}\n movs r1, #0x12\n str r1, [r4, #0x10]\n b .`, // and sends no STOP
  tenbits: `start:\n ${asTarget.replace('#0x24', '#0x2c')} ${onPins}\n b .`,
  core1: 'start:\n ldr r0, =0xd0000054\n str r0, [r0]\n b .',
  restarts: 'start:\n ldr r0, =0x40058000\n ldr r1, =1 << 31\n str r1, [r0]\n b .',
  silent: `start:\n ${asTarget} ${onPins}\n b .`, // a target that never answers a request
  laterfault: `start:\n ${asTarget} ${onPins}\n ldr r2, =40000000\n1: subs r2, #1\n bne 1b\n udf #1`,
};

// As the SDK's own: a debugger would stop here.
const crash = '\n .ltorg\n .thumb_func\ncrash: bkpt #0\n';

function flat(image: Image): Buffer {
  const size = Math.max(...image.pieces.map(({ offset, bytes }) => offset + bytes.length));
  const flash = Buffer.alloc(size, 0xff);
  for (const { offset, bytes } of image.pieces) flash.set(bytes, offset);
  return flash;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, code] of Object.entries(programs)) {
    writeFileSync(join(process.argv[2], `${name}.bin`), flat(assemble(code + crash, { 3: code.includes('fault:') ? 'fault' : 'crash' })));
  }
}

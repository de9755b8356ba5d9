// Files that are programs for a Pico, and all those that are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageError, nameOf, parseImage } from '../src/chip/image.js';
import { parseTable } from '../src/errors.js';
import { journalLine } from '../src/journal.js';

const family = { rp2040: 0xe48bff56, rp2350: 0xe48bff59, other: 0x12345678 };

function uf2(blocks: number, options: { family?: number; address?: number; total?: number } = {}): Buffer {
  const file = Buffer.alloc(512 * blocks);
  for (let i = 0; i < blocks; ++i) {
    const words = [0x0a324655, 0x9e5d5157, 0x2000, (options.address ?? 0x10000000) + 256 * i, 256, i, options.total ?? blocks, options.family ?? family.rp2040];
    words.forEach((word, w) => file.writeUInt32LE(word, 512 * i + 4 * w));
    file.fill(i, 512 * i + 32, 512 * i + 288);
    file.writeUInt32LE(0x0ab16f30, 512 * i + 508);
  }
  return file;
}
const refuses = (bytes: Uint8Array, name: string, why: RegExp): void => {
  assert.throws(() => parseImage(bytes, name), (problem) => problem instanceof ImageError && why.test(problem.message));
};

test('a UF2 is taken apart by its blocks', () => {
  const image = parseImage(uf2(3), 'a.uf2');
  assert.deepEqual(image.pieces.map(({ offset, bytes }) => [offset, bytes.length, bytes[0]]), [[0, 256, 0], [256, 256, 1], [512, 256, 2]]);
});

test('a bare image begins where the flash begins', () => {
  assert.deepEqual(parseImage(Uint8Array.of(1, 2, 3), 'a.bin').pieces, [{ offset: 0, bytes: Uint8Array.of(1, 2, 3) }]);
});

test('other chips are named', () => {
  refuses(uf2(1, { family: family.rp2350 }), 'a.uf2', /is for an RP2350/);
  refuses(uf2(1, { family: family.other }), 'a.uf2', /another chip \(family 0x12345678\)/);
  const pico2 = Buffer.alloc(0x200);
  pico2.writeUInt32LE(0xffffded3, 0x100);
  pico2.writeUInt32LE(0x10210142, 0x104);
  refuses(pico2, 'a.bin', /is for an RP2350/);
});

test('what is cut short or damaged is refused', () => {
  refuses(new Uint8Array(0), 'a.uf2', /is empty/);
  refuses(uf2(3).subarray(0, 1000), 'a.uf2', /cut short.*no multiple of 512/);
  refuses(uf2(3).subarray(0, 1024), 'a.uf2', /2 of its 3 blocks/);
  const damaged = uf2(2);
  damaged[512] = 0;
  refuses(damaged, 'a.uf2', /block 1 has not the marks/);
  refuses(uf2(1, { address: 0x20000000 }), 'a.uf2', /beyond a Pico's 2 MB of flash/);
});

test('other kinds of files are refused', () => {
  refuses(Buffer.from('#!/bin/sh\n'), 'a.sh', /neither a UF2 nor an ELF/);
  const elf = Buffer.alloc(64);
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
  refuses(elf, 'a.elf', /not for a 32-bit ARM/);
  refuses(elf.subarray(0, 20), 'a.elf', /cut short/);
});

test('no bytes whatever make the parser do anything but refuse', () => {
  let state = 12345;
  const next = (): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) >> 8;
  const good = uf2(2);
  for (let i = 0; i < 3000; ++i) {
    const bytes = Buffer.from(i % 2 === 0 ? good : Buffer.concat([Buffer.from('7f454c4601010100', 'hex'), Buffer.alloc(120)]));
    for (let n = 0; n < 4; ++n) bytes[next() % bytes.length] = next() & 0xff;
    try {
      parseImage(bytes.subarray(0, next() % (bytes.length + 1)), 'a.uf2');
    } catch (problem) {
      assert.ok(problem instanceof ImageError, String(problem));
    }
  }
});

test('an address is named by the function around it', () => {
  const symbols = [{ name: 'main', address: 0x10000100, size: 16 }];
  assert.equal(nameOf(symbols, 0x10000100), '0x10000100 in main');
  assert.equal(nameOf(symbols, 0x10000104), '0x10000104 in main+0x4');
  assert.equal(nameOf(symbols, 0x10000110), '0x10000110');
});

test('a journal line says a command with its arguments', () => {
  assert.equal(journalLine('gpio.mode pin:u8 mode:u8{input=0,output=1} # Help', null, Uint8Array.of(15, 1)), 'gpio.mode pin=15 mode=1');
  assert.equal(journalLine('light n on token # Help', ['u8', 'bool', 'u32'], Uint8Array.of(1, 1, 7, 0, 0, 0)), 'light n=1 on=1 token=7');
  assert.equal(journalLine('echo data:bytes<8> -> data:bytes<8>', null, Uint8Array.of(2, 0xa5, 0x5a)), 'echo data=a55a');
  assert.equal(journalLine('nested b:(x:i16,y:u8{off=0,on=1})*2', null, Uint8Array.of(0xfb, 0xff, 1, 2, 0, 0)),
    'nested b=( x=-5 y=1),( x=2 y=0)');
  assert.equal(journalLine('move to:(x:i16,y:i16) v:u16*2', null, Uint8Array.of(0xff, 0xff, 1, 0, 2, 0, 3, 0)), 'move to=( x=-1 y=1) v=2,3');
});

test("picoctl's table of errors is understood", () => {
  const table = parseTable('PICOCTL_ERROR(0xD0, image_unusable, local, "what, (really)",\n  "cause "\n  "goes on",\n  "cure \\"x\\"")');
  assert.deepEqual(table.image_unusable, { exit: 6, text: 'what, (really)', cause: 'cause goes on', cure: 'cure \\"x\\"' });
});

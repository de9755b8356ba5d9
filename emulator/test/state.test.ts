// The state of a machine: who goes on from it does so as who never stopped, to the last byte and cycle.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { Machine } from '../src/machine.js';
import { Places, StateError } from '../src/state.js';
import { WarmStart } from '../src/warm.js';

const built = (path: string): string => fileURLToPath(new URL(`../../../build/${path}`, import.meta.url));
const firmware = built('firmware/picoctl-pico.elf');
const micropython = built('micropython-rp2/firmware.elf');
const identity = { address: 0x41, write: [0x80] };

class Bench {
  readonly machine: Machine;
  readonly pi: Pi;
  readonly places: Places;
  printed = '';
  constructor(image: string, seed = 1) {
    this.machine = new Machine(readImage(image), { seed });
    this.pi = new Pi(this.machine.clock, this.machine.wires, 100_000);
    this.machine.onBoot = (chip) => {
      chip.uart[0].onByte = (byte) => (this.printed += String.fromCharCode(byte));
    };
    this.machine.start();
    this.places = new Places(this.machine);
  }
  for(milliseconds: number): this {
    this.machine.runFor(milliseconds * 1e6);
    return this;
  }
  from(state: Buffer): this {
    this.places.restore(state);
    return this;
  }
  begin(): this {
    this.pi.begin(this.pi.transfer([identity, { address: 0x41, read: 32 }], emptyResult()));
    return this;
  }
  read(): number[] {
    const result = emptyResult();
    this.pi.begin(this.pi.transfer([identity, { address: 0x41, read: 32 }], result));
    assert.ok(this.machine.runWhile(() => this.pi.busy, 50e6));
    return result.read;
  }
}

function same(a: Bench, b: Bench): void {
  assert.equal(a.machine.clock.nanos, b.machine.clock.nanos);
  assert.equal(a.machine.chip.cpu.cycles(), b.machine.chip.cpu.cycles());
  assert.ok(a.places.save().equals(b.places.save()));
}

test('a program in C++ goes on from its state', () => {
  const one = new Bench(firmware).for(5);
  const state = one.places.save();
  const other = new Bench(firmware).from(state);
  same(one, other);
  for (let i = 0; i < 3; ++i) {
    assert.deepEqual(one.read(), other.read());
    same(one.for(7), other.for(7));
  }
});

test('so does MicroPython, with its UART, timers and USB', { skip: existsSync(micropython) ? false : 'emulator/micropython/build.sh builds it' }, () => {
  const one = new Bench(micropython).for(400);
  const other = new Bench(micropython).from(one.places.save());
  const before = one.printed.length;
  assert.match(one.printed, />>> $/);
  for (const { machine } of [one, other]) {
    for (const byte of Buffer.from('for i in range(3): print(i * 7)\r\r')) {
      machine.chip.uart[0].feed(byte);
      machine.runFor(1e6);
    }
  }
  same(one.for(100), other.for(100));
  assert.match(other.printed, /\n0\r\n7\r\n14\r\n>>> $/);
  assert.equal(other.printed, one.printed.slice(before));
});

test('another seed from there on gives other random bits, and nothing else', () => {
  const state = new Bench(firmware).for(5).places.save();
  const [one, other] = [new Bench(firmware).from(state), new Bench(firmware).from(state)];
  other.machine.reseed(77);
  const bits = ({ machine }: Bench): number[] => Array.from({ length: 64 }, () => machine.chip.rosc.read(0x1c));
  assert.notDeepEqual(bits(one), bits(other));
  one.machine.reseed(77);
  other.machine.reseed(77);
  same(one.for(5), other.for(5));
});

test('what is under way cannot be saved, and can when it is over', () => {
  const bench = new Bench(firmware).for(5).begin();
  bench.machine.runFor(100e3);
  assert.throws(() => bench.places.save(), StateError);
  bench.for(5).places.save();
});

test('a chip that came of a reset cannot be saved', () => {
  const bench = new Bench(firmware).for(5);
  bench.machine.runPin();
  assert.throws(() => bench.for(5).places.save(), /a Chip that was made meanwhile/);
});

test('a damaged state, or that of another machine, is refused and changes nothing', () => {
  const state = new Bench(firmware).for(5).places.save();
  const damaged = Buffer.from(state);
  damaged[damaged.length - 100] ^= 1;
  const wired = new Bench(firmware);
  wired.machine.wires.driver('of somebody else');
  const other = { places: new Places(wired.machine) };
  for (const [where, what] of [[new Bench(firmware), damaged], [new Bench(firmware), state.subarray(0, 1000)],
    [new Bench(firmware), Buffer.alloc(0)], [other, state]] as const) {
    const before = where.places.save();
    assert.throws(() => where.places.restore(what), StateError);
    assert.ok(where.places.save().equals(before));
  }
});

test('a warm start begins where the first one first answered, and says what that one said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picoctl-warm-'));
  try {
    const start = (what: string, image = firmware): { bench: Bench; warm: WarmStart; said: Uint8Array | null } => {
      const bench = new Bench(image);
      const warm = new WarmStart(folder, bench.machine, what);
      return { bench, warm, said: warm.begin() };
    };
    const first = start('a');
    assert.equal(first.said, null);
    for (const byte of Buffer.from('ready')) first.warm.hears(byte);
    first.bench.for(3);
    first.warm.keep();
    const second = start('a');
    assert.equal(Buffer.from(second.said ?? []).toString(), 'ready');
    same(first.bench, second.bench);
    second.bench.for(3);
    second.warm.keep();
    assert.equal(start('a').bench.machine.clock.nanos, first.bench.machine.clock.nanos, 'what is there stays');

    // Another program, or the same one with other options, begins cold.
    assert.equal(start('b').said, null);
    assert.equal(start('a', built('firmware/system-test-pico.elf')).said, null);

    // So does one whose state is damaged; then it is kept anew.
    const [name] = readdirSync(folder);
    writeFileSync(join(folder, name), readFileSync(join(folder, name)).subarray(1));
    const third = start('a');
    assert.equal(third.said, null);
    third.bench.for(4);
    third.warm.keep();
    assert.equal(start('a').bench.machine.clock.nanos, third.bench.machine.clock.nanos);
    assert.equal(readdirSync(folder).length, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

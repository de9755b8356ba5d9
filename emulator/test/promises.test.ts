// What picoctl promises of a chip whose power fails, whose program crashes, or whose controller is gone:
// the images of ./firmware --tests --examples, as they are flashed, and an ideal Pi.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Message, Pi, type Result, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import type { Steps } from '../src/i2c/process.js';
import { Machine } from '../src/machine.js';
import { Link } from '../src/measure/link.js';

const firmware = (name: string): string => fileURLToPath(new URL(`../../../build/firmware/${name}`, import.meta.url));
const deep = process.env.PICOCTL_DEEP !== undefined;
const hertz = 400_000;
const address = 0x41;
const safeMode = 4; // a flag of IDENTITY
const watchdog = 3; // a cause of system.identify
const restarted = 4;

class Bench {
  readonly machine: Machine;
  private readonly pi: Pi;
  private sessions = 0;

  constructor(image: string) {
    this.machine = new Machine(readImage(firmware(image)), { seed: 1 });
    this.pi = new Pi(this.machine.clock, this.machine.wires, hertz);
  }
  /** Runs until the program is a target. */
  boot(): this {
    assert.ok(this.machine.runWhile(() => !this.isTarget, 1e9, 50_000), 'it becomes no target');
    return this;
  }
  get isTarget(): boolean {
    return this.machine.chip.i2c.some((block, n) => block.on && this.machine.chip.pins.ofI2c(n) !== null);
  }
  /** The value of some steps on the bus; null if the chip was reset meanwhile. */
  steps<T>(steps: Steps<T>): T | null {
    let value: T | null = null;
    const { chip } = this.machine;
    this.pi.begin(
      (function* () {
        value = yield* steps;
      })(),
    );
    this.machine.runWhile(() => this.pi.busy && this.machine.chip === chip, 12e9, 2000);
    if (this.machine.chip === chip) return value;
    this.pi.giveUp();
    return null;
  }
  session(known: string[] = []): Session {
    const link = new Link(this.pi, address, () => this.machine.clock.nanos, [++this.sessions, 0, 0, 7]);
    this.steps(link.open(hertz, known));
    return new Session(this, link);
  }
  identity(): number[] | null {
    return this.steps(new Link(this.pi, address, () => this.machine.clock.nanos).identify());
  }
  transfer(messages: Message[]): Result {
    const result = emptyResult();
    this.steps(this.pi.transfer(messages, result));
    return result;
  }
}

class Session {
  constructor(
    private readonly bench: Bench,
    private readonly link: Link,
  ) {}
  get commands(): string[] {
    return this.link.commands;
  }
  has(name: string): boolean {
    return this.link.has(name);
  }
  /** The reply's bytes; null if the chip was reset meanwhile. */
  call(name: string, args: number[] = [], replySize = 0): number[] | null {
    const request = this.link.request(this.link.number(name), args);
    return this.bench.steps(this.link.run(request, replySize))?.payload ?? null;
  }
  /** Its name and why it started last. */
  identify(): { name: string; reset: number } {
    const reply = this.call('system.identify', [], 35) as number[];
    const size = reply[0];
    return { name: Buffer.from(reply.slice(1, 1 + size)).toString('latin1'), reset: reply[reply.length - 1] };
  }
}

const text = (word: string): number[] => [word.length, ...Buffer.from(word, 'latin1')];

test('no output is driven from the first instruction until a command asks for it', () => {
  for (const image of ['picoctl-pico.elf', 'system-test-pico.elf']) {
    const bench = new Bench(image);
    const isI2c = (pin: number): boolean => pin === 0 || pin === 1;
    const driven = new Set<number>();
    const look = (): boolean => {
      for (let pin = 0; pin < 30; ++pin) if (!isI2c(pin) && bench.machine.chip.pins.isOutput(pin)) driven.add(pin);
      return true;
    };
    bench.machine.onBoot = (chip) => {
      chip.pins.onOutput = (pin) => driven.add(pin);
    };
    bench.machine.start();
    bench.machine.runWhile(() => look() && !bench.isTarget, 1e9, 1000);
    assert.ok(bench.isTarget);
    const session = bench.session();
    look();
    assert.deepEqual([...driven], [], image);
    session.call('gpio.write', [15, 1]);
    look();
    assert.deepEqual([...driven], [15], `${image}: else this test sees nothing`);
  }
});

test('power lost at any step of saving leaves the old settings or the new ones', (t) => {
  const bench = new Bench('picoctl-pico.elf').boot();
  let now = 'first';
  const { commands } = bench.session();
  const session = (): Session => bench.session(commands);
  session().call('system.name', text(now));
  assert.equal(session().identify().name, now);
  // Of the record, which is 32 bytes at a page's start, and beyond.
  const few = [0, 4, 13, 28, 31, 32];
  const bytes = [...(deep ? Array.from({ length: 34 }, (_, n) => n) : few), 255, 2048, 4095];
  const seen = { old: 0, new: 0 };
  let round = 0;
  for (const operation of [0, 1]) { // the erase, the write
    for (const done of operation === 0 ? bytes : bytes.filter((n) => n <= 256)) {
      for (let sector = 0; sector < 2; ++sector) { // which of the two is written takes turns
        const next = `name ${++round}`;
        bench.machine.chip.flashChip.losePower(operation, done);
        const { chip } = bench.machine;
        const answered = session().call('system.name', text(next));
        assert.notEqual(bench.machine.chip, chip, 'the power did not fail');
        assert.equal(answered, null);
        bench.boot();
        const found = session().identify().name;
        assert.ok(found === now || found === next, `${found} after ${now}, with ${done} bytes of operation ${operation}`);
        ++seen[found === now ? 'old' : 'new'];
        // It can be saved again, and so the other sector has its turn.
        now = sector === 0 ? `again ${round}` : found;
        if (sector === 0) session().call('system.name', text(now));
        assert.equal(session().identify().name, now);
      }
    }
  }
  assert.ok(seen.old > 0 && seen.new > 0, 'both happen');
  t.diagnostic(`${round} power cuts: ${seen.old} times the old settings, ${seen.new} times the new`);
});

test('three crashes in a row end in safe mode; a restart that is asked for leaves it', () => {
  const bench = new Bench('system-test-pico.elf').boot();
  for (let crash = 0; crash < 3; ++crash) {
    assert.equal((bench.identity() as number[])[4] & safeMode, 0, `${crash} crashes`);
    const session = bench.session();
    session.call('gpio.write', [15, 1]);
    assert.equal(session.call('hang', [0x60, 0xea, 0, 0]), null, 'the watchdog bites');
    assert.equal(bench.machine.chip.pins.isOutput(15), false);
    bench.boot();
  }
  assert.equal((bench.identity() as number[])[4] & safeMode, safeMode);
  const safe = bench.session();
  assert.equal(safe.identify().reset, watchdog);
  assert.equal(safe.has('hang') || safe.has('gpio.write'), false);
  safe.call('system.restart');
  bench.machine.runFor(100e6);
  bench.boot();
  assert.equal((bench.identity() as number[])[4] & safeMode, 0);
  const session = bench.session();
  assert.equal(session.identify().reset, restarted);
  assert.ok(session.has('hang'));
});

test('crashes that are 10 s apart are none in a row', () => {
  const bench = new Bench('system-test-pico.elf').boot();
  for (let crash = 0; crash < 3; ++crash) {
    if (crash === 2) bench.machine.runFor(10.1e9);
    assert.equal(bench.session().call('hang', [0x60, 0xea, 0, 0]), null);
    bench.boot();
  }
  assert.equal((bench.identity() as number[])[4] & safeMode, 0);
});

const withFailsafe = ['system-test-pico.elf', 'pico-failsafe-pico.elf'];
for (const image of withFailsafe) test(`an output whose session is silent is safe within its time and 10 ms, whatever others do (${image})`, () => {
  const bench = new Bench(image).boot();
  const { machine } = bench;
  const first = bench.session();
  const other = bench.session();
  first.call('gpio.write', [15, 1]);
  first.call('failsafe.arm', [15, 0, 100, 0]);
  const armed = machine.clock.nanos;
  let safeAfter = 0;
  machine.chip.pins.onOutput = (pin, high) => {
    if (pin === 15 && !high) safeAfter = (machine.clock.nanos - armed) / 1e6;
  };
  while (machine.clock.nanos - armed < 80e6) other.call('system.ping', [], 8);
  // In the handler of another session; the alarm's interrupt goes on.
  if (other.has('wait')) other.call('wait', [60, 0, 0, 0]);
  else other.call('pulse', [14, 60, 0]);
  assert.ok(safeAfter > 98 && safeAfter < 110, `${safeAfter} ms`);
  first.call('gpio.write', [15, 1]);
  first.call('failsafe.arm', [15, 0, 100, 0]);
  for (let i = 0; i < 5; ++i) {
    machine.runFor(80e6);
    first.call('system.ping', [], 8);
  }
  assert.ok(machine.chip.pins.level(15), 'as long as its session speaks it stays');
});

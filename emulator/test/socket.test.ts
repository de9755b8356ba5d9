// The virtual bus's messages against the golden ones that all languages share, and a Pico behind them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Joiner } from '../src/bus/joiner.js';
import { type ServerMessage, answer, attach, eventKind, note, parse, step, stepKind } from '../src/bus/socket.js';
import { Machine } from '../src/machine.js';
import { assemble } from './programs.js';
import { programs } from './images.js';

interface Vector {
  name: string;
  hex: string;
}
const vectors = JSON.parse(readFileSync(fileURLToPath(new URL('../../../socket/vectors.json', import.meta.url)), 'utf8')) as {
  valid: Vector[];
  malformed: Vector[];
};
const golden = (name: string): string => {
  const vector = vectors.valid.find((one) => one.name === name);
  assert.ok(vector, name);
  return vector.hex;
};
const read = (name: string): ServerMessage => {
  const found = parse(Buffer.from(golden(name), 'hex'));
  assert.ok(found);
  return found.message;
};

test('what a Pico says is golden', () => {
  assert.equal(attach(3, [0x41, 0x42]).toString('hex'), golden('attach'));
  assert.equal(answer(9, 1, 7500).toString('hex'), golden('answer'));
  assert.equal(note(0x41, 'pin 15 high').toString('hex'), golden('note'));
  assert.equal(step(9, stepKind.start, 0x82, 1, 7500).toString('hex'), golden('step'));
  assert.equal(step(10, stepKind.readAck, 0, 0xa0, 0).toString('hex'), golden('step_read_ack'));
});

test('what the server says is understood', () => {
  assert.deepEqual(read('welcome'), { type: 'welcome', version: 1, hertz: 100000, name: 'bus' });
  assert.deepEqual(read('refused'), { type: 'refused', errno: 93, reason: 'other version' });
  assert.deepEqual(read('done'), { type: 'done', tag: 4, errno: 22, text: 'no such device' });
  assert.deepEqual(read('stepped'), { type: 'stepped', tag: 9, errno: 0, value: 1, stretch: 7500, nanos: 190000 });
  assert.deepEqual(read('stepped_lost'), { type: 'stepped', tag: 10, errno: 110, value: 0, stretch: 0, nanos: 190000 });
  assert.deepEqual(read('event'), { type: 'event', sequence: 9, kind: eventKind.write, value: 0xa0, nanos: 190000 });
  assert.deepEqual(read('event_abandoned'), { type: 'event', sequence: 10, kind: eventKind.abandoned, value: 3, nanos: 224816 });
});

test('half a message waits, a length beyond all is refused', () => {
  const whole = Buffer.from(golden('event'), 'hex');
  for (let size = 0; size < whole.length; ++size) assert.equal(parse(whole.subarray(0, size)), null);
  for (const name of ['length_zero', 'length_beyond_all']) {
    const hex = vectors.malformed.find((one) => one.name === name)?.hex ?? '';
    assert.throws(() => parse(Buffer.from(hex, 'hex')));
  }
});

/** A machine behind a joiner, and the bus played by the test. */
class Bus {
  readonly machine: Machine;
  readonly joiner: Joiner;
  private readonly sent: Buffer[] = [];
  private sequence = 0;
  private nanos = 0;
  constructor(code: string) {
    this.machine = new Machine(assemble(code), { seed: 1 });
    this.joiner = new Joiner(this.machine, { send: (bytes) => this.sent.push(bytes) }, 400_000, () => undefined);
    this.machine.start();
    this.machine.runFor(5e6);
    this.joiner.attachAll();
  }
  /** Time in which this program is not run. */
  pass(nanos: number): void {
    this.nanos += nanos;
  }
  event(kind: number, value = 0): { value: number; stretch: number } | null {
    this.sent.length = 0;
    this.nanos += 25_000;
    this.joiner.event({ sequence: ++this.sequence, kind, value, nanos: this.nanos });
    const reply = this.sent.find((bytes) => bytes[4] === 0x04);
    if (reply === undefined) return null;
    assert.equal(reply.readUInt32LE(5), this.sequence);
    return { value: reply[9], stretch: reply.readUInt32LE(10) };
  }
  get messages(): string[] {
    return this.sent.map((bytes) => bytes.toString('hex'));
  }
}

// A bus that waits for its answer while the machine makes up for a whole stall thinks that the Pico is dead.
test('who was not run for long answers soon, in the time that it takes to let go of the wires', () => {
  for (const kind of [eventKind.look, eventKind.start]) {
    const bus = new Bus(programs.silent);
    const before = bus.machine.clock.nanos;
    bus.pass(60e9);
    assert.notEqual(bus.event(kind, 0x82), null);
    const passed = bus.machine.clock.nanos - before;
    assert.ok(passed < 50e6, `${passed / 1e6} ms`);
    assert.ok(kind !== eventKind.look || passed >= 27e6, `${passed / 1e6} ms`);
  }
});

test('a program that never answers a read holds the clock, and the bus is told at once', () => {
  const bus = new Bus(programs.silent);
  assert.ok(bus.joiner.isTarget);
  assert.deepEqual(bus.event(eventKind.start, 0x83), { value: 1, stretch: 0xffffffff });
  assert.ok(bus.machine.clock.nanos < 100e6);
});

test('a light that changes is told once, at the address of the Pico, though it hears general calls too', () => {
  const bus = new Bus(programs.silent);
  const { chip } = bus.machine;
  const told: string[] = [];
  bus.event(eventKind.start, 0x82);
  chip.pins.onOutput(25, true);
  told.push(...bus.messages.filter((hex) => hex.slice(8, 10) === '07'));
  assert.deepEqual(told, [note(0x41, 'LED=1').toString('hex')]);
});

test('bytes go in, the address of another is refused, and a repeated START may lead elsewhere', () => {
  const bus = new Bus(programs.silent);
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 1, stretch: 0 });
  assert.deepEqual(bus.event(eventKind.write, 0x55), { value: 1, stretch: 0 });
  assert.equal(bus.event(eventKind.restart), null);
  assert.equal(bus.event(eventKind.stop), null);
  const { wires } = bus.machine;
  assert.ok(wires.scl && wires.sda, 'the wires are at rest after STOP');
  assert.deepEqual(bus.event(eventKind.start, 0x84), { value: 0, stretch: 0 }, 'not our address any more');
  assert.equal(bus.event(eventKind.stop), null);
  const block = bus.machine.chip.i2c[0];
  assert.equal(block.readUint32(0x78), 1, 'one byte lies in RX');
  assert.equal(block.readUint32(0x10), 0x855);
});

test('a controller that goes away within an acknowledge leaves SDA low until it is clocked', () => {
  const bus = new Bus(programs.silent);
  assert.equal(bus.event(eventKind.partial, 0x82), null);
  assert.deepEqual(bus.event(eventKind.abandoned, 8), { value: 1, stretch: 0 });
  assert.deepEqual(bus.event(eventKind.look), { value: 1, stretch: 0 }, 'this program does not let go');
  assert.deepEqual(bus.event(eventKind.clock), { value: 0, stretch: 0 });
  assert.equal(bus.event(eventKind.stop), null);
  assert.equal(bus.machine.chip.i2c[0].readUint32(0x78), 0, 'no byte was written');
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 1, stretch: 0 });
});

test('a written byte that is cut off at its acknowledge is one byte, and recovery makes no second one', () => {
  const bus = new Bus(programs.silent);
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 1, stretch: 0 });
  assert.equal(bus.event(eventKind.partial, 0x55), null);
  assert.deepEqual(bus.event(eventKind.abandoned, 8), { value: 1, stretch: 0 });
  assert.deepEqual(bus.event(eventKind.clock), { value: 0, stretch: 0 });
  assert.equal(bus.event(eventKind.stop), null);
  assert.equal(bus.machine.chip.i2c[0].readUint32(0x78), 1);
});

test('a reset amid a transfer lets go of the wires, and the program boots again', () => {
  const bus = new Bus(programs.silent);
  assert.deepEqual(bus.event(eventKind.start, 0x83), { value: 1, stretch: 0xffffffff });
  assert.equal(bus.event(eventKind.reset, 1), null);
  const { wires } = bus.machine;
  assert.ok(wires.scl && wires.sda);
  bus.machine.runFor(5e6);
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 1, stretch: 0 });
});

test('a Pico that holds SDA against the controller is no end of the emulator', () => {
  const bus = new Bus(programs.silent);
  const short = bus.machine.wires.driver('a short');
  short.set('sda', false);
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 0, stretch: 0 }, 'not acknowledged');
  assert.equal(bus.event(eventKind.stop), null);
  short.release();
  assert.deepEqual(bus.event(eventKind.start, 0x82), { value: 1, stretch: 0 });
});

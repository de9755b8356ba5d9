// A machine as a controller on the virtual bus: its blocks, whose program the tests play, its wires, and a
// bus that the tests play as well.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Joiner } from '../src/bus/joiner.js';
import { eventKind, stepKind } from '../src/bus/socket.js';
import { BusSilent } from '../src/bus/uplink.js';
import type { I2cBlock } from '../src/i2c/block.js';
import { abrt, con, dataCmd, intr, reg } from '../src/i2c/registers.js';
import { Machine } from '../src/machine.js';
import { targetCon } from './bench.js';
import { assemble } from './programs.js';
import { programs } from './images.js';

const { read, restart, stop } = dataCmd;
const far = 0x50; // a target on the virtual bus, if it is there
const near = 0x17; // and one on the machine's own wires
const arbitrationLost = 11;
const image = assemble(programs.spins);

interface Asked {
  tag: number;
  kind: number;
  value: number;
  wires: number;
  pause: number;
}

/** Answers as a bus with one target would; a test may answer otherwise. */
class Rig {
  readonly machine = new Machine(image, { seed: 1 });
  readonly asked: Asked[] = [];
  readonly events: number[][] = [];
  private readonly waiting: Asked[] = [];
  private readonly joiner: Joiner;
  private sequence = 0;
  private nanos = 0;
  addresses = [far];
  toRead: number[] = [];
  stretch = 0;
  /** Errno of the answer to a step; null: it is not answered. */
  fate: (step: Asked) => number | null = () => 0;

  constructor() {
    this.joiner = new Joiner(this.machine, { send: (bytes) => this.heard(bytes) }, 400_000, () => undefined);
    this.machine.start();
    this.machine.runFor(1e6);
    for (const block of this.machine.chip.i2c) block.connected = () => true;
    this.controller(0);
  }

  block(n: number): I2cBlock {
    return this.machine.chip.i2c[n];
  }
  set(n: number, registers: [number, number][]): void {
    for (const [offset, value] of registers) this.block(n).writeUint32(offset, value);
  }
  controller(n: number): void {
    this.set(n, [
      [reg.enable, 0], [reg.con, con.controllerMode | (2 << 1) | con.restartEnabled | con.targetDisabled], [reg.tar, far],
      [reg.fsHcnt, 112], [reg.fsLcnt, 187], [reg.fsSpklen, 6], [reg.sdaHold, 38], [reg.enable, 1],
    ]);
  }
  target(n: number): void {
    this.set(n, [[reg.enable, 0], [reg.con, targetCon], [reg.sar, near], [reg.ackGeneralCall, 0], [reg.fsSpklen, 6], [reg.enable, 1]]);
  }
  address(n: number, tar: number): void {
    this.set(n, [[reg.enable, 0], [reg.tar, tar], [reg.enable, 1]]);
  }
  command(n: number, ...entries: number[]): this {
    for (const entry of entries) this.block(n).writeUint32(reg.dataCmd, entry);
    return this;
  }
  received(n: number): number[] {
    const bytes = [];
    while (this.block(n).readUint32(reg.rxflr) > 0) bytes.push(this.block(n).readUint32(reg.dataCmd) & 0xff);
    return bytes;
  }
  aborts(n: number): number {
    return this.block(n).readUint32(reg.txAbrtSource) & 0x1ffff;
  }
  get kinds(): number[] {
    return this.asked.map(({ kind }) => kind);
  }
  get atRest(): boolean {
    return this.machine.wires.scl && this.machine.wires.sda;
  }

  private heard(bytes: Buffer): void {
    if (bytes[4] === 0x04) this.events.push([bytes[9], bytes.readUInt32LE(10)]);
    if (bytes[4] !== 0x09) return;
    const step = { tag: bytes.readUInt32LE(5), kind: bytes[9], value: bytes[10], wires: bytes[11], pause: bytes.readUInt32LE(12) };
    this.asked.push(step);
    this.waiting.push(step);
  }
  private valueFor(step: Asked): number {
    if (step.kind === stepKind.read) return this.toRead.shift() ?? 0xff;
    return this.addresses.includes(step.value >> 1) || step.kind === stepKind.write ? 1 : 0;
  }
  /** What others do on the bus, to targets of ours. */
  event(kind: number, value = 0): number[] | undefined {
    this.joiner.event({ sequence: ++this.sequence, kind, value, nanos: (this.nanos += 25_000) });
    return this.events.at(-1);
  }
  turn(): boolean {
    return this.joiner.follow(1000);
  }

  /** Runs for so long, and answers what is asked. */
  run(micros: number): this {
    const end = this.machine.clock.nanos + micros * 1e3;
    for (let turns = 0; this.machine.clock.nanos < end && turns < 20_000; ++turns) {
      for (let step = this.waiting.shift(); step !== undefined; step = this.waiting.shift()) {
        const fate = this.fate(step);
        if (fate === null) continue;
        this.nanos += 22_500;
        this.joiner.stepped({ tag: step.tag, errno: fate, value: this.valueFor(step), stretch: this.stretch, nanos: this.nanos });
      }
      if (this.machine.clock.standing && this.waiting.length === 0) break; // for an answer that does not come
      this.machine.runFor(Math.min(1000, end - this.machine.clock.nanos));
    }
    return this;
  }
}

const whole = [stepKind.seize, stepKind.start, stepKind.write, stepKind.start, stepKind.read, stepKind.readAck, stepKind.read, stepKind.readAck, stepKind.stop];

test('a register of a target out there is read', () => {
  const rig = new Rig();
  rig.toRead = [0x5a, 0xa5];
  rig.command(0, 7, read | restart, read | stop).run(1000);
  assert.deepEqual(rig.received(0), [0x5a, 0xa5]);
  assert.deepEqual(rig.kinds, whole);
  assert.deepEqual(rig.asked.map(({ value }) => value), [0, 0xa0, 7, 0xa1, 0, 1, 0, 0, 0]);
  assert.deepEqual(rig.asked.filter(({ kind }) => kind === stepKind.readAck).map(({ wires }) => wires), [0x5a, 0xa5]);
  assert.equal(rig.aborts(0), 0);
  assert.ok(rig.atRest);
});

test('nobody is nobody, and a refused byte is refused', () => {
  const rig = new Rig();
  rig.addresses = [];
  rig.command(0, 7 | stop).run(500);
  assert.equal(rig.aborts(0), abrt.addressNack);
  assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.start, stepKind.stop]);
  assert.ok(rig.atRest);
});

test('it begins only when the bus is its own, and gives back what it does not need any more', () => {
  const rig = new Rig();
  rig.fate = ({ kind }) => (kind === stepKind.seize ? null : 0);
  rig.command(0, 1 | stop).run(2000);
  assert.deepEqual(rig.kinds, [stepKind.seize]);
  assert.ok(rig.atRest, 'to the program the bus is busy');
  rig.set(0, [[reg.enable, 0]]);
  rig.fate = () => 0;
  const { tag } = rig.asked[0];
  rig['joiner'].stepped({ tag, errno: 0, value: 0, stretch: 0, nanos: 1 });
  assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.stop]);
  rig.set(0, [[reg.enable, 1]]);
  rig.command(0, 1 | stop).run(500);
  assert.deepEqual(rig.kinds.slice(2), [stepKind.seize, stepKind.start, stepKind.write, stepKind.stop]);
});

test('while it waits for the bus others command a target of the same machine', () => {
  const rig = new Rig();
  rig.target(1);
  rig.fate = ({ kind }) => (kind === stepKind.seize ? null : 0);
  rig.command(0, 1 | stop).run(100);
  assert.deepEqual(rig.event(eventKind.start, near << 1), [1, 0]);
  assert.deepEqual(rig.event(eventKind.write, 0x42), [1, 0]);
  rig.event(eventKind.stop);
  assert.deepEqual(rig.received(1), [0x42]);
  rig['joiner'].stepped({ tag: rig.asked[0].tag, errno: 0, value: 0, stretch: 0, nanos: 1e6 });
  rig.run(500);
  assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.start, stepKind.write, stepKind.stop]);
  assert.equal(rig.aborts(0), 0);
});

test('a target on its own wires answers too, and the bus is told', () => {
  const rig = new Rig();
  rig.target(1);
  rig.address(0, near);
  rig.command(0, 1, 2 | stop).run(500);
  assert.deepEqual(rig.received(1), [1, 2]);
  assert.deepEqual(rig.asked.slice(1, 4).map(({ wires }) => wires), [1, 1, 1]);
  assert.equal(rig.aborts(0), 0);
});

test('of two that send the lower byte is read, and each hears what the wires say', () => {
  for (const [here, there] of [[0x5a, 0x5b], [0x5b, 0x5a]]) {
    const rig = new Rig();
    rig.target(1);
    rig.address(0, near);
    rig.addresses = [near];
    rig.toRead = [there];
    rig.command(0, read | stop);
    for (let i = 0; i < 100; ++i) {
      rig.run(5);
      const block = rig.block(1);
      if ((block.readUint32(reg.rawIntrStat) & intr.rdReq) === 0) continue;
      block.readUint32(reg.clrRdReq);
      block.writeUint32(reg.dataCmd, here);
    }
    assert.deepEqual(rig.received(0), [0x5a]);
    assert.equal(rig.asked.find(({ kind }) => kind === stepKind.readAck)?.wires, 0x5a);
    assert.equal(rig.aborts(1) & abrt.targetLost, here === 0x5b ? abrt.targetLost : 0);
  }
});

test('a bus that is lost, in whatever step, is lost arbitration; the wires are free, and the next try works', () => {
  for (let at = 1; at < whole.length - 1; ++at) {
    const rig = new Rig();
    rig.target(1);
    rig.fate = ({ tag }) => (tag === at + 1 ? arbitrationLost : 0);
    rig.command(0, 7, read | restart, read | stop).run(2000);
    assert.equal(rig.aborts(0), abrt.lost, `step ${at}`);
    assert.ok(rig.atRest, `step ${at}`);
    assert.notEqual(rig.block(0).readUint32(reg.rawIntrStat) & intr.stopDet, 0, 'for which the SDK waits');
    rig.block(0).readUint32(reg.clrTxAbrt);
    rig.fate = () => 0;
    rig.asked.length = 0;
    rig.command(0, 7 | stop).run(500);
    assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.start, stepKind.write, stepKind.stop], `step ${at}`);
    assert.equal(rig.aborts(0), 0);
  }
});

test('what a target out there holds the clock for is time to the program', () => {
  const times = [0, 300_000].map((stretch) => {
    const rig = new Rig();
    rig.stretch = stretch;
    const begun = rig.machine.clock.nanos;
    let ended = 0;
    rig.machine.wires.listen((wire, high) => {
      if (wire === 'sda' && high && rig.machine.wires.scl) ended = rig.machine.clock.nanos;
    });
    rig.command(0, 1, 2 | stop).run(3000);
    assert.equal(rig.aborts(0), 0);
    return ended - begun;
  });
  const longer = times[1] - times[0];
  assert.ok(longer > 880_000 && longer < 900_001, `${longer} ns for three bytes`);
});

test('a pause of the program between two bytes is told', () => {
  const rig = new Rig();
  rig.command(0, 1).run(400);
  rig.command(0, 2 | stop).run(400);
  const pauses = rig.asked.map(({ pause }) => pause);
  assert.ok(pauses[2] < 3000, 'the chip is a little slower than the bus');
  assert.ok(pauses[3] > 300_000, `${pauses}`);
});

test('an answer that is late is waited for with the clock standing, and then with SCL held', () => {
  const now = mock.method(performance, 'now', () => 1e6);
  const rig = new Rig();
  rig.fate = ({ kind }) => (kind === stepKind.start ? null : 0);
  rig.command(0, 1 | stop).run(1000);
  const stood = rig.machine.clock.nanos;
  rig.machine.runFor(1e6);
  assert.equal(rig.machine.clock.nanos, stood);
  now.mock.mockImplementation(() => 1e6 + 30);
  rig.turn();
  rig.machine.runFor(1e6);
  assert.ok(rig.machine.clock.nanos >= stood + 1e6);
  assert.ok(!rig.machine.wires.scl);
  const { tag } = rig.asked[1];
  rig['joiner'].stepped({ tag, errno: 0, value: 1, stretch: 0, nanos: 1e6 });
  rig.run(500);
  assert.equal(rig.aborts(0), 0);
  assert.ok(rig.atRest);
  rig.fate = () => null;
  rig.command(0, 1 | stop).run(100);
  now.mock.mockImplementation(() => 1e6 + 11_000);
  assert.throws(() => rig.turn(), BusSilent);
  now.mock.restore();
});

test('what others begin has precedence over a transaction that was taken away', () => {
  const rig = new Rig();
  rig.target(1);
  rig.command(0, 1).run(500); // and no STOP
  assert.ok(!rig.machine.wires.scl);
  assert.deepEqual(rig.event(eventKind.start, near << 1), [1, 0]);
  assert.deepEqual(rig.event(eventKind.write, 9), [1, 0]);
  rig.event(eventKind.stop);
  assert.deepEqual(rig.received(1), [9]);
  assert.equal(rig.aborts(0), abrt.lost);
});

test('a chip that starts anew amid its transaction ends it', () => {
  for (const reset of [0, 1]) {
    const rig = new Rig();
    rig.command(0, 1).run(500);
    rig.event(eventKind.reset, reset);
    assert.equal(rig.kinds.at(-1), stepKind.stop);
    assert.ok(rig.atRest);
  }
});

/** By hand: START, bits, and what SDA is at the ninth. */
class ByHand {
  private readonly driver;
  constructor(private readonly rig: Rig) {
    this.driver = rig.machine.wires.driver('by hand');
  }
  private set(wire: 'scl' | 'sda', high: boolean): void {
    this.driver.set(wire, high);
    this.rig.run(5);
  }
  start(): void {
    this.set('sda', false);
    this.set('scl', false);
  }
  bit(high: boolean): boolean {
    this.set('sda', high);
    this.set('scl', true);
    for (let i = 0; i < 100 && !this.rig.machine.wires.scl; ++i) this.rig.run(5);
    const level = this.rig.machine.wires.sda;
    this.set('scl', false);
    return level;
  }
  send(byte: number): boolean {
    for (let i = 7; i >= 0; --i) this.bit(((byte >> i) & 1) !== 0);
    return !this.bit(true);
  }
  stop(): void {
    this.set('sda', false);
    this.set('scl', true);
    this.set('sda', true);
  }
}

test('a program that moves the pins by hand finds the targets out there, once it has the bus', () => {
  const rig = new Rig();
  const hand = new ByHand(rig);
  for (const [address, there] of [[far, true], [far + 1, false], [far, true]] as [number, boolean][]) {
    rig.asked.length = 0;
    hand.start();
    assert.equal(hand.send(address << 1), there);
    hand.stop();
    assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.start, stepKind.stop]);
    assert.ok(rig.atRest);
  }
});

test('a program that moves the pins by hand waits with SCL held; others hear a NACK of it meanwhile', () => {
  const rig = new Rig();
  rig.target(1);
  const hand = new ByHand(rig);
  rig.fate = ({ kind }) => (kind === stepKind.seize ? null : 0);
  hand.start();
  assert.deepEqual(rig.event(eventKind.start, near << 1), [0, 0]);
  rig.event(eventKind.stop);
  rig.fate = () => 0;
  rig['joiner'].stepped({ tag: rig.asked[0].tag, errno: 0, value: 0, stretch: 0, nanos: 1 });
  assert.ok(hand.send(far << 1));
  hand.stop();
  assert.deepEqual(rig.kinds, [stepKind.seize, stepKind.start, stepKind.stop]);
});

test('a program that moves the pins by hand meets nobody on a bus that was lost, and then begins anew', () => {
  const rig = new Rig();
  const hand = new ByHand(rig);
  rig.fate = ({ kind }) => (kind === stepKind.start ? arbitrationLost : 0);
  hand.start();
  assert.equal(hand.send(far << 1), false);
  hand.stop();
  rig.fate = () => 0;
  hand.start();
  assert.ok(hand.send(far << 1));
  hand.stop();
  assert.ok(rig.atRest);
});

test('a transaction that breaks off with both wires high is over, soon', () => {
  const rig = new Rig();
  rig.command(0, 1).run(500);
  rig.block(0).reset();
  rig.run(3000);
  rig.turn();
  assert.equal(rig.kinds.at(-1), stepKind.stop);
});

test('two controllers of one chip take turns, and lose to each other on its own wires', () => {
  const rig = new Rig();
  rig.controller(1);
  rig.command(0, 1, 2 | stop).command(1, 3, 4 | stop).run(3000);
  const written = rig.asked.filter(({ kind }) => kind === stepKind.write).map(({ value }) => value);
  assert.deepEqual(written, [1, 2]);
  assert.equal(rig.aborts(1), abrt.lost);
  rig.block(1).readUint32(reg.clrTxAbrt);
  rig.command(0, 5 | stop).run(20).command(1, 6 | stop).run(1000);
  assert.deepEqual(rig.asked.filter(({ kind }) => kind === stepKind.write).map(({ value }) => value), [1, 2, 5, 6]);
});

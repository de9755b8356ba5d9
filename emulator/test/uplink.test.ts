// A machine as a controller on the virtual bus: what its blocks do on its wires, and what the bus is told.
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { eventKind, stepKind } from '../src/bus/socket.js';
import { BusSilent } from '../src/bus/uplink.js';
import { abrt, dataCmd, intr, reg } from '../src/i2c/registers.js';
import { TimingChecker } from '../src/i2c/um10204.js';
import { Rig, arbitrationLost, near } from './rig.js';

const { read, restart, stop } = dataCmd;

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

test('what the bus does on the wires keeps to the times of UM10204', () => {
  for (const [hertz, high, low] of [[400_000, 112, 187], [1_000_000, 30, 65]]) {
    const rig = new Rig();
    rig.set(0, [[reg.enable, 0], [reg.fsHcnt, high], [reg.fsLcnt, low], [reg.sdaHold, 10], [reg.enable, 1]]);
    const checker = new TimingChecker(rig.machine.clock, rig.machine.wires, hertz);
    rig.toRead = [0x5a, 0xa5];
    rig.command(0, 7, read | restart, read | stop).run(1000);
    assert.deepEqual(rig.received(0), [0x5a, 0xa5]);
    assert.deepEqual(checker.violations, []);
    assert.equal(checker.transactions, 1);
  }
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
  rig.answer(tag);
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
  rig.answer(rig.asked[0].tag);
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
  rig.answer(tag, 1);
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

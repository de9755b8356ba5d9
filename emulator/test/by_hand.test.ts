// Programs that move the pins of an I2C block by hand, on the virtual bus: MicroPython does, for scan().
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventKind, stepKind } from '../src/bus/socket.js';
import { Rig, arbitrationLost, far, near } from './rig.js';

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

test('pins that led a block out stay wired to the bus when a program moves them by hand', () => {
  const { machine } = new Rig();
  const { mcu } = machine.chip;
  const [oeSet, oeClear, inputs] = [0xd0000024, 0xd0000028, 0xd0000004];
  const functionOf = (gp: number, to: number): void => machine.chip.mcu.writeUint32(0x40014004 + 8 * gp, to);
  const read = (gp: number): boolean => (mcu.readUint32(inputs) & (1 << gp)) !== 0;
  for (const gp of [4, 5]) {
    functionOf(gp, 3);
    functionOf(gp, 5);
    assert.ok(read(gp), 'as the wire is');
  }
  for (const [gp, wire] of [[4, 'sda'], [5, 'scl']] as const) {
    mcu.writeUint32(oeSet, 1 << gp);
    assert.equal(machine.wires[wire], false);
    mcu.writeUint32(oeClear, 1 << gp);
    assert.equal(machine.wires[wire], true);
    const other = machine.wires.driver('other');
    other.set(wire, false);
    assert.ok(!read(gp));
    other.set(wire, true);
    assert.ok(read(gp));
    mcu.writeUint32(oeSet, 1 << gp);
    functionOf(gp, 3);
    assert.equal(machine.wires[wire], true, 'the block has it');
    mcu.writeUint32(oeClear, 1 << gp);
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
  rig.answer(rig.asked[0].tag);
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

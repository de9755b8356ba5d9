// The controller half of the block, against the target half of another one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { I2cBlock } from '../src/i2c/block.js';
import { abrt, con, dataCmd, enable, intr, reg } from '../src/i2c/registers.js';
import { Bench, address } from './bench.js';

class Pair extends Bench {
  readonly other = new I2cBlock('I2C1', this.clock, this.wires, () => undefined);
  constructor() {
    super();
    this.target();
    const set: [number, number][] = [
      [reg.con, con.controllerMode | (2 << 1) | con.restartEnabled | con.targetDisabled], [reg.tar, address],
      [reg.fsHcnt, 112], [reg.fsLcnt, 187], [reg.fsSpklen, 6], [reg.sdaHold, 38], [reg.enable, 1],
    ];
    for (const [offset, value] of set) this.other.writeUint32(offset, value);
  }
  command(...entries: number[]): void {
    for (const entry of entries) this.other.writeUint32(reg.dataCmd, entry);
  }
  get aborts(): number {
    return this.other.readUint32(reg.txAbrtSource) & 0x1ffff;
  }
}

test('a write, ended by its STOP bit', () => {
  const pair = new Pair();
  pair.command(1, 2, 3 | dataCmd.stop);
  pair.run(200_000);
  assert.deepEqual(pair.drain(), [1 | dataCmd.firstByte, 2, 3]);
  assert.ok((pair.other.readUint32(reg.rawIntrStat) & intr.stopDet) !== 0);
  assert.equal(pair.other.readUint32(reg.status) & 0x21, 0, 'idle again');
});

test('a write and a read joined by a repeated START', () => {
  const pair = new Pair();
  pair.command(0xa0, dataCmd.read | dataCmd.restart, dataCmd.read | dataCmd.stop);
  const bytes = [0x12, 0x34];
  pair.until(() => {
    if (pair.raised(intr.rdReq)) {
      pair.get(reg.clrRdReq);
      pair.set(reg.dataCmd, bytes.shift() ?? 0);
    }
    return pair.other.readUint32(reg.rxflr) === 2;
  });
  pair.run(50_000);
  assert.ok(pair.raised(intr.restartDet) && pair.raised(intr.rxDone));
  assert.equal(pair.other.readUint32(reg.dataCmd) & 0xff, 0x12);
  assert.equal(pair.other.readUint32(reg.dataCmd) & 0xff, 0x34);
});

test('nobody at the address', () => {
  const pair = new Pair();
  pair.other.writeUint32(reg.enable, 0);
  pair.other.writeUint32(reg.tar, 0x20);
  pair.other.writeUint32(reg.enable, 1);
  pair.command(1, 2 | dataCmd.stop);
  pair.run(100_000);
  assert.equal(pair.aborts, abrt.addressNack);
  assert.equal(pair.other.readUint32(reg.txflr), 0);
  assert.ok(pair.wires.scl && pair.wires.sda);
});

test('a byte that is refused ends the transaction', () => {
  const pair = new Pair();
  pair.set(reg.slvDataNackOnly, 1);
  pair.command(1, 2 | dataCmd.stop);
  pair.run(100_000);
  assert.equal(pair.aborts, abrt.dataNack);
});

test('without a STOP bit SCL is held until the next command', () => {
  const pair = new Pair();
  pair.command(1);
  pair.run(300_000);
  assert.ok(!pair.wires.scl);
  pair.command(2 | dataCmd.stop);
  pair.run(100_000);
  assert.deepEqual(pair.drain().map((entry) => entry & 0xff), [1, 2]);
});

test('TX_EMPTY waits for the byte that is on its way, if TX_EMPTY_CTRL says so', () => {
  for (const waits of [false, true]) {
    const pair = new Pair();
    if (waits) {
      pair.other.writeUint32(reg.enable, 0);
      pair.other.writeUint32(reg.con, pair.other.readUint32(reg.con) | con.txEmptyControl);
      pair.other.writeUint32(reg.enable, 1);
    }
    pair.command(1 | dataCmd.stop);
    pair.until(() => (pair.other.readUint32(reg.rawIntrStat) & intr.txEmpty) !== 0);
    assert.equal(pair.get(reg.rxflr), waits ? 1 : 0);
  }
});

test('turned off and on between two commands it keeps the bus: nostop of the SDK', () => {
  const pair = new Pair();
  pair.command(0x80);
  pair.run(60_000);
  pair.other.writeUint32(reg.enable, 0);
  pair.run(60_000);
  assert.ok(!pair.wires.scl);
  pair.other.writeUint32(reg.enable, 1);
  pair.command(dataCmd.read | dataCmd.restart | dataCmd.stop);
  pair.until(() => {
    if (pair.raised(intr.rdReq)) {
      pair.get(reg.clrRdReq);
      pair.set(reg.dataCmd, 0x12);
    }
    return pair.other.readUint32(reg.rxflr) === 1;
  });
  assert.equal(pair.other.readUint32(reg.dataCmd) & 0xff, 0x12);
  assert.ok(pair.raised(intr.restartDet), 'a repeated START, and no STOP before it');
});

test('turned off before its START it sends nothing', () => {
  const pair = new Pair();
  const rival = pair.wires.driver('rival');
  rival.set('scl', false);
  pair.run(10_000);
  pair.command(1 | dataCmd.stop);
  pair.other.writeUint32(reg.enable, 0);
  rival.set('scl', true);
  pair.run(100_000);
  assert.ok(pair.wires.scl && pair.wires.sda);
  assert.deepEqual(pair.drain(), []);
});

test('a bus that is lost elsewhere is an arbitration that is lost', () => {
  const pair = new Pair();
  pair.other.controller.loseBus();
  assert.equal(pair.aborts, 0, 'it had none');
  pair.command(1, 2);
  pair.run(30_000);
  pair.other.controller.loseBus();
  assert.equal(pair.aborts, abrt.lost);
  assert.ok(pair.wires.scl && pair.wires.sda);
});

test('the abort bit of IC_ENABLE ends a transaction that waits', () => {
  const pair = new Pair();
  pair.command(1);
  pair.run(300_000);
  pair.other.writeUint32(reg.enable, enable.on | enable.abort);
  pair.run(100_000);
  assert.equal(pair.aborts, abrt.user);
  assert.ok(pair.wires.scl && pair.wires.sda);
});

test('arbitration is lost to whoever sends a 0 first', () => {
  const pair = new Pair();
  pair.wires.driver('stuck').set('sda', true);
  const rival = pair.wires.driver('rival');
  pair.command(0xff | dataCmd.stop);
  pair.until(() => !pair.wires.scl);
  rival.set('sda', false);
  pair.until(() => (pair.other.readUint32(reg.rawIntrStat) & intr.txAbrt) !== 0);
  assert.equal(pair.aborts, abrt.lost);
});

test('SCL runs at the speed that the counts give', () => {
  const pair = new Pair();
  const rises: number[] = [];
  pair.wires.listen((wire, high) => {
    if (wire === 'scl' && high) rises.push(pair.clock.nanos);
  });
  pair.command(0x55 | dataCmd.stop);
  pair.run(100_000);
  const period = rises[5] - rises[4];
  assert.equal(period, (187 + 1 + 112 + 6 + 7) * 8);
});

// Two controllers that begin in the same instant (UM10204 sections 3.1.7 and 3.1.8): SCL is low as long as the
// slower one wants it, and who sends a 1 and sees a 0 has lost, in whatever byte. Nothing of the other's is disturbed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { I2cBlock } from '../src/i2c/block.js';
import { TimingChecker } from '../src/i2c/um10204.js';
import { abrt, con, dataCmd, intr, reg } from '../src/i2c/registers.js';
import { Bench, address, targetCon } from './bench.js';

const { read, stop } = dataCmd;

class Rivals extends Bench {
  readonly one = new I2cBlock('one', this.clock, this.wires, () => undefined);
  readonly two = new I2cBlock('two', this.clock, this.wires, () => undefined);
  readonly checker = new TimingChecker(this.clock, this.wires, 400_000);
  constructor(secondAddress = address) {
    super();
    this.target();
    this.controller(this.one, address, 112, 187);
    this.controller(this.two, secondAddress, 140, 230);
  }
  controller(block: I2cBlock, tar: number, high: number, low: number): void {
    const set: [number, number][] = [
      [reg.enable, 0], [reg.con, con.controllerMode | (2 << 1) | con.restartEnabled | con.targetDisabled], [reg.tar, tar],
      [reg.fsHcnt, high], [reg.fsLcnt, low], [reg.fsSpklen, 6], [reg.sdaHold, 38], [reg.enable, 1],
    ];
    for (const [offset, value] of set) block.writeUint32(offset, value);
  }
  /** Both begin now. */
  race(one: number[], two: number[], serve: () => void = () => undefined): void {
    for (const entry of one) this.one.writeUint32(reg.dataCmd, entry);
    for (const entry of two) this.two.writeUint32(reg.dataCmd, entry);
    const end = this.clock.nanos + 600_000;
    this.until(() => {
      serve();
      return this.clock.nanos >= end;
    }, 700_000);
    assert.deepEqual(this.checker.violations, []);
  }
  aborts(block: I2cBlock): number {
    return block.readUint32(reg.txAbrtSource) & 0x1ffff;
  }
}

test('in the address: the lower one wins', () => {
  const bench = new Rivals(address | 0x02);
  bench.race([1, 2 | stop], [3, 4 | stop]);
  assert.deepEqual(bench.drain(), [1 | dataCmd.firstByte, 2]);
  assert.equal(bench.aborts(bench.one), 0);
  assert.equal(bench.aborts(bench.two), abrt.lost);
  assert.equal(bench.two.readUint32(reg.txAbrtSource) >>> 23, 2, 'how many entries of its FIFO were flushed');
});

test('in the direction: a write is lower than a read', () => {
  const bench = new Rivals();
  bench.race([read | stop], [3 | stop]);
  assert.deepEqual(bench.drain(), [3 | dataCmd.firstByte]);
  assert.equal(bench.aborts(bench.one), abrt.lost);
  assert.ok(!bench.raised(intr.rdReq));
});

test('in the data, in every bit of either byte', () => {
  for (let bit = 0; bit < 16; ++bit) {
    const bytes = [0x5a, 0xc3];
    bytes[bit >> 3] &= ~(0x80 >> (bit & 7));
    const higher = [...bytes];
    higher[bit >> 3] |= 0x80 >> (bit & 7);
    const asCommands = ([a, b]: number[]): number[] => [a, b | stop];
    const bench = new Rivals();
    if (bit % 2 === 0) bench.race(asCommands(bytes), asCommands(higher));
    else bench.race(asCommands(higher), asCommands(bytes));
    const [winner, loser] = bit % 2 === 0 ? [bench.one, bench.two] : [bench.two, bench.one];
    assert.deepEqual(bench.drain().map((entry) => entry & 0xff), bytes, `bit ${bit}`);
    assert.equal(bench.aborts(winner), 0, `bit ${bit}`);
    assert.equal(bench.aborts(loser), abrt.lost, `bit ${bit}`);
  }
});

test('in the acknowledge: who wants no more bytes loses to who wants one more', () => {
  const bench = new Rivals();
  const bytes = [0x11, 0x22];
  bench.race([read | stop], [read, read | stop], () => {
    if (!bench.raised(intr.rdReq)) return;
    bench.get(reg.clrRdReq);
    bench.set(reg.dataCmd, bytes.shift() ?? 0xee);
  });
  assert.equal(bench.aborts(bench.one), abrt.lost);
  assert.equal(bench.aborts(bench.two), 0);
  assert.deepEqual([0, 1].map(() => bench.two.readUint32(reg.dataCmd) & 0xff), [0x11, 0x22]);
});

test('the same bytes of both are one transaction for everybody', () => {
  const bench = new Rivals();
  bench.race([7 | stop], [7 | stop]);
  assert.deepEqual(bench.drain(), [7 | dataCmd.firstByte]);
  assert.deepEqual([bench.one, bench.two].map((block) => bench.aborts(block)), [0, 0]);
});

test('who has lost waits until the bus is free, and may try again', () => {
  const bench = new Rivals(address | 0x02);
  bench.race([1 | stop], [3 | stop]);
  assert.equal(bench.aborts(bench.two), abrt.lost);
  bench.two.readUint32(reg.clrTxAbrt);
  bench.controller(bench.two, address, 140, 230);
  bench.race([], [4 | stop]);
  assert.deepEqual(bench.drain(), [1 | dataCmd.firstByte, 4 | dataCmd.firstByte]);
});

test('two targets with one address: the higher byte loses while it is sent, and lets go', () => {
  const bench = new Rivals();
  const twin = new I2cBlock('twin', bench.clock, bench.wires, () => undefined);
  const set: [number, number][] = [[reg.con, targetCon], [reg.sar, address], [reg.ackGeneralCall, 0], [reg.fsSpklen, 6], [reg.enable, 1]];
  for (const [offset, value] of set) twin.writeUint32(offset, value);
  bench.race([read | stop], [], () => {
    for (const [block, byte] of [[bench.block, 0x5a], [twin, 0x5b]] as [I2cBlock, number][]) {
      if ((block.readUint32(reg.rawIntrStat) & intr.rdReq) === 0) continue;
      block.readUint32(reg.clrRdReq);
      block.writeUint32(reg.dataCmd, byte);
    }
  });
  assert.equal(bench.one.readUint32(reg.dataCmd) & 0xff, 0x5a);
  assert.equal(twin.readUint32(reg.txAbrtSource) & 0xffff, abrt.targetLost);
  assert.ok((twin.readUint32(reg.rawIntrStat) & intr.txAbrt) !== 0 && !bench.raised(intr.txAbrt));
});

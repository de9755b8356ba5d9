// Addresses of ten bits, on both sides of the block (UM10204 section 3.1.11, RP2040 datasheet section 4.3.4.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../src/bus/pi.js';
import { I2cBlock } from '../src/i2c/block.js';
import { abrt, con, dataCmd, intr, reg } from '../src/i2c/registers.js';
import { Bench, targetCon } from './bench.js';

const address = 0x241;
const first = 0x78 | (address >> 8); // as seven bits
const second = address & 0xff;
const write = (...bytes: number[]): Message => ({ address: first, write: [second, ...bytes] });

class TenBits extends Bench {
  readonly other = new I2cBlock('I2C1', this.clock, this.wires, () => undefined);
  constructor(controller = con.restartEnabled, tar = address) {
    super();
    this.target({ [reg.con]: targetCon | con.tenBitTarget, [reg.sar]: address });
    const set: [number, number][] = [
      [reg.con, con.controllerMode | con.tenBitController | (2 << 1) | con.targetDisabled | controller], [reg.tar, tar],
      [reg.fsHcnt, 112], [reg.fsLcnt, 187], [reg.fsSpklen, 6], [reg.sdaHold, 38], [reg.enable, 1],
    ];
    for (const [offset, value] of set) this.other.writeUint32(offset, value);
  }
  serve(...bytes: number[]): () => void {
    return () => {
      if (!this.raised(intr.rdReq)) return;
      this.get(reg.clrRdReq);
      this.set(reg.dataCmd, bytes.shift() ?? 0xee);
    };
  }
  command(...entries: number[]): void {
    for (const entry of entries) this.other.writeUint32(reg.dataCmd, entry);
  }
  get aborts(): number {
    return this.other.readUint32(reg.txAbrtSource) & 0x1ffff;
  }
  /** The bytes that pass on the wires, as somebody else sees them. */
  watched(): string[] {
    const seen: string[] = [];
    let [bits, count, risen] = [0, 0, false];
    this.wires.listen((wire, high) => {
      if (wire === 'sda' && this.wires.scl) {
        seen.push(high ? 'P' : 'S');
        [bits, count, risen] = [0, 0, false];
      } else if (wire === 'scl' && high) risen = true;
      else if (wire === 'scl' && risen) {
        risen = false;
        if (++count <= 8) bits = (bits << 1) | (this.wires.sda ? 1 : 0);
        if (count === 9) {
          seen.push(bits.toString(16));
          [bits, count] = [0, 0];
        }
      }
    });
    return seen;
  }
}

test('a write needs both bytes of the address, which are no data', () => {
  const bench = new TenBits();
  const result = bench.transfer([write(1, 2)]);
  assert.equal(result.nackedByte, null);
  assert.deepEqual(bench.drain(), [1 | dataCmd.firstByte, 2]);
  assert.ok(bench.raised(intr.stopDet));
});

test('another second byte is not acknowledged, nor are other first ones', () => {
  for (const [message, nacked] of [
    [{ address: first, write: [second ^ 1, 7] }, 1], [{ address: first ^ 1, write: [second, 7] }, 0],
    [{ address: second & 0x7f, write: [7] }, 0], [{ address: first, read: 1 }, 0],
  ] as [Message, number][]) {
    const bench = new TenBits();
    assert.equal(bench.transfer([message]).nackedByte, nacked);
    assert.deepEqual(bench.drain(), []);
    assert.ok(!bench.raised(intr.stopDet) && !bench.raised(intr.rdReq));
  }
});

test('a read comes after a repeated START with the first byte alone', () => {
  const bench = new TenBits();
  const result = bench.transfer([write(), { address: first, read: 2 }], bench.serve(0x12, 0x34));
  assert.deepEqual(result.read, [0x12, 0x34]);
  assert.ok(bench.raised(intr.restartDet) && bench.raised(intr.rxDone));
});

test('it is forgotten with a STOP, and with a START of somebody else', () => {
  const bench = new TenBits();
  bench.transfer([write()]);
  assert.equal(bench.transfer([{ address: first, read: 1 }]).nackedByte, 0);
  const neighbour = 0x20;
  for (const [offset, value] of [[reg.enable, 0], [reg.con, targetCon], [reg.sar, neighbour], [reg.enable, 1]]) {
    bench.other.writeUint32(offset, value);
  }
  const serveNeighbour = (): void => {
    if ((bench.other.readUint32(reg.rawIntrStat) & intr.rdReq) === 0) return;
    bench.other.readUint32(reg.clrRdReq);
    bench.other.writeUint32(reg.dataCmd, 0x66);
  };
  const elsewhere = bench.transfer([write(), { address: neighbour, read: 1 }, { address: first, read: 1 }], serveNeighbour);
  assert.deepEqual(elsewhere.read, [0x66]);
  assert.equal(elsewhere.nackedByte, 4);
});

test('the general call is acknowledged beside it', () => {
  const bench = new TenBits().target({ [reg.con]: targetCon | con.tenBitTarget, [reg.sar]: address, [reg.ackGeneralCall]: 1 });
  assert.equal(bench.transfer([{ address: 0, write: [6] }]).nackedByte, null);
  assert.ok(bench.raised(intr.genCall));
});

test('a controller writes and reads; a read tells the whole address first', () => {
  const bench = new TenBits();
  const seen = bench.watched();
  bench.command(5 | dataCmd.stop);
  bench.run(200_000);
  assert.deepEqual(bench.drain(), [5 | dataCmd.firstByte]);
  assert.deepEqual(seen, ['S', 'f4', '41', '5', 'P']);
  seen.length = 0;
  bench.command(dataCmd.read | dataCmd.stop);
  const serve = bench.serve(0x99);
  bench.until(() => {
    serve();
    return bench.other.readUint32(reg.rxflr) === 1;
  });
  bench.run(50_000);
  assert.equal(bench.other.readUint32(reg.dataCmd) & 0xff, 0x99);
  assert.deepEqual(seen, ['S', 'f4', '41', 'S', 'f5', '99', 'P']);
});

test('after a write of the same transaction a read repeats the first byte only', () => {
  const bench = new TenBits();
  const seen = bench.watched();
  bench.command(5, dataCmd.read | dataCmd.stop);
  const serve = bench.serve(0x42);
  bench.until(() => {
    serve();
    return bench.other.readUint32(reg.rxflr) === 1;
  });
  bench.run(50_000);
  assert.deepEqual(seen, ['S', 'f4', '41', '5', 'S', 'f5', '42', 'P']);
});

test('which byte of the address nobody acknowledged', () => {
  for (const [tar, source] of [[address ^ 0x100, abrt.firstAddressNack], [address ^ 1, abrt.secondAddressNack]]) {
    const bench = new TenBits(con.restartEnabled, tar);
    bench.command(1 | dataCmd.stop);
    bench.run(200_000);
    assert.equal(bench.aborts, source);
    assert.ok(bench.wires.scl && bench.wires.sda);
  }
});

test('without RESTART there is no read', () => {
  const bench = new TenBits(0);
  bench.command(dataCmd.read | dataCmd.stop);
  bench.run(200_000);
  assert.equal(bench.aborts, abrt.noRestartForRead);
});

// HARDWARE facts of DW_apb_i2c as a target, one test each (RP2040 datasheet section 4.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abrt, con, dataCmd, intr, reg } from '../src/i2c/registers.js';
import { Bench, address, targetCon } from './bench.js';

const first = dataCmd.firstByte;
const write = (...bytes: number[]) => ({ address, write: bytes });
const read = (count: number) => ({ address, read: count });

/** A program that answers each RD_REQ with these bytes, so many at a time. */
function server(bench: Bench, bytes: number[], atOnce = 1) {
  let requests = 0;
  return {
    serve() {
      if (!bench.raised(intr.rdReq)) return;
      ++requests;
      bench.get(reg.clrRdReq);
      for (const byte of bytes.splice(0, atOnce)) bench.set(reg.dataCmd, byte);
    },
    requests: () => requests,
  };
}

test('a write arrives byte by byte, its first byte marked', () => {
  const bench = new Bench().target();
  const result = bench.transfer([write(0xa0, 1, 2)]);
  assert.equal(result.nackedByte, null);
  assert.deepEqual(bench.drain(), [0xa0 | first, 1, 2]);
});

test('each write of one transfer has a marked first byte, also back to back', () => {
  const bench = new Bench().target();
  bench.transfer([write(1, 2), write(3)]);
  bench.transfer([write(4)]);
  assert.deepEqual(bench.drain(), [1 | first, 2, 3 | first, 4 | first]);
});

test('another address is neither acknowledged nor noticed', () => {
  const bench = new Bench().target({ [reg.intrMask]: intr.stopDet | intr.restartDet | intr.rxFull | intr.rdReq });
  const result = bench.transfer([{ address: 0x42, write: [1] }]);
  assert.equal(result.nackedByte, 0);
  assert.ok(!bench.interrupt, 'a foreign transaction costs no interrupt');
  assert.ok(bench.raised(intr.startDet), 'but START_DET fires for every START');
  assert.ok(!bench.raised(intr.stopDet));
});

test('without STOP_DET_IFADDRESSED a foreign STOP is told', () => {
  const bench = new Bench().target({ [reg.con]: targetCon & ~con.stopDetIfAddressed });
  bench.transfer([{ address: 0x42, write: [1] }]);
  assert.ok(bench.raised(intr.stopDet));
});

test('STOP_DET and RESTART_DET of our own transactions', () => {
  const bench = new Bench().target();
  bench.transfer([write(1)]);
  assert.ok(bench.raised(intr.stopDet) && !bench.raised(intr.restartDet));
  bench.get(reg.clrStopDet);
  assert.ok(!bench.raised(intr.stopDet), 'reading the clear register clears it');
  bench.transfer([write(1), write(2)]);
  assert.ok(bench.raised(intr.restartDet));
});

test('RESTART_DET needs us to be addressed before', () => {
  const bench = new Bench().target();
  bench.begin({ address: 0x42, write: [] }, write(1));
  bench.until(() => !bench.pi.busy);
  assert.ok(!bench.raised(intr.restartDet));
});

test('RD_REQ holds SCL until a byte is there, and SDA_SETUP longer', () => {
  const bench = new Bench().target({ [reg.sdaSetup]: 100 });
  const result = bench.begin(read(1));
  assert.ok(bench.until(() => bench.raised(intr.rdReq)));
  bench.run(50_000);
  assert.ok(!bench.wires.scl, 'it waits for ever');
  bench.get(reg.clrRdReq);
  bench.run(1000);
  assert.ok(!bench.wires.scl, 'clearing the request alone does not let go');
  const served = bench.clock.nanos;
  bench.set(reg.dataCmd, 0x5a);
  assert.ok(bench.until(() => !bench.wires.heldByOthers('scl', bench.pi.driver)));
  assert.equal(bench.clock.nanos - served, 100 * 8);
  bench.until(() => !bench.pi.busy);
  assert.deepEqual(result.read, [0x5a]);
  assert.ok(result.stretches[0] > 50_000);
});

test('an answer within the low time stretches nothing', () => {
  const bench = new Bench(100_000).target({ [reg.sdaSetup]: 32 });
  const { serve } = server(bench, [0x12]);
  const result = bench.transfer([read(1)], serve);
  assert.deepEqual(result.read, [0x12]);
  assert.deepEqual(result.stretches, [0, 0]);
});

test('one request per byte, or sixteen bytes per request', () => {
  for (const [atOnce, requests] of [[1, 16], [16, 1], [8, 2]]) {
    const bench = new Bench().target();
    const bytes = Array.from({ length: 16 }, (_, i) => i * 7);
    const served = server(bench, [...bytes], atOnce);
    const result = bench.transfer([read(16)], () => served.serve());
    assert.deepEqual(result.read, bytes);
    assert.equal(served.requests(), requests);
  }
});

test('RX_DONE tells that the controller wants no more', () => {
  const bench = new Bench().target();
  bench.transfer([read(1)], server(bench, [1]).serve);
  assert.ok(bench.raised(intr.rxDone));
  assert.equal(bench.get(reg.clrRxDone), 1);
  assert.equal(bench.get(reg.clrRxDone), 0);
});

test('a byte put in before the read is flushed, and takes the RX FIFO along', () => {
  const bench = new Bench().target();
  bench.transfer([write(0xa0, 0x01)]);
  assert.equal(bench.get(reg.rxflr), 2);
  bench.set(reg.dataCmd, 0x77);
  const result = bench.begin(read(1));
  assert.ok(bench.until(() => bench.raised(intr.txAbrt)));
  assert.equal(bench.get(reg.rxflr), 0, 'the command bytes are lost');
  assert.ok(bench.raised(intr.rdReq), 'the request comes all the same');
  assert.equal(bench.get(reg.txAbrtSource) & 0xffff, abrt.flushedTx);
  assert.equal(bench.get(reg.txAbrtSource) >>> 23, 1, 'one entry was flushed');
  bench.set(reg.dataCmd, 0x11);
  bench.run(20_000);
  assert.ok(!bench.wires.scl, 'a byte written before CLR_TX_ABRT vanishes');
  bench.get(reg.clrTxAbrt);
  bench.set(reg.dataCmd, 0x22);
  bench.until(() => !bench.pi.busy);
  assert.deepEqual(result.read, [0x22]);
});

test('surplus bytes of one read are flushed at the next', () => {
  const bench = new Bench().target();
  bench.transfer([read(1)], server(bench, [1, 2, 3], 3).serve);
  assert.equal(bench.get(reg.txflr), 2);
  bench.begin(read(1));
  assert.ok(bench.until(() => bench.raised(intr.txAbrt)));
  assert.equal(bench.get(reg.txflr), 0);
});

test('a full RX FIFO holds SCL, and loses nothing', () => {
  const bench = new Bench().target();
  const bytes = Array.from({ length: 20 }, (_, i) => i);
  bench.begin(write(...bytes));
  assert.ok(!bench.until(() => !bench.pi.busy, 2e6));
  assert.equal(bench.get(reg.rxflr), 16);
  assert.ok(!bench.wires.scl);
  const entries = bench.drain();
  bench.until(() => !bench.pi.busy);
  entries.push(...bench.drain());
  assert.deepEqual(entries.map((entry) => entry & 0xff), bytes);
  assert.ok(!bench.raised(intr.rxOver));
});

test('without the hold a full RX FIFO acknowledges and loses bytes', () => {
  const bench = new Bench().target({ [reg.con]: targetCon & ~con.rxFifoFullHold });
  const result = bench.transfer([write(...Array.from({ length: 20 }, (_, i) => i))]);
  assert.equal(result.nackedByte, null);
  assert.equal(bench.drain().length, 16);
  assert.ok(bench.raised(intr.rxOver));
});

test('RX_FULL is a level above its threshold', () => {
  const bench = new Bench().target({ [reg.rxTl]: 2, [reg.intrMask]: intr.rxFull });
  bench.transfer([write(1, 2)]);
  assert.ok(!bench.interrupt);
  bench.transfer([write(3)]);
  assert.ok(bench.interrupt);
  bench.get(reg.dataCmd);
  assert.ok(!bench.interrupt, 'it falls by itself');
});

test('a general call is acknowledged by default, and lands in RX', () => {
  const bench = new Bench().target({ [reg.ackGeneralCall]: 1 });
  const result = bench.transfer([{ address: 0, write: [6] }]);
  assert.equal(result.nackedByte, null);
  assert.ok(bench.raised(intr.genCall));
  assert.deepEqual(bench.drain(), [6 | first]);
  assert.ok(!bench.raised(intr.stopDet), 'its STOP is not told with STOP_DET_IFADDRESSED');
});

test('a general call is refused when that is turned off', () => {
  const bench = new Bench().target();
  assert.equal(bench.transfer([{ address: 0, write: [6] }]).nackedByte, 0);
  assert.ok(!bench.raised(intr.genCall));
});

test('SLV_DATA_NACK_ONLY refuses data', () => {
  const bench = new Bench().target({ [reg.slvDataNackOnly]: 1 });
  assert.equal(bench.transfer([write(1)]).nackedByte, 1);
  assert.deepEqual(bench.drain(), []);
});

test('another target that pulls SDA low under our 1 takes the bus', () => {
  const bench = new Bench().target();
  const other = bench.wires.driver('other');
  bench.begin(read(1));
  bench.until(() => bench.raised(intr.rdReq));
  bench.get(reg.clrRdReq);
  other.set('sda', false);
  bench.set(reg.dataCmd, 0xff);
  assert.ok(bench.until(() => bench.raised(intr.txAbrt)));
  assert.equal(bench.get(reg.txAbrtSource) & 0xffff, abrt.targetLost);
  other.set('sda', true);
  assert.ok(bench.until(() => !bench.pi.busy));
  bench.get(reg.clrTxAbrt);
  assert.equal(bench.transfer([write(1)]).nackedByte, null, 'the next transaction finds us again');
});

test('SDA moves only after its hold time', () => {
  for (const hold of [1, 38]) {
    const bench = new Bench().target({ [reg.sdaHold]: hold });
    let fell = 0;
    let held = Infinity;
    bench.wires.listen((wire, high) => {
      if (wire === 'scl' && !high) fell = bench.clock.nanos;
      if (wire === 'sda' && !bench.block.driver.releases('sda')) held = Math.min(held, bench.clock.nanos - fell);
    });
    bench.transfer([write(0xff)]);
    assert.equal(held, (hold + 6 + 2) * 8, 'hold time, spike length and synchroniser');
  }
});

test('spikes shorter than SPKLEN are not seen', () => {
  const bench = new Bench().target({ [reg.fsSpklen]: 6 });
  const noise = bench.wires.driver('noise');
  bench.set(reg.intrMask, 0x1fff);
  noise.set('sda', false);
  bench.run(50);
  noise.set('sda', true);
  bench.run(10_000);
  assert.ok(!bench.raised(intr.startDet));
  noise.set('sda', false);
  bench.run(80);
  noise.set('sda', true);
  bench.run(10_000);
  assert.ok(bench.raised(intr.startDet), 'longer ones are');
});

test('IC_ENABLE = 0 during a write: the rest is refused, and told', () => {
  const bench = new Bench().target();
  const result = bench.begin(write(1, 2, 3));
  bench.until(() => bench.get(reg.rxflr) === 2);
  bench.run(2000);
  bench.set(reg.enable, 0);
  assert.equal(bench.get(reg.enableStatus), 6, 'disabled while busy, received data lost');
  assert.equal(bench.get(reg.rxflr), 0);
  bench.until(() => !bench.pi.busy);
  assert.equal(result.nackedByte, 3);
});

test('IC_ENABLE = 0 lets go of a clock that it holds', () => {
  const bench = new Bench().target();
  bench.begin(read(1));
  bench.until(() => bench.raised(intr.rdReq));
  bench.set(reg.enable, 0);
  assert.equal(bench.get(reg.enableStatus), 2);
  assert.ok(bench.until(() => !bench.pi.busy));
  assert.ok(bench.wires.sda && bench.wires.scl);
});

test('a reset of the block releases the bus', () => {
  const bench = new Bench().target();
  bench.begin(read(1));
  bench.until(() => bench.raised(intr.rdReq));
  bench.block.reset();
  assert.equal(bench.raw, 0);
  assert.equal(bench.get(reg.sar), 0x55);
  assert.ok(bench.until(() => !bench.pi.busy));
});

test('settings are taken only while the block is off', () => {
  const bench = new Bench().target();
  bench.set(reg.sar, 0x20);
  bench.set(reg.sdaSetup, 5);
  assert.equal(bench.get(reg.sar), address);
  assert.equal(bench.block.ignoredWrites, 2);
});

test('IC_STATUS tells of activity from START to STOP', () => {
  const bench = new Bench().target();
  const activity = 1 << 6;
  assert.equal(bench.get(reg.status) & activity, 0);
  bench.begin(write(1, 2));
  bench.until(() => bench.get(reg.rxflr) === 1);
  assert.notEqual(bench.get(reg.status) & activity, 0);
  bench.until(() => !bench.pi.busy);
  bench.run(1000);
  assert.equal(bench.get(reg.status) & activity, 0);
});

test('reading an empty RX FIFO and overfilling TX are told', () => {
  const bench = new Bench().target();
  bench.get(reg.dataCmd);
  assert.ok(bench.raised(intr.rxUnder));
  for (let i = 0; i < 17; ++i) bench.set(reg.dataCmd, i);
  assert.ok(bench.raised(intr.txOver));
  assert.equal(bench.get(reg.txflr), 16);
});

test('IC_CLR_INTR clears everything that software can clear', () => {
  const bench = new Bench().target();
  bench.transfer([write(1)]);
  bench.get(reg.clrIntr);
  assert.ok(!bench.raised(intr.stopDet) && !bench.raised(intr.startDet));
  assert.ok(bench.raised(intr.rxFull), 'but not a level');
});

test('a read command in answer to a request is an abort', () => {
  const bench = new Bench().target();
  bench.begin(read(1));
  bench.until(() => bench.raised(intr.rdReq));
  bench.set(reg.dataCmd, dataCmd.read);
  assert.equal(bench.get(reg.txAbrtSource) & 0xffff, abrt.targetReadCommand);
});

// Every order in which a late program can find the ends of a write and the next beginning.
test('what a late program finds pending, for every moment at which it looks', () => {
  const seen = new Set<number>();
  for (let delay = 0; delay < 160_000; delay += 500) {
    const bench = new Bench().target();
    bench.begin(write(0xa0, 1), read(1));
    bench.run(delay);
    seen.add(bench.raw & (intr.rxFull | intr.rdReq | intr.restartDet | intr.stopDet));
  }
  const order = [0, intr.rxFull, intr.rxFull | intr.restartDet, intr.rxFull | intr.restartDet | intr.rdReq];
  assert.deepEqual([...seen], order, 'a repeated START is seen before the read request that follows it');
});

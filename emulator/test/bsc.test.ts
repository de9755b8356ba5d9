// The two accounts of the Pi 0-4's fault with stretched clocks, as models.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BscAccount, BscSignals } from '../src/bus/bsc.js';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { intr, reg } from '../src/i2c/registers.js';
import { Bench } from './bench.js';

const hertz = 100_000;
const half = 5000; // ns

/** A read of one byte that the target answers so long after SCL fell; the shortest pulse, and the byte. */
function readAfter(account: BscAccount, nanos: number): { pulse: number; byte: number } {
  const bench = new Bench(hertz).target({ [reg.sdaSetup]: 2 });
  const pi = new Pi(bench.clock, bench.wires, hertz, account);
  let fell = 0;
  let asked = false;
  bench.wires.listen((wire, high) => {
    if (wire === 'scl' && !high && !asked) fell = bench.clock.nanos;
  });
  const answer = bench.clock.createAlarm(() => bench.set(reg.dataCmd, 0x5a));
  bench.block.onRaise = (bits) => {
    if ((bits & intr.rdReq) === 0) return;
    asked = true;
    answer.schedule(fell + nanos - 16 - bench.clock.nanos); // 16: SDA_SETUP of two cycles
  };
  const result = emptyResult();
  pi.begin(pi.transfer([{ address: 0x41, read: 1 }], result));
  bench.until(() => !pi.busy, 40e6);
  return { pulse: Math.round((pi.signals as BscSignals).shortest), byte: result.read[0] };
}

for (const account of ['every-check', 'first-check'] as const) {
  test(`${account}: an answer within the low half is no stretch`, () => {
    assert.deepEqual(readAfter(account, 4000), { pulse: half, byte: 0x5a });
  });
  test(`${account}: a release before the first look leaves a pulse as short as the rest`, () => {
    assert.deepEqual(readAfter(account, 2 * half - 1000), { pulse: 1000, byte: 0x5a });
  });
  test(`${account}: the target misses a pulse that its filter takes for a spike, and the byte is wrong`, () => {
    const { pulse, byte } = readAfter(account, 2 * half - 40);
    assert.ok(pulse <= 40);
    assert.notEqual(byte, 0x5a);
    assert.equal(byte & 0x80, 0, 'the first bit is still the right one; the others come a clock late');
  });
}

test('after the first look the accounts differ', () => {
  assert.deepEqual(readAfter('every-check', 3 * half - 1000), { pulse: 1000, byte: 0x5a });
  assert.deepEqual(readAfter('first-check', 3 * half - 1000), { pulse: half, byte: 0x5a });
});

test('half-way between two looks both give half of a half period or more', () => {
  for (const account of ['every-check', 'first-check'] as const) {
    for (const looks of [1.5, 2.5, 3.5]) {
      const { pulse, byte } = readAfter(account, looks * half);
      assert.ok(pulse >= half / 2 - 1, `${account} ${looks}: ${pulse}`);
      assert.equal(byte, 0x5a);
    }
  }
});

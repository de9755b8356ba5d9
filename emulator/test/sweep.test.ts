// A Pi 0-4 before the shipped image, under both accounts of its fault and whatever holds the answer up.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readImage } from '../src/chip/image.js';
import { accounts, sweep } from '../src/sweep.js';
import type { Row } from '../src/sweep_picture.js';

const firmware = fileURLToPath(new URL('../../../build/firmware/', import.meta.url));
const rowsOf = (name: string, hertz: number): Row[] =>
  accounts.map((account) => sweep(name, readImage(`${firmware}${name}.uf2`), hertz, account));

for (const hertz of [100_000, 400_000]) {
  test(`at ${hertz / 1000} kHz an answer in time is right, and no wrong byte of a late one is accepted`, () => {
    const rows = rowsOf('picoctl-pico', hertz);
    for (const { account, points } of rows) {
      assert.ok(points[0].right, `${account}: in time`);
      assert.ok(points[0].pulse >= 5e8 / hertz - 1, `${account}: ${points[0].pulse} ns of SCL, in time`);
      for (const { delay, right, accepted } of points) {
        assert.ok(right || !accepted, `${account}: a wrong answer was accepted, ${delay} ns late`);
        assert.ok(accepted || !right, `${account}: a right answer was refused, ${delay} ns late`);
      }
    }
    const wrong = rows.flatMap(({ points }) => points).filter(({ right }) => !right);
    // At 100 kHz 101 steps may miss the 50 ns that are too short.
    if (hertz === 400_000) assert.ok(wrong.length > 0, 'the sweep hits the fault');
  });
}

test('the models are strict enough: the SDK target reads wrong when its interrupt is late', () => {
  for (const { points } of rowsOf('lamp-pico', 400_000)) assert.ok(points.some(({ right }) => !right));
});

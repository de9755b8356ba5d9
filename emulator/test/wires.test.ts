// What passes on the wires of an emulated Pico with our own image, seen by others: sigrok decodes the
// VCD, and no time is shorter than UM10204 allows. PICOCTL_TEST_IMAGE is the image.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { TimingChecker } from '../src/i2c/um10204.js';
import { Machine } from '../src/machine.js';
import { WireRecorder } from '../src/vcd.js';
import { Bench } from './bench.js';

const image = process.env.PICOCTL_TEST_IMAGE ?? fileURLToPath(new URL('../../../build/firmware/picoctl-pico.uf2', import.meta.url));

function sigrok(vcd: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'picoctl-vcd-'));
  try {
    writeFileSync(join(folder, 'wires.vcd'), vcd);
    const done = spawnSync('sigrok-cli', ['-I', 'vcd', '-i', join(folder, 'wires.vcd'), '-P', 'i2c:scl=scl:sda=sda', '-A', 'i2c=addr-data'], { encoding: 'utf8' });
    assert.equal(done.error, undefined, 'sigrok-cli is needed');
    return done.stdout.trim().split('\n').map((line) => line.split(': ').slice(1).join(' '));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const hertz of [100_000, 400_000, 1_000_000]) {
  test(`an emulated Pico on the wires at ${hertz / 1000} kHz`, () => {
    const machine = new Machine(readImage(image), { seed: 1 });
    machine.start();
    machine.runFor(50e6);
    const checker = new TimingChecker(machine.clock, machine.wires, hertz);
    const recorder = new WireRecorder(machine.clock, machine.wires);
    machine.runFor(20e3); // sigrok must see the wires at rest
    const pi = new Pi(machine.clock, machine.wires, hertz);
    const result = emptyResult();
    pi.begin(pi.transfer([{ address: 0x41, write: [0x80] }, { address: 0x41, read: 32 }], result));
    assert.ok(machine.runWhile(() => pi.busy, 100e6, 1000));
    machine.runFor(100e3);
    assert.deepEqual(result.read.slice(0, 3), [0xf0, 0x50, 0x43]);
    assert.deepEqual(checker.violations, []);
    assert.equal(checker.transactions, 1);
    const bytes = result.read.map((byte) => `Data read ${byte.toString(16).toUpperCase().padStart(2, '0')}`);
    const decoded = sigrok(recorder.text()).filter((line) => !['ACK', 'Write', 'Read'].includes(line));
    assert.deepEqual(decoded, [
      'Start', 'Address write 41', 'Data write 80', 'Start repeat', 'Address read 41', ...bytes, 'NACK', 'Stop',
    ]);
  });
}

test('the checker sees what it should: data that comes too late, a clock too quick', () => {
  const bench = new Bench(1_000_000).target();
  const checker = new TimingChecker(bench.clock, bench.wires, 100_000);
  bench.transfer([{ address: 0x41, write: [1] }]);
  for (const name of ['tLOW', 'tHIGH', 'tHD;STA', 'tSU;STO']) {
    assert.ok(checker.violations.some((words) => words.startsWith(name)), name);
  }
});

test('two processes give the same cycles, bytes and times', () => {
  const measure = fileURLToPath(new URL('../src/measure.js', import.meta.url));
  const [one, two] = [0, 1].map(() => spawnSync('node', [measure, '--short', image], { encoding: 'utf8' }));
  assert.equal(one.status, 0, one.stderr);
  assert.ok(one.stdout.includes('interrupt cycles per byte received'));
  assert.equal(one.stdout, two.stdout);
});

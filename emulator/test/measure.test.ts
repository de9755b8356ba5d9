// What the benchmark's instrument has to get right before its figures mean anything. The images are those
// of ./firmware --tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pi, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { measure, short } from '../src/measure/figures.js';
import { Run, assemble } from './programs.js';

const firmware = (name: string): string => fileURLToPath(new URL(`../../../build/firmware/${name}`, import.meta.url));

/** From a START to its STOP on a bus at which nobody is addressed. */
function nanosOfProbe(program: string): number {
  const { machine } = new Run(assemble(program));
  const pi = new Pi(machine.clock, machine.wires, 1_000_000);
  const edges: number[] = [];
  machine.runFor(5e6);
  machine.wires.listen((wire) => {
    if (wire === 'sda') edges.push(machine.clock.nanos);
  });
  pi.begin(pi.transfer([{ address: 0x20, write: [] }], emptyResult()));
  assert.ok(machine.runWhile(() => pi.busy, 1e6));
  return edges[edges.length - 1] - edges[0];
}

test('a processor that is busy with long instructions does not slow the wires', () => {
  const sleeps = nanosOfProbe('start: wfi\n b start');
  const works = nanosOfProbe('start: push {r0-r7}\n pop {r0-r7}\n b start');
  assert.equal(works, sleeps);
  assert.ok(Math.abs(sleeps - 10_400) < 1, `${sleeps} ns`); // START's edge to SCL's fall 0.4 bit times, 9, and STOP
});

test("the SDK's driver is interrupted by foreign traffic and holds the clock for each byte, ours is not and does not", () => {
  const theirs = measure(readImage(firmware('lamp-pico.elf')), 400_000, short);
  const ours = measure(readImage(firmware('system-test-pico.elf')), 400_000, short);
  assert.equal(theirs.kind, 'registers');
  assert.equal(ours.kind, 'link');
  assert.equal(theirs.interruptsPerForeign, 2);
  assert.equal(ours.interruptsPerForeign, 0);
  assert.ok(theirs.reads[0].holds >= 15, `${theirs.reads[0].holds} holds in a read of 16 bytes`);
  assert.ok(ours.reads[0].holds <= 1, `${ours.reads[0].holds} holds in a read of 16 bytes`);
});

test('a read of 16 bytes at 1 MHz holds the clock once, after the address', () => {
  const [read] = measure(readImage(firmware('system-test-pico.elf')), 1_000_000, short).reads;
  assert.equal(read.holds, 1);
  assert.ok(read.longestHold <= 264, `${read.longestHold} ns`);
});

test('the same image gives the same figures', () => {
  const image = readImage(firmware('lamp-pico.elf'));
  assert.deepEqual(measure(image, 1_000_000, short), measure(image, 1_000_000, short));
});

// A handler that comes too late: the SDK's own target driver then reports the end of a write before its
// bytes, and ours does not. The images are those of ./firmware --tests.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Pi, type Message, emptyResult } from '../src/bus/pi.js';
import { readImage } from '../src/chip/image.js';
import { Machine } from '../src/machine.js';

const firmware = (name: string): string => fileURLToPath(new URL(`../../../build/firmware/${name}`, import.meta.url));
const interrupt = 1 << 23; // I2C0

class Pico {
  readonly machine: Machine;
  readonly lights: string[] = [];
  private readonly pi: Pi;
  constructor(name: string) {
    this.machine = new Machine(readImage(firmware(name)), { seed: 1 });
    this.machine.start();
    this.machine.runFor(20e6);
    this.pi = new Pi(this.machine.clock, this.machine.wires, 400_000);
    this.machine.chip.pins.onOutput = (pin, high) => this.lights.push(`GP${pin}=${high ? 1 : 0}`);
  }
  /** The interrupt comes so long after the START that the transaction is over by then. */
  late(message: Message): void {
    const { exceptions } = this.machine.chip.cpu;
    exceptions.holdBack(interrupt);
    this.transfer(message);
    exceptions.holdBack(0);
    this.machine.runFor(10e6);
  }
  transfer(...messages: Message[]): number[] {
    const result = emptyResult();
    this.pi.begin(this.pi.transfer(messages, result));
    assert.ok(this.machine.runWhile(() => this.pi.busy, 100e6, 1000), 'the transfer hangs');
    this.machine.runFor(1e6);
    return result.read;
  }
}

test("the SDK's driver applies a write at once when its interrupt comes in time", () => {
  const lamp = new Pico('lamp-pico.uf2');
  lamp.transfer({ address: 0x17, write: [25, 1] });
  assert.deepEqual(lamp.lights, ['GP25=1']);
});

test("the SDK's driver forgets the end of a write when its interrupt comes late", () => {
  const lamp = new Pico('lamp-pico.uf2');
  lamp.late({ address: 0x17, write: [25, 1] });
  assert.deepEqual(lamp.lights, [], 'ten milliseconds later the lamp is still dark');
  lamp.transfer({ address: 0x17, write: [] });
  assert.deepEqual(lamp.lights, ['GP25=1'], 'the next START brings it');
});

test('our target applies a late write without waiting for another', () => {
  const ours = new Pico('picoctl-pico.uf2');
  ours.late({ address: 0x41, write: [1, 1] }); // the register of light 1
  assert.deepEqual(ours.lights, ['GP15=1']);
  assert.deepEqual(ours.transfer({ address: 0x41, write: [1] }, { address: 0x41, read: 1 }), [1]);
});

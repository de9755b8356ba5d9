// The USB serial port: MicroPython, as it is downloaded, has its REPL there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readImage } from '../src/chip/image.js';
import { UsbSerial, serialEndpoints } from '../src/chip/usb.js';
import { Machine } from '../src/machine.js';
import { Run, assemble } from './programs.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const firmware = `${root}build/micropython-rp2/firmware.elf`;
const missing = existsSync(firmware) ? false : 'emulator/micropython/build.sh builds it';

const configuration = [9, 2, 0, 0, 2, 1, 0, 0x80, 50];
const interfaceOf = (kind: number): number[] => [9, 4, 0, 0, 2, kind, 0, 0, 0];
const endpoint = (address: number, kind: number): number[] => [7, 5, address, kind, 64, 0, 0];

test('the endpoints of a serial port are the bulk ones of its data interface', () => {
  const whole = [...configuration, ...interfaceOf(2), ...endpoint(0x81, 3), ...interfaceOf(10), ...endpoint(0x02, 2), ...endpoint(0x82, 2)];
  assert.deepEqual(serialEndpoints(Uint8Array.from(whole)), { in: 2, out: 2 });
  const storage = [...configuration, ...interfaceOf(8), ...endpoint(0x03, 2), ...endpoint(0x83, 2)];
  assert.equal(serialEndpoints(Uint8Array.from(storage)), null);
  assert.equal(serialEndpoints(Uint8Array.from(whole.slice(0, -8))), null, 'cut short');
  assert.equal(serialEndpoints(Uint8Array.of(9, 4, 0)), null, 'a length beyond the end');
  assert.equal(serialEndpoints(new Uint8Array(20)), null, 'no length at all');
});

test('a write to the ROM goes nowhere: TinyUSB makes one for each transfer on endpoint 0', () => {
  const ran = new Run(assemble(`
    start:
      ldr r7, =0x20000000
      movs r0, #0
      ldr r1, [r0]
      ldr r2, =0x12345678
      str r2, [r0]
      strh r2, [r0, #4]
      strb r2, [r0, #8]
      ldr r2, [r0]
      eors r1, r2
      str r1, [r7]
      movs r1, #1
      str r1, [r7, #4]
      b .`));
  ran.for(1);
  assert.deepEqual([ran.word(0), ran.word(1)], [0, 1]);
});

class Terminal {
  readonly machine = new Machine(readImage(firmware), { seed: 1 });
  serial!: UsbSerial;
  shown = '';

  constructor() {
    this.machine.onBoot = (chip) => {
      this.serial = new UsbSerial(chip.mcu.usbCtrl);
      this.serial.onBytes = (bytes) => (this.shown += Buffer.from(bytes).toString());
    };
    this.machine.start();
    this.waitFor(() => this.serial.ready);
  }
  waitFor(condition: () => boolean): void {
    assert.ok(this.machine.runWhile(() => !condition(), 3e9, 1e5), this.shown);
  }
  run(line: string): string {
    this.shown = '';
    this.serial.send(Buffer.from(`${line}\r`));
    this.waitFor(() => this.shown.endsWith('>>> '));
    return this.shown;
  }
}

test('MicroPython is a serial port, and hears who opens and closes it', { skip: missing }, () => {
  const pico = new Terminal();
  pico.machine.runFor(20e6);
  assert.equal(pico.shown, '', 'nobody has opened it');
  pico.serial.setOpen(true);
  pico.run('');
  assert.match(pico.run('print(6 * 7)'), /\r\n42\r\n>>> $/);
  const long = 'x'.repeat(700);
  assert.match(pico.run(`print(len("${long}"))`), /\r\n700\r\n>>> $/);
  assert.equal(pico.serial.backlog, 0);
  pico.serial.setOpen(false);
  pico.machine.runFor(20e6);
  pico.shown = '';
  pico.serial.send(Buffer.from('print(1)\r'));
  pico.machine.runFor(50e6);
  assert.equal(pico.shown, '');
});

test('a reset plugs it in anew', { skip: missing }, () => {
  const pico = new Terminal();
  const before = pico.serial;
  pico.machine.runPin();
  assert.notEqual(pico.serial, before);
  pico.waitFor(() => pico.serial.ready);
  pico.serial.setOpen(true);
  pico.run('');
  assert.match(pico.run('print("again")'), /again\r\n>>> $/);
});

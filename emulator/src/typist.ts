// Types what comes on standard input into a Pico's UART0, no faster than MicroPython takes it.
import type { Machine } from './machine.js';

const byteNanos = 200e3;

export class Typist {
  private readonly waiting: number[] = [];
  private next = 0;

  constructor(private readonly machine: Machine, input: NodeJS.ReadableStream) {
    input.on('data', (bytes: Buffer) => this.waiting.push(...bytes));
    input.on('error', () => undefined);
  }

  /** To be called as often as the machine goes on: at most one byte goes in at each call. */
  turn(): void {
    if (this.waiting.length === 0 || this.machine.clock.nanos < this.next) return;
    this.next = this.machine.clock.nanos + byteNanos;
    this.machine.chip.uart[0].feed(this.waiting.shift() ?? 0);
  }
}

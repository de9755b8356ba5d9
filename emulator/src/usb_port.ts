// A Pico's USB serial port as programs see it: a pseudo-terminal, which `picoctl virtual --usb` opened. It
// does not block; while nobody has its other end open the kernel says EIO.
import { readSync, unlinkSync, writeSync } from 'node:fs';
import { UsbSerial } from './chip/usb.js';
import type { Chip } from './chip/chip.js';

const mostAhead = 256; // bytes that the device has not taken yet: more stays in the terminal
const mostHeld = 1 << 20; // bytes that nobody reads; rp2040js cannot make the device wait

export class UsbPort {
  private serial: UsbSerial | null = null;
  private held: Buffer = Buffer.alloc(0);
  private readonly buffer = Buffer.alloc(mostAhead);

  /** `link`: the path by which it is found; it goes when the program ends. */
  constructor(private readonly terminal: number, link: string) {
    process.on('exit', () => {
      try {
        unlinkSync(link);
      } catch {
        // somebody else has removed it
      }
    });
  }

  /** To be called for each new chip, before its first instruction. */
  plugInto(chip: Chip): void {
    this.serial = new UsbSerial(chip.mcu.usbCtrl);
    this.serial.onBytes = (bytes) => this.show(bytes);
  }

  get ready(): boolean {
    return this.serial?.ready ?? false;
  }

  /** To be called as often as the machine goes on. */
  turn(): void {
    if (this.serial === null || !this.serial.ready) return;
    const read = this.serial.backlog < mostAhead ? this.read() : 'none yet';
    if (read === 'nobody') this.held = Buffer.alloc(0);
    else if (this.held.length > 0) this.write();
    if (this.serial.backlog === 0 || read !== 'nobody') this.serial.setOpen(read !== 'nobody');
    if (read instanceof Buffer) this.serial.send(read);
  }

  private show(bytes: Uint8Array): void {
    if (this.held.length < mostHeld) this.held = Buffer.concat([this.held, bytes]);
  }

  private read(): Buffer | 'none yet' | 'nobody' {
    try {
      const count = readSync(this.terminal, this.buffer);
      return Buffer.from(this.buffer.subarray(0, count));
    } catch (problem) {
      const { code } = problem as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 'none yet';
      if (code === 'EIO') return 'nobody';
      throw problem;
    }
  }

  private write(): void {
    try {
      this.held = this.held.subarray(writeSync(this.terminal, this.held));
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== 'EAGAIN') throw problem;
    }
  }
}

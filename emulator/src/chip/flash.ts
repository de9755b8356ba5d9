// The Pico's flash chip (W25Q16JV datasheet, section 8) behind the RP2040's SSI, as far as programs use it
// by hand: to erase, program, and ask for its identity. Execution in place reads the array directly.
import { Stop } from '../cpu/stop.js';
import { Block } from './block.js';
import type { Timebase } from './clock.js';

const eraseNanos: Record<number, { size: number; nanos: number }> = {
  0x20: { size: 4096, nanos: 45e6 },
  0x52: { size: 32768, nanos: 120e6 },
  0xd8: { size: 65536, nanos: 150e6 },
};
const programNanos = 400e3;
const statusNanos = 10e6;

export class FlashChip {
  private input: number[] = [];
  private writable = false;
  private busyUntil = 0;
  private untilPowerLoss: number | null = null; // operations
  private doneBefore: number | null = null; // bytes of the one in which the power fails
  private status2 = 2; // quad mode, as it comes from a Pico's first boot

  constructor(
    readonly bytes: Uint8Array,
    private readonly clock: Timebase,
    private readonly uniqueId: Uint8Array,
    private readonly onBusy: () => void,
  ) {}

  /** The power fails in the n-th erase or write from now on: when `done` bytes of it are, else in its middle. */
  losePower(n: number, done: number | null = null): void {
    this.untilPowerLoss = n;
    this.doneBefore = done;
  }

  /** Whether it fails in this one. */
  private fails(): boolean {
    if (this.untilPowerLoss === null) return false;
    if (this.untilPowerLoss-- > 0) return false;
    this.untilPowerLoss = null;
    return true;
  }

  get busy(): boolean {
    return this.clock.nanos < this.busyUntil;
  }

  /** One byte each way while it is selected. */
  exchange(byte: number): number {
    this.input.push(byte);
    const at = this.input.length - 1;
    switch (this.input[0]) {
      case 0x05: return at === 0 ? 0xff : (this.busy ? 1 : 0) | (this.writable ? 2 : 0);
      case 0x35: return at === 0 ? 0xff : this.status2;
      case 0x4b: return at < 5 ? 0xff : this.uniqueId[(at - 5) % 8];
      case 0x9f: return [0xff, 0xef, 0x40, 0x15][at] ?? 0xff;
      case 0x03: return at < 4 ? 0xff : this.bytes[(this.address() + at - 4) % this.bytes.length];
      default: return 0xff;
    }
  }

  /** Chip select rises: what was sent takes effect. */
  deselect(): void {
    const input = this.input;
    this.input = [];
    if (input.length === 0 || this.busy) return;
    const code = input[0];
    if (code === 0x06) this.writable = true;
    else if (code === 0x04) this.writable = false;
    else if (this.writable) this.change(code, input);
  }

  private change(code: number, input: number[]): void {
    const address = (input[1] << 16) | (input[2] << 8) | input[3];
    if (code in eraseNanos && input.length >= 4) {
      const { size, nanos } = eraseNanos[code];
      const from = (address & ~(size - 1)) % this.bytes.length;
      const fails = this.fails();
      this.bytes.fill(0xff, from, from + (fails ? (this.doneBefore ?? size / 2) : size));
      this.work(nanos);
      if (fails) throw new Stop('power', 'the power failed while flash was erased');
    } else if (code === 0x02 && input.length >= 5) {
      const page = (address & ~0xff) % this.bytes.length;
      const fails = this.fails();
      input.slice(4, fails ? 4 + (this.doneBefore ?? 13) : input.length).forEach((byte, i) => {
        this.bytes[page + ((address + i) & 0xff)] &= byte;
      });
      this.work(programNanos);
      if (fails) throw new Stop('power', 'the power failed while flash was written');
    } else if (code === 0x01 && input.length >= 3) {
      this.status2 = input[2];
      this.work(statusNanos);
    } else if (code === 0x31 && input.length >= 2) {
      this.status2 = input[1];
      this.work(statusNanos);
    }
  }

  private work(nanos: number): void {
    this.writable = false;
    this.busyUntil = this.clock.nanos + nanos;
    this.onBusy();
  }

  private address(): number {
    return (this.input[1] << 16) | (this.input[2] << 8) | this.input[3];
  }
}

/** XIP_SSI (RP2040 datasheet section 4.10.13). A transfer takes no time. */
export class Ssi extends Block {
  private readonly registers = new Map<number, number>();
  private received: number[] = [];
  private words = 0; // written since it was enabled, while it reads as from an EEPROM

  /** `forced`: what IO_QSPI makes of the chip select: low, high, or the SSI's own. */
  constructor(
    private readonly flash: FlashChip,
    private readonly forced: () => 'low' | 'high' | 'no',
  ) {
    super();
  }

  private get eeprom(): boolean {
    return (((this.registers.get(0) ?? 0) >> 8) & 3) === 3;
  }

  read(offset: number): number {
    if (offset === 0x28) {
      if (this.forced() === 'no') this.flash.deselect(); // the last byte has gone out
      return 0x6 | (this.received.length > 0 ? 8 : 0);
    }
    if (offset === 0x20) return 0;
    if (offset === 0x24) return this.received.length;
    if (offset >= 0x60 && offset < 0xf0) return this.received.shift() ?? 0;
    return this.registers.get(offset) ?? 0;
  }

  write(offset: number, value: number): void {
    if (offset >= 0x60 && offset < 0xf0) this.send(value);
    else this.registers.set(offset, value);
    if (offset === 0x08) {
      this.received = [];
      this.words = 0;
      if (this.forced() === 'no') this.flash.deselect();
    }
  }

  private send(value: number): void {
    if (((this.registers.get(0x08) ?? 0) & 1) === 0) return;
    if (!this.eeprom) {
      if (this.received.length < 16) this.received.push(this.flash.exchange(value & 0xff));
    } else if (++this.words % 2 === 0) {
      this.received.push(0); // a word read to bring the flash into its continuous mode
    }
  }
}

/** IO_QSPI: only the chip select's override means something here. */
export class IoQspi extends Block {
  private readonly registers = new Map<number, number>();
  constructor(private readonly deselected: () => void) {
    super();
  }
  get forced(): 'low' | 'high' | 'no' {
    const override = ((this.registers.get(0x0c) ?? 0) >> 8) & 3;
    return override === 2 ? 'low' : override === 3 ? 'high' : 'no';
  }
  read(offset: number): number {
    return this.registers.get(offset) ?? 0;
  }
  write(offset: number, value: number): void {
    const before = this.forced;
    this.registers.set(offset, value);
    if (before === 'low' && this.forced !== 'low') this.deselected();
  }
}

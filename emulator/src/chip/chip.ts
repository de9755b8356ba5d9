// One RP2040 from reset to reset: rp2040js for what it does well, and our parts in place of the rest.
import { type LogLevel, RP2040 } from 'rp2040js';
import { Cpu } from '../cpu/cpu.js';
import { Memory, type Registers } from '../cpu/memory.js';
import type { Tracing } from '../cpu/tracer.js';
import { Stop } from '../cpu/stop.js';
import { I2cBlock } from '../i2c/block.js';
import { ChipWires, type Wires } from '../i2c/wires.js';
import { Adc } from './adc.js';
import { ChipClock, type Clock } from './clock.js';
import { FlashChip, IoQspi, Ssi } from './flash.js';
import { type Kept, PowerStates, Resets, Rosc, Watchdog, XipControl, core1Stop, voltageRegulator } from './parts.js';
import { Pins } from './pins.js';
import { PioClock, pioSlice } from './pio.js';
import { Ppb } from './ppb.js';
import { Timer } from './timer.js';
import { Uart } from './uart.js';

export const flashBytes = 2 * 1024 * 1024;
const dreqUart0 = 20; // RP2040 datasheet, table 120: transmit, receive, and the same of the next one
const dreqI2c0 = 32;
const interruptI2c0 = 23;
const interruptUart0 = 20;
const interruptAdc = 22;
const resetBitI2c0 = 3;
const usbMemory = 0x50100000; // 4 KB
const sioFifoStatus = 0xd0000050;
const sioFifoWrite = 0xd0000054;
const sioFifoRead = 0xd0000058;

export interface Kit {
  rom: Uint8Array;
  flash: Uint8Array; // 2 MB at most
  ram: Uint8Array; // what was there before the reset
  wires: Wires;
  clock: Clock;
  kept: Kept;
  uniqueId: Uint8Array; // 8 bytes
  seed: number; // of the ring oscillator's random bit
  tracing?: Tracing;
}

interface Replaceable {
  core: unknown;
  peripherals: Record<number, unknown>;
  logger: unknown;
}

interface Written {
  writeUint32(offset: number, value: number): void;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, logLevel: 0 as LogLevel };

/** The chip's bus beyond memory: our private registers and aliases, then rp2040js. */
class Beyond implements Registers {
  /** Of the second core nothing is here but its boot ROM's first word: 0, when its reset ends. */
  readonly fromCore1: number[] = [];

  constructor(
    private readonly mcu: RP2040,
    private readonly ppb: () => Ppb,
    private readonly xip: XipControl,
  ) {}

  has(address: number): boolean {
    const top = address >>> 28;
    if (top === 0xd || address >>> 12 === 0xe000e) return true;
    if (address >>> 24 === 0x14 || address >>> 12 === usbMemory >>> 12) return true;
    return this.mcu.findPeripheral(address) !== undefined;
  }
  readUint32(address: number): number {
    if (address >>> 12 === 0xe000e) return this.ppb().read(address & 0xfff) >>> 0;
    if (address >>> 24 === 0x14) return this.xip.readUint32(address);
    if (address === sioFifoStatus) return 2 | (this.fromCore1.length > 0 ? 1 : 0); // room to write, something to read
    if (address === sioFifoRead) return this.fromCore1.shift() ?? 0;
    return this.mcu.readUint32(address);
  }
  readUint16(address: number): number {
    return (this.readUint32(address & ~3) >>> (8 * (address & 2))) & 0xffff;
  }
  readUint8(address: number): number {
    return (this.readUint32(address & ~3) >>> (8 * (address & 3))) & 0xff;
  }
  writeUint32(address: number, value: number): void {
    if (address >>> 12 === 0xe000e) this.ppb().write(address & 0xfff, value | 0);
    else if (address >>> 24 === 0x14) this.xip.writeUint32(address & 0xfff, value);
    else if (address === sioFifoWrite) throw core1Stop();
    else this.mcu.writeUint32(address, value);
  }
  writeUint16(address: number, value: number): void {
    if (address >>> 28 === 0xe) this.writeUint32(address & ~3, value | (value << 16));
    else this.mcu.writeUint16(address, value);
  }
  writeUint8(address: number, value: number): void {
    if (address >>> 28 === 0xe) this.writeUint32(address & ~3, value * 0x01010101);
    else this.mcu.writeUint8(address, value);
  }
}

/** The two DMA requests of a block, of which the first one has that number: to fill its FIFO, and to drain it. */
class DmaRequests {
  private readonly levels = [false, false];
  constructor(
    private readonly mcu: RP2040,
    private readonly first: number,
  ) {}
  set(now: boolean[]): void {
    now.forEach((high, i) => {
      if (this.levels[i] === high) return;
      this.levels[i] = high;
      if (high) this.mcu.dma.setDREQ(this.first + i);
      else this.mcu.dma.clearDREQ(this.first + i);
    });
  }
}

export class Chip {
  readonly mcu: RP2040;
  readonly cpu: Cpu;
  readonly i2c: [I2cBlock, I2cBlock];
  readonly uart: [Uart, Uart];
  readonly adc: Adc;
  readonly pins: Pins;
  readonly rosc: Rosc;
  private readonly clock: Clock;
  private readonly time: ChipClock;
  private readonly wires: ChipWires;
  private readonly ppb: Ppb;
  private readonly pio: PioClock;
  private readonly dmaRequests: DmaRequests[];
  /** What the program sees at 0x10000000; it changes as the program erases and writes. */
  readonly flash: Uint8Array;
  readonly flashChip: FlashChip;

  constructor(kit: Kit) {
    this.clock = kit.clock;
    this.time = new ChipClock(kit.clock);
    this.wires = new ChipWires(kit.wires);
    const { time, wires } = this;
    this.mcu = new RP2040(time);
    const open = this.mcu as unknown as Replaceable;
    open.logger = quiet;
    this.mcu.sram.set(kit.ram.subarray(0, this.mcu.sram.length));
    this.flash = this.mcu.flash.subarray(0, flashBytes);
    this.flash.set(kit.flash);
    const xip = new XipControl();
    const beyond = new Beyond(this.mcu, () => this.ppb, xip);
    const memory = new Memory(kit.rom, this.flash, this.mcu.sram, beyond, (at) => beyond.has(at));
    this.cpu = new Cpu(memory, kit.tracing);
    this.watchDma(memory);
    open.core = this.coreFor();
    this.clock.attach(this.cpu);
    this.ppb = new Ppb(this.cpu, time);
    this.mcu.addClockListener((hertz) => this.clock.setFrequency(hertz));

    const flash = (this.flashChip = new FlashChip(this.flash, time, kit.uniqueId, () => {
      memory.flashIdle = false;
      this.cpu.forgetCode();
    }));
    memory.flashBusy = () => flash.busy;
    const ioQspi = new IoQspi(() => flash.deselect());
    const block = (n: 0 | 1): I2cBlock =>
      new I2cBlock(`I2C${n}`, time, wires, (high) => this.cpu.exceptions.setLine(interruptI2c0 + n, high));
    this.i2c = [block(0), block(1)];
    const uart = (n: 0 | 1): Uart =>
      new Uart(time, () => this.mcu.clkPeri, (high) => this.cpu.exceptions.setLine(interruptUart0 + n, high));
    this.uart = [uart(0), uart(1)];
    this.rosc = new Rosc(kit.seed === 0 ? 1 : kit.seed);
    this.adc = new Adc(time, (high) => this.cpu.exceptions.setLine(interruptAdc, high));
    Object.assign(open.peripherals, {
      0x18000: new Ssi(flash, () => ioQspi.forced),
      0x4000c: new Resets((bit) => this.resetBlock(bit)),
      0x40010: new PowerStates(() => beyond.fromCore1.push(0)),
      0x40018: ioQspi,
      0x40034: this.uart[0],
      0x40038: this.uart[1],
      0x40044: this.i2c[0],
      0x40048: this.i2c[1],
      0x4004c: this.adc,
      0x40054: new Timer(time, (alarm, high) => this.cpu.exceptions.setLine(alarm, high)),
      0x40058: new Watchdog(time, kit.kept),
      0x40060: this.rosc,
      0x40064: voltageRegulator(),
    });
    const asks = (first: number): DmaRequests => new DmaRequests(this.mcu, first);
    this.dmaRequests = [...this.i2c.map((_, n) => asks(dreqI2c0 + 2 * n)), ...this.uart.map((_, n) => asks(dreqUart0 + 2 * n))];
    [...this.i2c, ...this.uart].forEach((each, n) => (each.onDma = (...now) => this.dmaRequests[n].set(now)));
    this.pio = new PioClock(this.mcu.pio);
    this.pins = new Pins(this.mcu, wires);
    this.watchFunctions(open.peripherals[0x40014] as Written);
    this.i2c.forEach((each, n) => (each.connected = () => this.pins.hasI2c(n)));
    this.cpu.onRomCall = (number) => romCall(number, this.cpu.fault);
    this.cpu.reset();
  }

  /** What rp2040js's peripherals ask of the core that they believe to be theirs. */
  private coreFor(): object {
    const exceptions = this.cpu.exceptions;
    return {
      setInterrupt: (irq: number, high: boolean) => exceptions.setLine(irq, high),
      get pendingInterrupts(): number {
        return exceptions.pendingInterrupts;
      },
      reset() {},
    };
  }

  /** Which pins are led out to the wires shows when their function is set. */
  private watchFunctions(bank: Written): void {
    const write = bank.writeUint32.bind(bank);
    bank.writeUint32 = (offset, value) => {
      write(offset, value);
      if ((offset & 4) !== 0) this.pins.functionSet(offset >>> 3);
    };
  }

  /** DMA writes past the processor, also over code. */
  private watchDma(memory: Memory): void {
    for (const name of ['writeUint32', 'writeUint16', 'writeUint8'] as const) {
      const write = this.mcu[name].bind(this.mcu);
      this.mcu[name] = (address, value) => {
        write(address, value);
        if (!memory.holdsCode(address)) return;
        memory.codeWritten();
        this.cpu.interruptSlice();
      };
    }
  }

  private resetBlock(bit: number): void {
    if (bit === resetBitI2c0 || bit === resetBitI2c0 + 1) this.i2c[bit - resetBitI2c0].reset();
  }

  /** Wires a pin to SDA or SCL, until the chip's reset. */
  jumper(pin: number, wire: 'scl' | 'sda'): void {
    this.pins.jumper(pin, wire);
  }

  /** The chip is gone: no alarm of it fires, and it lets go of the wires. */
  end(): void {
    this.time.end();
    this.wires.end();
  }

  get ram(): Uint8Array {
    return this.mcu.sram;
  }

  /** Runs until the machine's time is `nanos`, or its clock stands; idle time is skipped. */
  runUntil(nanos: number): void {
    const { clock, cpu } = this;
    while (clock.nanos < nanos && !clock.standing) {
      clock.fireDue();
      if (clock.standing) return;
      let next = Math.min(clock.nextAlarm, nanos);
      if (this.pio.running) {
        this.pio.catchUp(clock.nanos / clock.cycleNanos); // sleep counts too
        next = Math.min(next, clock.nanos + pioSlice * clock.cycleNanos);
      }
      cpu.takeException();
      if (cpu.sleeping !== 'no') {
        if (next === Infinity) throw new Stop('limit', 'the program sleeps and nothing can wake it', cpu.pc, cpu.snapshot());
        clock.skipTo(next);
      } else {
        cpu.execute(Math.min(clock.cyclesUntil(next), 1_000_000));
      }
    }
    clock.fireDue();
  }
}

function romCall(number: number, fault: Stop | null): void {
  switch (number) {
    case 0xe1:
      throw new Stop('no-program', 'the flash holds no second boot stage with a right checksum');
    case 0xe2:
      throw new Stop('usb-boot', 'the program asked for BOOTSEL mode (USB boot), which is not emulated');
    default:
      throw fault ?? new Stop('fault', 'an exception without a handler came while the boot ROM ran');
  }
}


// What the processor's loads and stores reach: RP2040 datasheet section 2.2. Memory is read and
// written here; whatever is a register goes to rp2040js, or to a part of ours in its place.

export const romBase = 0x00000000;
const romSpace = 0x4000;
export const flashBase = 0x10000000;
export const ramBase = 0x20000000;

/** A load, store or fetch that the chip's bus refuses; becomes a HardFault. */
export class BusFault extends Error {}

export interface Registers {
  readUint32(address: number): number;
  readUint16(address: number): number;
  readUint8(address: number): number;
  writeUint32(address: number, value: number): void;
  writeUint16(address: number, value: number): void;
  writeUint8(address: number, value: number): void;
}

const hex = (address: number): string => `0x${(address >>> 0).toString(16).padStart(8, '0')}`;

/** A write there goes nowhere: TinyUSB makes one for each transfer on endpoint 0, by a null pointer. */
const isRom = (address: number): boolean => address >= romBase && address < romSpace;

export class Memory {
  readonly rom: Uint8Array;
  private readonly romView: DataView;
  private readonly flashView: DataView;
  private readonly ramView: DataView;
  private readonly flashMask: number;
  /** Why the flash cannot be read now, or null; set while it erases or programs. */
  flashBusy: (() => boolean) | null = null;

  /** `rom`, `flash` and `ram` are the chip's own arrays; the flash's size is a power of two. */
  constructor(
    rom: Uint8Array,
    readonly flash: Uint8Array,
    readonly ram: Uint8Array,
    private readonly registers: Registers,
    private readonly hasRegister: (address: number) => boolean,
  ) {
    this.rom = new Uint8Array((rom.length + 3) & ~3);
    this.rom.set(rom);
    const view = (of: Uint8Array): DataView => new DataView(of.buffer, of.byteOffset, of.length);
    this.romView = view(this.rom);
    this.flashView = view(flash);
    this.ramView = view(ram);
    this.flashMask = flash.length - 1;
  }

  /** The halfwords around `address` that code may be fetched from, and where they begin. */
  code(address: number): { halfwords: Uint16Array; base: number } {
    const [bytes, base] = this.region(address);
    return { halfwords: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1), base };
  }

  private region(address: number): [Uint8Array, number] {
    const offset = address >>> 0;
    if (offset - ramBase >= 0 && offset - ramBase < this.ram.length) return [this.ram, ramBase];
    if (offset >= flashBase && offset < 0x14000000) {
      this.checkFlash(offset);
      return [this.flash, (offset & ~this.flashMask) >>> 0];
    }
    if (offset < this.rom.length) return [this.rom, romBase];
    throw new BusFault(`there is no code at ${hex(address)}`);
  }

  private checkFlash(address: number): void {
    if (this.flashBusy !== null && this.flashBusy()) {
      throw new BusFault(`the flash was read at ${hex(address)} while it was erasing or programming`);
    }
  }

  load32(address: number): number {
    const offset = address - ramBase;
    if ((address & 3) !== 0) throw new BusFault(`unaligned 32-bit read of ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.length) return this.ramView.getInt32(offset, true);
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flashView.getInt32(address & this.flashMask, true);
    }
    if (address >= 0 && address < this.rom.length) return this.romView.getInt32(address, true);
    return this.registers.readUint32(this.known(address)) | 0;
  }

  load16(address: number): number {
    const offset = address - ramBase;
    if ((address & 1) !== 0) throw new BusFault(`unaligned 16-bit read of ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.length) return this.ramView.getUint16(offset, true);
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flashView.getUint16(address & this.flashMask, true);
    }
    if (address >= 0 && address < this.rom.length) return this.romView.getUint16(address, true);
    return this.registers.readUint16(this.known(address));
  }

  load8(address: number): number {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.ram.length) return this.ram[offset];
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flash[address & this.flashMask];
    }
    if (address >= 0 && address < this.rom.length) return this.rom[address];
    return this.registers.readUint8(this.known(address));
  }

  store32(address: number, value: number): void {
    const offset = address - ramBase;
    if ((address & 3) !== 0) throw new BusFault(`unaligned 32-bit write to ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.length) this.ramView.setInt32(offset, value, true);
    else if (!isRom(address)) this.registers.writeUint32(this.writable(address), value >>> 0);
  }

  store16(address: number, value: number): void {
    const offset = address - ramBase;
    if ((address & 1) !== 0) throw new BusFault(`unaligned 16-bit write to ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.length) this.ramView.setInt16(offset, value, true);
    else if (!isRom(address)) this.registers.writeUint16(this.writable(address), value & 0xffff);
  }

  store8(address: number, value: number): void {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.ram.length) this.ram[offset] = value;
    else if (!isRom(address)) this.registers.writeUint8(this.writable(address), value & 0xff);
  }

  private known(address: number): number {
    const unsigned = address >>> 0;
    if (!this.hasRegister(unsigned)) throw new BusFault(`there is nothing to read at ${hex(address)}`);
    return unsigned;
  }

  private writable(address: number): number {
    const unsigned = address >>> 0;
    if (unsigned < 0x14000000 || !this.hasRegister(unsigned)) {
      throw new BusFault(`there is nothing to write to at ${hex(address)}`);
    }
    return unsigned;
  }
}

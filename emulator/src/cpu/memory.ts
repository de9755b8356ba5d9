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

/** Memory that code may be fetched from; the same bytes as halfwords and words. */
export interface Region {
  base: number;
  bytes: Uint8Array;
  halfwords: Uint16Array;
  words: Int32Array;
}

function regionOf(base: number, bytes: Uint8Array): Region {
  const { buffer, byteOffset, length } = bytes;
  return { base, bytes, halfwords: new Uint16Array(buffer, byteOffset, length >> 1), words: new Int32Array(buffer, byteOffset, length >> 2) };
}

/** A write there goes nowhere: TinyUSB makes one for each transfer on endpoint 0, by a null pointer. */
const isRom = (address: number): boolean => address >= romBase && address < romSpace;

export class Memory {
  readonly rom: Region;
  readonly flash: Region;
  readonly ram: Region;
  /** Of each word of RAM whether it holds code that something is remembered of; then codeWritten is told. */
  readonly code: Uint8Array;
  codeWritten: () => void = () => undefined;
  /** False once the flash began to erase or program, until somebody finds that it has ended. */
  flashIdle = true;
  flashBusy: () => boolean = () => false;
  private readonly flashMask: number;
  private readonly aliases = new Map<number, Region>(); // of the flash

  /** `rom`, `flash` and `ram` are the chip's own arrays; the flash's size is a power of two. */
  constructor(
    rom: Uint8Array,
    flash: Uint8Array,
    ram: Uint8Array,
    private readonly registers: Registers,
    private readonly hasRegister: (address: number) => boolean,
  ) {
    const words = new Uint8Array((rom.length + 3) & ~3);
    words.set(rom);
    this.rom = regionOf(romBase, words);
    this.flash = regionOf(flashBase, flash);
    this.ram = regionOf(ramBase, ram);
    this.code = new Uint8Array(ram.length >> 2);
    this.flashMask = flash.length - 1;
  }

  /** The memory around `address`, if code may be fetched from there. */
  region(address: number): Region {
    const offset = address >>> 0;
    if (offset - ramBase >= 0 && offset - ramBase < this.ram.bytes.length) return this.ram;
    if (offset >= flashBase && offset < 0x14000000) {
      this.checkFlash(offset);
      return this.flashAt((offset & ~this.flashMask) >>> 0);
    }
    if (offset < this.rom.bytes.length) return this.rom;
    throw new BusFault(`there is no code at ${hex(address)}`);
  }
  private flashAt(base: number): Region {
    if (base === flashBase) return this.flash;
    const region = this.aliases.get(base) ?? regionOf(base, this.flash.bytes);
    this.aliases.set(base, region);
    return region;
  }

  /** Whether something is remembered of the code at an address in RAM. */
  holdsCode(address: number): boolean {
    return this.code[(address - ramBase) >>> 2] === 1;
  }

  private checkFlash(address: number): void {
    if (this.flashIdle) return;
    if (this.flashBusy()) {
      throw new BusFault(`the flash was read at ${hex(address)} while it was erasing or programming`);
    }
    this.flashIdle = true;
  }

  load32(address: number): number {
    const offset = address - ramBase;
    if ((address & 3) !== 0) throw new BusFault(`unaligned 32-bit read of ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.bytes.length) return this.ram.words[offset >> 2];
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flash.words[(address & this.flashMask) >> 2];
    }
    if (address >= 0 && address < this.rom.bytes.length) return this.rom.words[address >> 2];
    return this.registers.readUint32(this.known(address)) | 0;
  }

  load16(address: number): number {
    const offset = address - ramBase;
    if ((address & 1) !== 0) throw new BusFault(`unaligned 16-bit read of ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.bytes.length) return this.ram.halfwords[offset >> 1];
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flash.halfwords[(address & this.flashMask) >> 1];
    }
    if (address >= 0 && address < this.rom.bytes.length) return this.rom.halfwords[address >> 1];
    return this.registers.readUint16(this.known(address));
  }

  load8(address: number): number {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.ram.bytes.length) return this.ram.bytes[offset];
    if (address >= flashBase && address < 0x14000000) {
      this.checkFlash(address);
      return this.flash.bytes[address & this.flashMask];
    }
    if (address >= 0 && address < this.rom.bytes.length) return this.rom.bytes[address];
    return this.registers.readUint8(this.known(address));
  }

  store32(address: number, value: number): void {
    const offset = address - ramBase;
    if ((address & 3) !== 0) throw new BusFault(`unaligned 32-bit write to ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.bytes.length) {
      this.ram.words[offset >> 2] = value;
      if (this.code[offset >> 2] !== 0) this.codeWritten();
    } else if (!isRom(address)) this.registers.writeUint32(this.writable(address), value >>> 0);
  }

  store16(address: number, value: number): void {
    const offset = address - ramBase;
    if ((address & 1) !== 0) throw new BusFault(`unaligned 16-bit write to ${hex(address)}`);
    if (offset >= 0 && offset < this.ram.bytes.length) {
      this.ram.halfwords[offset >> 1] = value;
      if (this.code[offset >> 2] !== 0) this.codeWritten();
    } else if (!isRom(address)) this.registers.writeUint16(this.writable(address), value & 0xffff);
  }

  store8(address: number, value: number): void {
    const offset = address - ramBase;
    if (offset >= 0 && offset < this.ram.bytes.length) {
      this.ram.bytes[offset] = value;
      if (this.code[offset >> 2] !== 0) this.codeWritten();
    } else if (!isRom(address)) this.registers.writeUint8(this.writable(address), value & 0xff);
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

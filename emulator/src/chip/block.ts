// A block of registers as rp2040js wants it: 32-bit reads and writes, and the three aliases that set,
// clear and flip bits (RP2040 datasheet section 2.1.2).
import type { Peripheral } from 'rp2040js';

export abstract class Block implements Peripheral {
  abstract read(offset: number): number;
  /** `raw` is what the program wrote; `value` what results of it through an alias. */
  abstract write(offset: number, value: number, raw: number): void;
  /** Like read(), without what reading does besides. */
  peek(offset: number): number {
    return this.read(offset);
  }

  readUint32(offset: number): number {
    return this.read(offset & 0xfff) >>> 0;
  }
  writeUint32(offset: number, value: number): void {
    this.write(offset, value, value);
  }
  writeUint32Atomic(offset: number, raw: number, alias: number): void {
    this.write(offset, alias === 0 ? raw : this.combine(offset, raw, alias), raw);
  }

  private combine(offset: number, raw: number, alias: number): number {
    const now = this.peek(offset);
    if (alias === 1) return now ^ raw;
    return alias === 2 ? now | raw : now & ~raw;
  }
}

/** Registers that only remember what was written to them. */
export class Remembered extends Block {
  protected readonly values = new Map<number, number>();
  constructor(initial: Record<number, number> = {}) {
    super();
    for (const [offset, value] of Object.entries(initial)) this.values.set(Number(offset), value);
  }
  read(offset: number): number {
    return this.values.get(offset) ?? 0;
  }
  write(offset: number, value: number): void {
    this.values.set(offset, value);
  }
}

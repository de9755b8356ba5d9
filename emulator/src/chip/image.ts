// Programs for a Pico as files: UF2, ELF, or the bare bytes of the flash.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The file is no program for this chip; the message says why and what to do. */
export class ImageError extends Error {}

export interface Symbol {
  name: string;
  address: number;
  size: number;
}

export interface Image {
  /** Pieces of the flash: offset from its start, bytes. */
  pieces: { offset: number; bytes: Uint8Array }[];
  symbols: Symbol[]; // functions, by address; empty if the file has none
}

const flashBase = 0x10000000;
const flashSize = 2 * 1024 * 1024;

const family = {
  rp2040: 0xe48bff56,
  others: new Map([
    [0xe48bff57, 'an RP2350 (absolute)'],
    [0xe48bff58, 'an RP2350 (data)'],
    [0xe48bff59, 'an RP2350 (ARM, secure)'],
    [0xe48bff5a, 'an RP2350 (RISC-V)'],
    [0xe48bff5b, 'an RP2350 (ARM, non-secure)'],
  ]),
};

export function readImage(path: string): Image {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (problem) {
    throw new ImageError(`${path} cannot be read: ${(problem as Error).message}`);
  }
  return parseImage(bytes, basename(path));
}

export function parseImage(bytes: Uint8Array, name: string): Image {
  if (bytes.length === 0) throw new ImageError(`${name} is empty`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let image: Image;
  if (bytes.length >= 4 && view.getUint32(0, true) === 0x0a324655) image = parseUf2(view, bytes, name);
  else if (bytes.length >= 4 && view.getUint32(0, false) === 0x7f454c46) image = parseElf(view, bytes, name);
  else if (name.endsWith('.bin')) image = { pieces: [{ offset: 0, bytes }], symbols: [] };
  else {
    throw new ImageError(`${name} is neither a UF2 nor an ELF file (and it is not named .bin)`);
  }
  checkPieces(image, bytes, name);
  return image;
}

function checkPieces(image: Image, bytes: Uint8Array, name: string): void {
  if (image.pieces.length === 0) throw new ImageError(`${name} holds nothing for the flash`);
  for (const { offset, bytes: piece } of image.pieces) {
    if (offset < 0 || offset + piece.length > flashSize) {
      throw new ImageError(`${name} has data at 0x${(flashBase + offset).toString(16)}, beyond a Pico's 2 MB of flash`);
    }
  }
  if (isRp2350(bytes)) {
    throw new ImageError(`${name} is for an RP2350 (Pico 2); the emulated chip is an RP2040 (Pico)`);
  }
}

/** An RP2350 image's block (datasheet section 5.9.1) near its start names the chip; UF2s by family. */
function isRp2350(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.byteLength < 8 || view.getUint32(0, true) === 0x0a324655) return false;
  for (let at = 0; at + 8 <= Math.min(bytes.length, 0x12000); at += 4) {
    if (view.getUint32(at, true) !== 0xffffded3) continue;
    const item = view.getUint32(at + 4, true);
    if ((item & 0xff) === 0x42 && ((item >>> 28) & 7) === 1) return true; // IMAGE_TYPE, chip 1
  }
  return false;
}

function parseUf2(view: DataView, bytes: Uint8Array, name: string): Image {
  if (bytes.length % 512 !== 0) {
    throw new ImageError(`${name} is cut short: its size of ${bytes.length} bytes is no multiple of 512`);
  }
  const image: Image = { pieces: [], symbols: [] };
  const total = view.getUint32(24, true);
  const seen = new Set<number>();
  for (let at = 0; at < bytes.length; at += 512) {
    const word = (index: number): number => view.getUint32(at + 4 * index, true);
    if (word(0) !== 0x0a324655 || word(1) !== 0x9e5d5157 || word(127) !== 0x0ab16f30) {
      throw new ImageError(`${name} is damaged: block ${at / 512} has not the marks of a UF2 block`);
    }
    if ((word(2) & 1) !== 0) continue; // not for the flash
    const flags = word(2);
    const size = word(4);
    if ((flags & 0x2000) !== 0 && word(7) !== family.rp2040) {
      const chip = family.others.get(word(7)) ?? `another chip (family 0x${word(7).toString(16)})`;
      throw new ImageError(`${name} is for ${chip}; the emulated chip is an RP2040 (Pico)`);
    }
    if (size > 476) throw new ImageError(`${name} is damaged: block ${at / 512} claims ${size} bytes`);
    seen.add(word(5));
    image.pieces.push({ offset: word(3) - flashBase, bytes: bytes.subarray(at + 32, at + 32 + size) });
  }
  if (seen.size < total) {
    throw new ImageError(`${name} is cut short: ${seen.size} of its ${total} blocks are there`);
  }
  return image;
}

function parseElf(view: DataView, bytes: Uint8Array, name: string): Image {
  if (bytes.length < 52) throw new ImageError(`${name} is cut short: it ends within its ELF header`);
  if (bytes[4] !== 1 || bytes[5] !== 1 || view.getUint16(18, true) !== 40) {
    throw new ImageError(`${name} is an ELF file, but not for a 32-bit ARM such as the RP2040`);
  }
  const image: Image = { pieces: [], symbols: [] };
  const programs = view.getUint32(28, true);
  const count = view.getUint16(44, true);
  const size = view.getUint16(42, true);
  if (programs + count * size > bytes.length) throw new ImageError(`${name} is cut short: no program headers`);
  for (let i = 0; i < count; ++i) {
    const at = programs + i * size;
    const [offset, physical, length] = [4, 12, 16].map((field) => view.getUint32(at + field, true));
    if (view.getUint32(at, true) !== 1 || length === 0) continue;
    if (offset + length > bytes.length) throw new ImageError(`${name} is cut short: segment ${i} is not all there`);
    if (physical >= flashBase && physical < flashBase + 0x4000000) {
      image.pieces.push({ offset: physical - flashBase, bytes: bytes.subarray(offset, offset + length) });
    }
  }
  image.symbols = readSymbols(view, bytes);
  const start = image.pieces.find((piece) => piece.offset === 0);
  if (start !== undefined && isRp2350(start.bytes)) {
    throw new ImageError(`${name} is for an RP2350 (Pico 2); the emulated chip is an RP2040 (Pico)`);
  }
  return image;
}

function readSymbols(view: DataView, bytes: Uint8Array): Symbol[] {
  const symbols: Symbol[] = [];
  const sections = view.getUint32(32, true);
  const [size, count] = [view.getUint16(46, true), view.getUint16(48, true)];
  if (sections === 0 || sections + size * count > bytes.length) return symbols;
  const field = (section: number, at: number): number => view.getUint32(sections + section * size + at, true);
  for (let section = 0; section < count; ++section) {
    if (field(section, 4) !== 2) continue; // SHT_SYMTAB
    const [offset, length, link] = [field(section, 16), field(section, 20), field(section, 24)];
    const strings = field(link, 16);
    for (let at = offset; at + 16 <= Math.min(offset + length, bytes.length); at += 16) {
      if ((bytes[at + 12] & 0xf) !== 2) continue; // STT_FUNC
      let end = strings + view.getUint32(at, true);
      const begin = end;
      while (end < bytes.length && bytes[end] !== 0) ++end;
      symbols.push({
        name: Buffer.from(bytes.subarray(begin, end)).toString('utf8'),
        address: (view.getUint32(at + 4, true) & ~1) >>> 0,
        size: view.getUint32(at + 8, true),
      });
    }
  }
  return symbols.sort((a, b) => a.address - b.address);
}

/** The function that an address lies in, as "name+0x12", or the address alone. */
export function nameOf(symbols: Symbol[], address: number): string {
  const hex = `0x${(address >>> 0).toString(16).padStart(8, '0')}`;
  for (const symbol of symbols) {
    const into = address - symbol.address;
    if (into < 0 || into >= Math.max(symbol.size, 2)) continue;
    return `${hex} in ${symbol.name}${into === 0 ? '' : `+0x${into.toString(16)}`}`;
  }
  return hex;
}

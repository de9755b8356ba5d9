// Changes the numbers that a program lets be set in its image, as `picotool config` does: the SDK's
// binary info (pico/binary_info/structure.h).
import { ImageError } from './image.js';

const markerStart = 0x7188ebf2;
const markerEnd = 0xe71aa390;
const pointerToInt = 11;
const flashBase = 0x10000000;

/** Sets the variable of that name in the flash; throws if the image has none. */
export function configure(flash: Uint8Array, name: string, value: number): void {
  const view = new DataView(flash.buffer, flash.byteOffset, flash.length);
  const word = (address: number): number => {
    const offset = address - flashBase;
    return offset >= 0 && offset + 4 <= flash.length ? view.getUint32(offset, true) : 0;
  };
  for (const entry of entries(word)) {
    const typeAndTag = word(entry);
    if ((typeAndTag & 0xffff) !== pointerToInt) continue;
    const [variable, label] = [word(entry + 8), word(entry + 12)];
    if (text(flash, label) !== name) continue;
    const offset = variable - flashBase;
    if (offset < 0 || offset + 4 > flash.length) break;
    view.setUint32(offset, value, true);
    return;
  }
  throw new ImageError(`the program has no setting '${name}' in its image, so that it cannot be changed from outside`);
}

function entries(word: (address: number) => number): number[] {
  for (let at = flashBase + 0x100; at < flashBase + 0x200; at += 4) {
    if (word(at) !== markerStart || word(at + 16) !== markerEnd) continue;
    const found = [];
    for (let pointer = word(at + 4); pointer < word(at + 8); pointer += 4) found.push(word(pointer));
    return found;
  }
  return [];
}

function text(flash: Uint8Array, address: number): string {
  const from = address - flashBase;
  if (from < 0 || from >= flash.length) return '';
  let end = from;
  while (end < flash.length && flash[end] !== 0) ++end;
  return Buffer.from(flash.subarray(from, end)).toString('utf8');
}

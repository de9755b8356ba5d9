// What picoctl's handlers did, seen from outside: the emulator knows from the program's symbols where
// the link calls handlers (link/dispatch.hpp), reads the command's name and types from the table
// entry that it is called with, and the arguments from the bytes. The program itself keeps no journal.
import type { Chip } from './chip/chip.js';
import type { Symbol } from './chip/image.js';

// The last is that of a MicroPython image: micropython/module/link.cpp.
const invokers = /^_ZN7picoctl((6detail|6target6detail)\d+invoke(_lambda)?I|11micropython12_GLOBAL__N_16invokeE)/;
const registerTaker = /^_ZN7picoctl6target12RegisterBank4takeE/;

export type JournalSink = (line: string) => void;

const sizes: Record<string, number> = { bool: 1, u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8, i64: 8, f32: 4, f64: 8 };

/** Takes values of the description's types from the bytes of a command (docs/PROTOCOL.md, Values). */
class Values {
  private at = 0;
  private readonly view: DataView;
  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  print(type: string): string {
    const times = /^(.*)\*(\d+)$/.exec(type);
    if (times !== null) return Array.from({ length: Number(times[2]) }, () => this.print(times[1])).join(',');
    if (type.startsWith('(')) return `(${this.fields(members(type.slice(1, -1)))})`;
    if (type.startsWith('str<') || type.startsWith('bytes<')) return this.hex();
    return this.number(type.replace(/[{[].*$/, ''));
  }

  fields(fields: string[]): string {
    return fields.map((field) => {
      const [name, type] = splitField(field);
      return ` ${name}=${this.print(type)}`;
    }).join('');
  }

  private hex(): string {
    const size = this.bytes[this.at] ?? 0;
    const taken = this.bytes.subarray(this.at + 1, this.at + 1 + size);
    this.at += 1 + size;
    return Buffer.from(taken).toString('hex');
  }

  private number(type: string): string {
    const size = sizes[type];
    const at = this.at;
    if (size === undefined || at + size > this.bytes.length) throw new RangeError(`no ${type} at byte ${at}`);
    this.at += size;
    switch (type) {
      case 'bool': return String(this.bytes[at]);
      case 'u64': return String(this.view.getBigUint64(at, true));
      case 'i64': return String(this.view.getBigInt64(at, true));
      case 'f32': return String(this.view.getFloat32(at, true));
      case 'f64': return String(this.view.getFloat64(at, true));
      case 'i8': return String(this.view.getInt8(at));
      case 'i16': return String(this.view.getInt16(at, true));
      case 'i32': return String(this.view.getInt32(at, true));
      default:
        return String([0, this.view.getUint8(at), size > 1 ? this.view.getUint16(at, true) : 0, 0,
          size > 3 ? this.view.getUint32(at, true) : 0][size]);
    }
  }
}

/** The fields of a struct: what commas divide that stand in no brackets of their own. */
function members(text: string): string[] {
  const found = [''];
  let depth = 0;
  for (const letter of text) {
    if ('([{'.includes(letter)) ++depth;
    if (')]}'.includes(letter)) --depth;
    if (letter === ',' && depth === 0) found.push('');
    else found[found.length - 1] += letter;
  }
  return found;
}

function splitField(field: string): [string, string] {
  const colon = field.indexOf(':');
  return [field.slice(0, colon), field.slice(colon + 1).replace(/\[[^\]]*\]$/, '')];
}

/** The line of one execution: "led n=1 on=1". */
export function journalLine(line: string, types: string[] | null, args: Uint8Array): string {
  const words = line.split(' # ')[0].split(' ').filter((word) => word !== '' && !word.startsWith('@'));
  const arrow = words.indexOf('->');
  const [name, ...fields] = arrow < 0 ? words : words.slice(0, arrow);
  const typed = types === null ? fields : fields.map((field, i) => `${field}:${types[i]}`);
  return name + new Values(args).fields(typed);
}

/** Puts hooks on a chip; false if the program's symbols do not show where. */
export function keepJournal(chip: Chip, symbols: Symbol[], sink: JournalSink): boolean {
  const { cpu } = chip;
  const word = (address: number): number => cpu.memory.load32(address) >>> 0;
  const bytes = (address: number, size: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, i) => cpu.memory.load8(address + i));
  const view = (address: number): string => Buffer.from(bytes(word(address + 4), word(address))).toString('utf8');

  // invoke(Context*, const Entry&, Reader&, Writer&); the entry holds this very function's address.
  const invoked = (address: number) => (): void => {
    const at = [1, 2].find((i) => word(cpu.r[i] + 12) === (address | 1)); // r0 may hold the result's place
    if (at === undefined || cpu.r[at - 1] === 0) return; // without a context it only looks
    const entry = cpu.r[at] >>> 0;
    const reader = at === 1 ? cpu.r[2] : cpu.r[3];
    const args = bytes(word(reader), word(reader + 4));
    const line = view(entry);
    const table = word(entry + 8);
    const count = line.split(' # ')[0].split(' ').length;
    const types = table === 0 ? null : Array.from({ length: count }, (_, i) => view(table + 8 * i));
    sink(journalLine(line, types, args));
  };
  // Behind RegisterBank::take(const RegisterEntry&) comes entry.changed(context, entry, value).
  const written = (): void => {
    const entry = cpu.r[1] >>> 0;
    const changed = (word(entry + 20) & ~1) >>> 0;
    const name = view(entry + 4).split(/[: ]/)[0];
    cpu.hooks.set(changed, () => {
      cpu.hooks.delete(changed);
      sink(`${name} value=${cpu.r[2] >>> 0}`);
    });
  };
  let found = false;
  for (const { name, address } of symbols) {
    if (invokers.test(name)) cpu.hooks.set(address, invoked(address));
    else if (registerTaker.test(name)) cpu.hooks.set(address, written);
    else continue;
    found = true;
  }
  return found;
}

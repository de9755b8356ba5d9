// The state of a machine, to go on from in another process. It is all that can be reached from the machine, found by
// a walk: numbers, texts, memory, and who refers to whom. Functions are not saved, nor what they alone hold: a machine that
// was made in the same way has its own at the same places. What is neither of those places nor plain data, such as a
// transfer under way, makes a state that cannot be saved, and never a wrong one.
import { createHash } from 'node:crypto';
import { Tracer } from './cpu/tracer.js';
import type { Machine } from './machine.js';

/** Why this state cannot be saved, or restored into this machine. */
export class StateError extends Error {}

const pageBytes = 4096;
const digestBytes = 32;
const digestOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
/** Of a larger memory the rest is never written: rp2040js gives each chip the largest flash. */
const mostBytes = 2 * 1024 * 1024;
/** Not of the chip, or remade from what is. */
const leftOut = new Set(['symbols', 'tracing']);

type Encoded = string | number | boolean | null | { [kind: string]: unknown };
interface Saved {
  shape: string;
  note: string;
  places: unknown[];
  pages: [memory: number, page: number][]; // of those behind it, in this order
}

const isRef = (value: unknown): value is object => (typeof value === 'object' && value !== null) || typeof value === 'function';
const isPlain = (value: object): boolean => Object.getPrototypeOf(value) === Object.prototype;
const memoryOf = (value: object): ArrayBufferLike | null => (ArrayBuffer.isView(value) ? value.buffer : null);

/** The names of an object's own values; accessors are code. */
function fieldsOf(value: object): string[] {
  return Object.keys(value).filter((name) => {
    const field = Object.getOwnPropertyDescriptor(value, name);
    return field !== undefined && 'value' in field && field.writable === true && !leftOut.has(name);
  });
}

/** All places of a machine as it was made, in the order of a walk that is the same for each one made so. */
export class Places {
  private readonly places: object[] = [];
  private readonly numbers = new Map<object, number>();
  private readonly memories: { now: Uint8Array; made: Uint8Array }[] = [];
  private readonly shape: string;

  /** To be called when all is in its place and before the first instruction. */
  constructor(private readonly machine: Machine) {
    this.add(machine);
    for (let i = 0; i < this.places.length; ++i) for (const inner of this.within(this.places[i])) this.add(inner);
    const names = this.places.map((place) => place.constructor?.name ?? '');
    this.shape = createHash('sha256').update(names.join()).digest('hex');
  }

  private add(value: unknown): void {
    if (!isRef(value) || this.numbers.has(value)) return;
    this.numbers.set(value, this.places.length);
    this.places.push(value);
    const memory = memoryOf(value);
    if (memory === null || this.numbers.has(memory)) return;
    this.numbers.set(memory, this.memories.length);
    const now = new Uint8Array(memory, 0, Math.min(memory.byteLength, mostBytes));
    this.memories.push({ now, made: now.slice() });
  }

  private *within(place: object): Generator<unknown> {
    if (typeof place === 'function' || place instanceof Tracer || memoryOf(place) !== null) return;
    if (place instanceof Map) for (const [key, value] of place) yield* [key, value];
    else if (place instanceof Set) yield* place;
    else for (const name of fieldsOf(place)) yield (place as Record<string, unknown>)[name];
  }

  // --- saving ---

  /** `note`: bytes to go with it. Throws StateError if something is under way that cannot be saved. */
  save(note: Uint8Array = new Uint8Array(0)): Buffer {
    this.machine.chip.cpu.forgetCode(); // what is translated is no part of it
    const seen = new Set<object>();
    const pages: Saved['pages'] = [];
    const bytes: Uint8Array[] = [];
    const places = this.places.map((place) => this.contents(place, seen));
    this.memories.forEach(({ now, made }, number) => {
      for (let page = 0; page * pageBytes < now.length; ++page) {
        const part = now.subarray(page * pageBytes, (page + 1) * pageBytes);
        if (Buffer.compare(part, made.subarray(page * pageBytes, (page + 1) * pageBytes)) === 0) continue;
        pages.push([number, page]);
        bytes.push(part);
      }
    });
    const saved: Saved = { shape: this.shape, note: Buffer.from(note).toString('base64'), places, pages };
    const head = Buffer.from(JSON.stringify(saved));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(head.length);
    const body = Buffer.concat([size, head, ...bytes]);
    return Buffer.concat([digestOf(body), body]);
  }

  private contents(place: object, seen: Set<object>): unknown {
    if (typeof place === 'function' || place instanceof Tracer || memoryOf(place) !== null) return null;
    const encode = (value: unknown): Encoded => this.encode(value, seen);
    if (Array.isArray(place)) return place.map(encode);
    if (place instanceof Set) return [...place].map(encode);
    if (place instanceof Map) return [...place].map(([key, value]) => [encode(key), encode(value)]);
    return Object.fromEntries(fieldsOf(place).map((name) => [name, encode((place as Record<string, unknown>)[name])]));
  }

  private encode(value: unknown, seen: Set<object>): Encoded {
    if (value === undefined) return { nothing: 1 };
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) return { number: Object.is(value, -0) ? '-0' : String(value) };
    if (typeof value === 'bigint') return { big: String(value) };
    if (!isRef(value)) return value as Encoded;
    if (value instanceof Date) return { date: value.getTime() };
    const number = this.numbers.get(value);
    if (number !== undefined) return { place: number };
    if (seen.has(value)) throw new StateError('two places hold what was made meanwhile');
    seen.add(value);
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
    if (value instanceof Map) return { map: this.contents(value, seen) };
    if (Array.isArray(value)) return { list: this.contents(value, seen) };
    if (typeof value === 'object' && isPlain(value)) return { fields: this.contents(value, seen) };
    throw new StateError(`there is a ${value.constructor?.name ?? 'thing'} that was made meanwhile`);
  }

  // --- restoring ---

  /** The note. Throws StateError, and leaves the machine as it is, if the state is not of one that was made in the same way. */
  restore(bytes: Buffer): Uint8Array {
    const [digest, body] = [bytes.subarray(0, digestBytes), bytes.subarray(digestBytes)];
    if (!digestOf(body).equals(digest)) throw new StateError('this is no state, or not all of it');
    const size = body.readUInt32LE(0);
    const saved = JSON.parse(body.toString('utf8', 4, 4 + size)) as Saved;
    if (saved.shape !== this.shape) throw new StateError('this is the state of another machine');
    saved.places.forEach((contents, number) => this.fill(this.places[number], contents));
    let at = 4 + size;
    for (const [number, page] of saved.pages) {
      const part = this.memories[number].now.subarray(page * pageBytes, (page + 1) * pageBytes);
      part.set(body.subarray(at, at + part.length));
      at += part.length;
    }
    this.machine.chip.cpu.forgetCode();
    return Buffer.from(saved.note, 'base64');
  }

  private fill(place: object, contents: unknown): void {
    if (contents === null) return;
    const decode = (value: unknown): unknown => this.decode(value as Encoded);
    if (Array.isArray(place)) place.splice(0, place.length, ...(contents as unknown[]).map(decode));
    else if (place instanceof Set) refill(place, () => (contents as unknown[]).forEach((value) => place.add(decode(value))));
    else if (place instanceof Map) refill(place, () => (contents as [unknown, unknown][]).forEach(([key, value]) => place.set(decode(key), decode(value))));
    else for (const [name, value] of Object.entries(contents as object)) (place as Record<string, unknown>)[name] = decode(value);
  }

  private decode(value: Encoded): unknown {
    if (!isRef(value)) return value;
    const [[kind, content]] = Object.entries(value);
    switch (kind) {
      case 'nothing': return undefined;
      case 'number': return Number(content);
      case 'big': return BigInt(content as string);
      case 'date': return new Date(content as number);
      case 'place': return this.places[content as number];
      case 'bytes': return new Uint8Array(Buffer.from(content as string, 'base64'));
      case 'map': return new Map((content as [Encoded, Encoded][]).map(([key, held]) => [this.decode(key), this.decode(held)]));
      case 'list': return (content as Encoded[]).map((held) => this.decode(held));
      default: return Object.fromEntries(Object.entries(content as object).map(([name, held]) => [name, this.decode(held as Encoded)]));
    }
  }
}

function refill(place: { clear(): void }, add: () => void): void {
  place.clear();
  add();
}

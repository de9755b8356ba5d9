// The virtual bus's socket, as far as a Pico needs it: socket/FORMAT.md.
import { connect, type Socket } from 'node:net';

const magic = 0x42435650;
const version = 1;
const roles = 1 | 2 | 16 | 32; // a target that knows of wires, and a controller byte by byte
const longestFrame = 360_448;

export const eventKind = {
  start: 1, write: 2, read: 3, readAck: 4, restart: 5, stop: 6, arbLost: 7,
  partial: 8, abandoned: 9, clock: 10, look: 11, reset: 12, flashPower: 13,
} as const;

export const stepKind = { seize: 1, start: 2, write: 3, read: 4, readAck: 5, stop: 6 } as const;

export interface Stepped {
  tag: number;
  errno: number;
  value: number;
  stretch: number;
  nanos: number;
}

export interface BusEvent {
  sequence: number;
  kind: number;
  value: number;
  nanos: number;
}

export type ServerMessage =
  | { type: 'welcome'; version: number; hertz: number; name: string }
  | { type: 'refused'; errno: number; reason: string }
  | { type: 'done'; tag: number; errno: number; text: string }
  | ({ type: 'event' } & BusEvent)
  | ({ type: 'stepped' } & Stepped)
  | { type: 'other'; code: number };

// --- writing ---

function frame(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32LE(1 + body.length, 0);
  head[4] = type;
  return Buffer.concat([head, body]);
}

function text(words: string): Buffer {
  const bytes = Buffer.from(words, 'utf8').subarray(0, 200);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

export function hello(name: string): Buffer {
  const body = Buffer.alloc(7);
  body.writeUInt32LE(magic, 0);
  body.writeUInt16LE(version, 4);
  body[6] = roles;
  return frame(0x01, Buffer.concat([body, text(name)]));
}

export function attach(tag: number, addresses: number[]): Buffer {
  const body = Buffer.alloc(5);
  body.writeUInt32LE(tag, 0);
  body[4] = addresses.length;
  return frame(0x03, Buffer.concat([body, Buffer.from(addresses)]));
}

export function answer(sequence: number, value: number, stretchNanos: number): Buffer {
  const body = Buffer.alloc(9);
  body.writeUInt32LE(sequence, 0);
  body[4] = value;
  body.writeUInt32LE(Math.min(0xffffffff, Math.round(stretchNanos)), 5);
  return frame(0x04, body);
}

export function note(address: number, words: string): Buffer {
  return frame(0x07, Buffer.concat([Buffer.of(address), text(words)]));
}

export function step(tag: number, kind: number, value: number, wires: number, pauseNanos: number): Buffer {
  const body = Buffer.alloc(11);
  body.writeUInt32LE(tag, 0);
  body[4] = kind;
  body[5] = value;
  body[6] = wires;
  body.writeUInt32LE(Math.min(0xffffffff, Math.round(pauseNanos)), 7);
  return frame(0x09, body);
}

// --- reading ---

/** A message and how many bytes it took, null if it is not all there; throws on nonsense. */
export function parse(bytes: Buffer): { message: ServerMessage; size: number } | null {
  if (bytes.length < 4) return null;
  const length = bytes.readUInt32LE(0);
  if (length === 0 || length > longestFrame) throw new Error('a message that does not follow the format');
  if (bytes.length < 4 + length) return null;
  return { message: parseBody(bytes[4], bytes.subarray(5, 4 + length)), size: 4 + length };
}

function parseBody(code: number, body: Buffer): ServerMessage {
  const textAt = (at: number): string => body.subarray(at + 1, at + 1 + body[at]).toString('utf8');
  switch (code) {
    case 0x81:
      return { type: 'welcome', version: body.readUInt16LE(0), hertz: body.readUInt32LE(2), name: textAt(6) };
    case 0x82: return { type: 'refused', errno: body.readUInt16LE(2), reason: textAt(4) };
    case 0x84: return { type: 'done', tag: body.readUInt32LE(0), errno: body.readUInt32LE(4), text: textAt(8) };
    case 0x86:
      return {
        type: 'event', sequence: body.readUInt32LE(0), kind: body[4], value: body[5],
        nanos: Number(body.readBigUInt64LE(6)),
      };
    case 0x89:
      return {
        type: 'stepped', tag: body.readUInt32LE(0), errno: body.readUInt32LE(4), value: body[8],
        stretch: body.readUInt32LE(9), nanos: Number(body.readBigUInt64LE(13)),
      };
    default: return { type: 'other', code };
  }
}

/** One connection, of one Pico. */
export class BusSocket {
  private readonly socket: Socket;
  private buffer: Buffer = Buffer.alloc(0);

  constructor(
    path: string,
    name: string,
    private readonly onMessage: (message: ServerMessage) => void,
    onEnd: (why: string) => void,
  ) {
    this.socket = connect(path);
    this.socket.setNoDelay(true);
    this.socket.on('connect', () => this.socket.write(hello(name)));
    this.socket.on('data', (data: Buffer) => this.receive(data));
    this.socket.on('error', (problem) => onEnd(problem.message));
    this.socket.on('close', () => onEnd('the bus has gone'));
  }

  send(bytes: Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }
  end(): void {
    this.socket.destroy();
  }

  private receive(data: Buffer): void {
    this.buffer = this.buffer.length === 0 ? data : Buffer.concat([this.buffer, data]);
    for (let found = parse(this.buffer); found !== null; found = parse(this.buffer)) {
      this.buffer = this.buffer.subarray(found.size);
      this.onMessage(found.message);
    }
  }
}

// picoctl's link as a Pi speaks it, as far as measuring needs it: docs/PROTOCOL.md, sessions and frames.
// Everything on the bus is a step of a generator, so that one transfer follows the other with nothing
// between them but the time for which the bus has to be free.
import { type Message, type Pi, type Result, emptyResult } from '../bus/pi.js';
import type { Steps } from '../i2c/process.js';

const publicKey = 0xffff;
const publicSlot = 0xe0;
const identityAt = 0x80;
const requestAt = 0xa0;
const responseAt = 0xd0;
const headSize = 6;
const done = 3;
const firstPause = 50_000; // then twice as long each time, as controller/wire.cpp has it
const longestPause = 10e6;
const patienceNanos = 2e9;

function crc16(key: number, bytes: number[]): number {
  let value = key;
  for (const byte of bytes) {
    value ^= byte << 8;
    for (let bit = 0; bit < 8; ++bit) value = ((value << 1) ^ ((value & 0x8000) !== 0 ? 0xa2eb : 0)) & 0xffff;
  }
  return value;
}
const sealed = (key: number, before: number[], bytes: number[]): number[] => {
  const crc = crc16(key, [...before, ...bytes]);
  return [...bytes, crc >> 8, crc & 0xff];
};

export class LinkError extends Error {}

/** What one command's exchange came to. */
export interface Answer {
  payload: number[];
  /** Reads of the answer after the first: 0 is an answer in the transaction of its request. */
  polls: number;
}

export class Link {
  isMailbox = false;
  private key = publicKey;
  private slot = 0;
  private sequence = 0;
  commands: string[] = []; // in the order of their numbers
  maxReply = 0;

  constructor(
    private readonly pi: Pi,
    private readonly address: number,
    private readonly nanos: () => number,
    private readonly nonce = [0x78, 0x56, 0x34, 0x12],
  ) {}

  /** Whether a picoctl Pico is there. */
  *identify(): Steps<number[] | null> {
    const bytes = (yield* this.transfer([this.write([identityAt]), this.read(32)])).read;
    const right = crc16(publicKey, [this.address * 2 + 1, ...bytes]) === 0;
    return right && bytes[0] === 0xf0 && bytes[1] === 0x50 && bytes[2] === 0x43 ? bytes : null;
  }

  /** Opens a session and learns the commands' numbers, if they are not known from an earlier one. */
  *open(hertz: number, known: string[] = []): Steps {
    const identity = yield* this.identify();
    if (identity === null) throw new LinkError('no picoctl Pico answers');
    this.isMailbox = (identity[4] & 1) !== 0;
    this.maxReply = identity[6];
    const khz = hertz / 1000;
    const { nonce } = this;
    const hello = this.frame(publicKey, publicSlot, 1, [...nonce, khz & 0xff, khz >> 8]);
    const { payload } = yield* this.exchange(hello, publicKey, publicSlot, 14);
    this.slot = payload[5] << 5;
    this.key = crc16(publicKey, [...nonce, ...identity.slice(8, 12), ...identity.slice(16, 24), ...identity.slice(12, 16), this.address]);
    if (known.length > 0) this.commands = known;
    else yield* this.learn();
  }

  private *learn(): Steps {
    const text: number[] = [];
    for (;;) {
      const reply = yield* this.run(this.request(1, [text.length & 0xff, text.length >> 8]), this.maxReply);
      if (reply.payload[0] === 0) break;
      text.push(...reply.payload.slice(1, 1 + reply.payload[0]));
    }
    this.commands = Buffer.from(text).toString('utf8').split('\n').map((line) => line.split(' ')[0]);
  }
  number(name: string): number {
    const at = this.commands.indexOf(name);
    if (at < 0) throw new LinkError(`the program has no command ${name}`);
    return at + 1;
  }
  has(name: string): boolean {
    return this.commands.includes(name);
  }

  /** The next request of the session. It counts as sent. */
  request(command: number, args: number[]): number[] {
    this.sequence = (this.sequence + 1) % 32;
    return this.frame(this.key, this.slot | this.sequence, command, args);
  }
  private frame(key: number, seq: number, command: number, payload: number[]): number[] {
    return sealed(key, [this.address * 2], [requestAt, seq, payload.length, command, ...payload]);
  }

  /** Sends a request and reads until its answer is there; `replySize`: of the payload, the longest. */
  *run(request: number[], replySize: number): Steps<Answer> {
    return yield* this.exchange(request, this.key, request[1], replySize);
  }

  private *exchange(request: number[], key: number, seq: number, replySize: number): Steps<Answer> {
    const size = replySize === 0 ? headSize : headSize + replySize + 2;
    const look = [this.write([responseAt]), this.read(size)];
    const first = this.isMailbox ? [this.write(request)] : [this.write(request), this.read(size)];
    const end = this.nanos() + patienceNanos;
    let { read } = yield* this.transfer(first);
    for (let polls = 0; ; ++polls) {
      const payload = this.payloadOf(read, key, seq);
      if (payload !== null) return { payload, polls };
      if (this.nanos() > end) throw new LinkError(`no answer but ${Buffer.from(read).toString('hex')}`);
      yield Math.min(firstPause * 2 ** polls, longestPause);
      ({ read } = yield* this.transfer(look));
    }
  }

  private payloadOf(read: number[], key: number, seq: number): number[] | null {
    const [head, rest] = [read.slice(0, headSize), read.slice(headSize)];
    const own = this.address * 2 + 1;
    if (read.length < headSize || crc16(key, [own, ...head]) !== 0 || head[1] !== seq || (head[0] & 15) !== done) return null;
    const payload = rest.slice(0, head[2] === 0 ? 0 : head[2] + 2);
    if (payload.length > 0 && crc16(key, [own, ...head.slice(0, 4), ...payload]) !== 0) return null;
    return payload.slice(0, head[2]);
  }

  write(bytes: number[]): Message {
    return { address: this.address, write: bytes };
  }
  read(count: number): Message {
    return { address: this.address, read: count };
  }
  *transfer(messages: Message[]): Steps<Result> {
    const result = emptyResult();
    yield* this.pi.transfer(messages, result);
    return result;
  }
}

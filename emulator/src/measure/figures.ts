// The benchmark's figures of one program at one speed of the bus.
import type { Result } from '../bus/pi.js';
import type { Image } from '../chip/image.js';
import type { Steps } from '../i2c/process.js';
import type { Link } from './link.js';
import { type Cost, Meter } from './meter.js';

const foreign = 0x20;
const registers = 8;
const rest = 3e6; // ns in which a program comes to rest
const mailboxRest = 60e6;

export interface Effort {
  exchanges: number;
  mailboxExchanges: number;
  rounds: number; // of eight writes
}
export const whole: Effort = { exchanges: 1000, mailboxExchanges: 100, rounds: 25 };
export const short: Effort = { exchanges: 50, mailboxExchanges: 10, rounds: 10 };

export interface Transaction {
  bytes: number;
  nanos: number;
  overIdeal: number; // the time by which it is longer, as a ratio to the ideal
  longestHold: number; // ns of SCL held beyond its low time, after one byte
  holds: number; // bytes after which it was held
}

export interface Load {
  exchanges: number;
  perSecond: number;
  bitsEach: number;
  awake: number; // of the processor's time, not asleep
  interrupt: number; // of the processor's time, in the link's interrupts
  polled: number; // exchanges whose answer was not there in the request's own transaction
  wrong: number; // read back other than written
}

/** Cycles of one more no-op in a batch. */
export interface Batch {
  received: number; // in the interrupt, two bytes
  loop: number; // two bytes checked, looked up, run, and two answered, both checksums
  withoutCrc: number; // of that
  crcPerByte: number;
  sent: number; // in the interrupt, two bytes
}

export interface Figures {
  hertz: number;
  kind: 'link' | 'mailbox' | 'registers';
  requestToData: number; // cycles from RD_REQ to the first write to DATA_CMD, the longest seen
  cyclesPerByteReceived: number;
  cyclesPerByteSent: number;
  interruptsPerForeign: number;
  cyclesPerForeign: number;
  reads: Transaction[];
  writes: Transaction[];
  frameToHandler: number | null; // cycles, the longest of eight
  backToBack: { sent: number; lost: number } | null;
  checked: Load | null; // acknowledged commands of 4 bytes; of memories, 4 bytes written and read back
  unchecked: Load | null; // 4 bytes written, of memories only
  batch: Batch | null;
  payloadShare: number | null; // 64 bytes' nine bit times each, of all bit times of their acknowledged write
}

const filled = (count: number): number[] => Array.from({ length: count }, (_, i) => (i * 37 + 11) & 0xff);

class Bench {
  private readonly meter: Meter;
  private readonly link: Link;
  private readonly kind: Figures['kind'];
  private readonly bit: number; // ns

  constructor(image: Image, private readonly hertz: number, private readonly effort: Effort) {
    this.meter = new Meter(image, hertz);
    this.link = this.meter.link;
    this.kind = !this.meter.isPicoctl ? 'registers' : this.link.isMailbox ? 'mailbox' : 'link';
    this.bit = 1e9 / hertz;
  }

  private get rest(): number {
    return this.kind === 'mailbox' ? mailboxRest : rest;
  }

  /** A write of `count` bytes behind the register's number; to our own link a good frame. */
  private written(count: number): number[] {
    if (this.kind !== 'link') return [0, ...filled(count)];
    const command = this.link.has('take') ? 'take' : 'system.echo';
    return this.link.request(this.link.number(command), [count - 6, ...filled(count - 6)]);
  }

  private write(count: number): Cost & Transaction {
    const cost = this.meter.cost(this.meter.transfer(this.meter.write(...this.written(count))), this.rest);
    return { ...cost, ...this.compared(cost.value, cost.nanos, count, 9 * (count + 2)) };
  }
  private read(count: number): Cost & Transaction {
    if (this.kind === 'link') {
      this.meter.steps(this.link.run(this.link.request(this.link.number('system.echo'), [55, ...filled(55)]), 56));
    } else this.meter.steps(this.meter.transfer(this.meter.write(0)));
    this.meter.machine.runFor(this.rest);
    const cost = this.meter.cost(this.meter.transfer(this.meter.read(count)), this.rest);
    return { ...cost, ...this.compared(cost.value, cost.nanos, count, 9 * (count + 1)) };
  }
  private compared(result: Result, nanos: number, bytes: number, bits: number): Transaction {
    const ideal = (bits + 1.4) * this.bit; // START's edge to SCL's fall takes 0.4, STOP 1
    const { stretches } = result;
    return { bytes, nanos, overIdeal: nanos / ideal, longestHold: Math.max(...stretches), holds: stretches.filter((held) => held > 0).length };
  }

  private *command(name: string, args: number[], replySize = 0): Steps<number> {
    return (yield* this.link.run(this.link.request(this.link.number(name), args), replySize)).polls;
  }

  private frameToHandler(): number | null {
    if (!this.meter.showsHandler || (this.kind !== 'registers' && !this.link.has('note'))) return null;
    let longest = 0;
    for (let i = 0; i < 8; ++i) {
      this.meter.machine.runFor(this.rest + 1700 * i);
      this.meter.expectHandler();
      if (this.kind === 'registers') this.meter.steps(this.meter.transfer(this.meter.write(0, 1, 2, 3, 4)));
      else this.meter.steps(this.command('note', [1, 2, 3, i]));
      this.meter.machine.runFor(this.rest);
      if (this.meter.toHandler === null) return null;
      longest = Math.max(longest, this.meter.toHandler);
    }
    return longest;
  }

  /** Eight writes with nothing between them but the bus-free time, read back: how many are not there. */
  private backToBack(): Figures['backToBack'] {
    // A mailbox only looks now and then; an image of another program has no such registers.
    if (this.kind === 'mailbox' || (this.kind === 'link' && !this.link.has('note'))) return null;
    let lost = 0;
    for (let round = 0; round < this.effort.rounds; ++round) {
      const values = Array.from({ length: registers }, (_, i) => (round * registers + i + 1) & 0xff);
      const { meter } = this;
      function* all(): Steps {
        for (const [number, value] of values.entries()) yield* meter.transfer(meter.write(number, value));
      }
      this.meter.steps(all());
      this.meter.machine.runFor(this.rest);
      const { read } = this.meter.steps(this.meter.transfer(this.meter.write(0), this.meter.read(registers)));
      lost += values.filter((value, i) => read[i] !== value).length;
    }
    return { sent: registers * this.effort.rounds, lost };
  }

  private load(count: number, once: (i: number) => Steps<{ polled: boolean; wrong: boolean }>): Load {
    const tally = { polled: 0, wrong: 0 };
    function* all(): Steps {
      for (let i = 0; i < count; ++i) {
        const { polled, wrong } = yield* once(i);
        if (polled) ++tally.polled;
        if (wrong) ++tally.wrong;
      }
    }
    const cost = this.meter.cost(all(), 0);
    const total = cost.nanos / this.meter.machine.clock.cycleNanos;
    return {
      exchanges: count, perSecond: (count * 1e9) / cost.nanos, bitsEach: cost.nanos / this.bit / count,
      awake: Math.min(1, cost.awake / total), interrupt: cost.cycles / total, ...tally,
    };
  }

  private checked(): Load | null {
    const count = this.kind === 'mailbox' ? this.effort.mailboxExchanges : this.effort.exchanges;
    const { meter, kind } = this;
    if (kind !== 'registers') {
      if (!this.link.has('note')) return null;
      const number = this.link.number('note');
      const { link } = this;
      return this.load(count, function* (i) {
        const { polls } = yield* link.run(link.request(number, [i & 0xff, 1, 2, 3]), 0);
        return { polled: polls > 0, wrong: false };
      });
    }
    return this.load(count, function* (i) {
      const bytes = [i & 0xff, 1, 2, ~i & 0xff];
      const { read } = yield* meter.transfer(meter.write(0, ...bytes), meter.write(0), meter.read(4));
      return { polled: false, wrong: bytes.some((byte, at) => read[at] !== byte) };
    });
  }
  private unchecked(): Load | null {
    if (this.kind !== 'registers') return null;
    const { meter } = this;
    return this.load(this.effort.exchanges / 5, function* (i) {
      yield* meter.transfer(meter.write(0, i & 0xff, 1, 2, 3));
      return { polled: false, wrong: false };
    });
  }

  // --- only of our own link ---

  /** What the loop does comes behind the request's STOP, of a program that sleeps when there is nothing to do. */
  private batch(): Batch | null {
    if (this.kind !== 'link' || !this.link.has('crc')) return null;
    const [few, many] = [20, 100];
    const nothing = this.link.number('nothing');
    const parts = [few, many].map((count) => {
      const payload = [0, ...Array.from({ length: count }, () => [nothing, 0]).flat()];
      const write = this.meter.cost(this.meter.transfer(this.meter.write(...this.link.request(0, payload))), rest);
      const read = this.meter.cost(this.meter.transfer(this.meter.write(0xd0), this.meter.read(6 + 1 + 2 * count + 2)), rest);
      if (read.value.read[6] !== count) throw new Error(`a batch of ${count} ran ${read.value.read[6]}`);
      return { received: write.cycles, loop: write.afterwards, sent: read.cycles };
    });
    if (parts[1].loop > 0.9 * rest / this.meter.machine.clock.cycleNanos) return null; // it never sleeps
    const each = (part: 'received' | 'loop' | 'sent'): number => (parts[1][part] - parts[0][part]) / (many - few);
    const [loop, crcPerByte] = [each('loop'), this.crcPerByte()];
    const withoutCrc = loop - 4 * crcPerByte;
    if (withoutCrc <= 0) throw new Error('a batch that takes less than its checksums was not measured');
    return { received: each('received'), loop, withoutCrc, crcPerByte, sent: each('sent') };
  }
  private crcPerByte(): number {
    const number = this.link.number('crc');
    const cycles = (size: number): number => {
      const { payload } = this.meter.steps(this.link.run(this.link.request(number, [size]), 4));
      return payload[0] | (payload[1] << 8) | (payload[2] << 16);
    };
    return (cycles(204) - cycles(4)) / 200;
  }

  private payloadShare(): number | null {
    if (this.kind !== 'link' || !this.link.has('take')) return null;
    this.meter.machine.runFor(this.rest);
    const cost = this.meter.cost(this.command('take', [63, ...filled(63)]), this.rest);
    return (64 * 9 * this.bit) / cost.nanos;
  }

  figures(): Figures {
    const writes = [this.write(16), this.write(64)];
    const reads = [this.read(16), this.read(64)];
    const other = this.meter.cost(this.meter.transfer({ address: foreign, write: [1, 2, 3] }), this.rest);
    const plain = ({ bytes, nanos, overIdeal, longestHold, holds }: Transaction): Transaction => ({ bytes, nanos, overIdeal, longestHold, holds });
    return {
      hertz: this.hertz,
      kind: this.kind,
      requestToData: this.meter.longestRequest,
      cyclesPerByteReceived: (writes[1].cycles - writes[0].cycles) / 48,
      cyclesPerByteSent: (reads[1].cycles - reads[0].cycles) / 48,
      interruptsPerForeign: other.entries,
      cyclesPerForeign: other.cycles,
      reads: reads.map(plain),
      writes: writes.map(plain),
      frameToHandler: this.frameToHandler(),
      backToBack: this.backToBack(),
      checked: this.checked(),
      unchecked: this.unchecked(),
      batch: this.batch(),
      payloadShare: this.payloadShare(),
    };
  }
}

export function measure(image: Image, hertz: number, effort: Effort): Figures {
  return new Bench(image, hertz, effort).figures();
}

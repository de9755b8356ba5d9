// One I2C block on wires with an ideal Pi, and no processor: tests play the program.
import { Pi, type Message, type Result, emptyResult } from '../src/bus/pi.js';
import { Clock } from '../src/chip/clock.js';
import { I2cBlock } from '../src/i2c/block.js';
import { con, reg } from '../src/i2c/registers.js';
import { Wires } from '../src/i2c/wires.js';

export const address = 0x41;
/** As a program sets up a target: fast, 7 bits, clock held when RX is full, only our own STOPs. */
export const targetCon = (2 << 1) | con.restartEnabled | con.rxFifoFullHold | con.stopDetIfAddressed;

export class Bench {
  readonly clock = new Clock();
  readonly wires = new Wires();
  readonly block: I2cBlock;
  readonly pi: Pi;
  interrupt = false;

  constructor(hertz = 400_000) {
    this.block = new I2cBlock('I2C0', this.clock, this.wires, (high) => (this.interrupt = high));
    this.pi = new Pi(this.clock, this.wires, hertz);
  }

  /** Makes the block a target and turns it on. */
  target(registers: Record<number, number> = {}): this {
    const set = { [reg.con]: targetCon, [reg.sar]: address, [reg.ackGeneralCall]: 0, [reg.fsSpklen]: 6, ...registers };
    this.set(reg.enable, 0);
    for (const [offset, value] of Object.entries(set)) this.set(Number(offset), value);
    this.set(reg.enable, 1);
    return this;
  }

  get(offset: number): number {
    return this.block.readUint32(offset);
  }
  set(offset: number, value: number): void {
    this.block.writeUint32(offset, value);
  }
  get raw(): number {
    return this.get(reg.rawIntrStat);
  }
  raised(bit: number): boolean {
    return (this.raw & bit) !== 0;
  }
  drain(): number[] {
    const entries = [];
    while (this.get(reg.rxflr) > 0) entries.push(this.get(reg.dataCmd));
    return entries;
  }

  run(nanos: number): void {
    const end = this.clock.nanos + nanos;
    while (this.clock.nextAlarm <= end) {
      this.clock.skipTo(this.clock.nextAlarm);
      this.clock.fireDue();
    }
    this.clock.skipTo(end);
  }
  /** Runs until it holds; false if it does not within `most` ns. */
  until(condition: () => boolean, most = 10e6): boolean {
    const end = this.clock.nanos + most;
    while (!condition()) {
      if (this.clock.nextAlarm > end) return false;
      this.clock.skipTo(this.clock.nextAlarm);
      this.clock.fireDue();
    }
    return true;
  }

  begin(...messages: Message[]): Result {
    const result = emptyResult();
    this.pi.begin(this.pi.transfer(messages, result));
    return result;
  }
  /** A whole transfer; the program does nothing meanwhile but what `serve` does after each alarm. */
  transfer(messages: Message[], serve: () => void = () => undefined): Result {
    const result = this.begin(...messages);
    const ended = this.until(() => {
      serve();
      return !this.pi.busy;
    });
    if (!ended) throw new Error('the transfer hangs');
    this.run(100e3);
    return result;
  }
}

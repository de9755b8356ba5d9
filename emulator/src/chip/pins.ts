// The pins as the outside sees them. rp2040js does not lead an output back to its own input, and
// its pads begin with their inputs off (the RP2040's begin with them on).
import { type GPIOPin, GPIOPinState, type RP2040 } from 'rp2040js';
import type { Driver, Wire, WireAccess } from '../i2c/wires.js';

const padAfterReset = 0x56; // RP2040 datasheet, PADS_BANK0: input on, pull-down, Schmitt trigger
const functionI2c = 3;

export class Pins {
  private readonly driven = new Map<number, boolean>();
  private readonly shown: boolean[] = [];
  private readonly jumpers = new Map<number, Wire>();
  /** What all pins with jumpers do to the wires: one of them pulls, or none. */
  private readonly byHand: Driver;
  /** Told of each output that changes: its GP number and level. */
  onOutput: (pin: number, high: boolean) => void = () => undefined;

  constructor(
    private readonly mcu: RP2040,
    private readonly wires: WireAccess,
  ) {
    this.byHand = wires.driver('pins by hand');
    wires.listen((wire, high) => this.show(wire, high));
    mcu.gpio.forEach((pin, number) => {
      (pin as { padValue: number }).padValue = padAfterReset;
      this.shown[number] = false;
      pin.addListener(() => this.settle(pin, number));
      this.settle(pin, number);
    });
  }

  /** Drives an input from outside; null lets go of it. */
  drive(number: number, high: boolean | null): void {
    if (high === null) this.driven.delete(number);
    else this.driven.set(number, high);
    this.settle(this.mcu.gpio[number], number);
  }

  /** Wires a pin to SDA or SCL, for programs that move them by hand. A high output only lets go. */
  jumper(number: number, wire: Wire): void {
    this.jumpers.set(number, wire);
    this.settle(this.mcu.gpio[number], number);
  }

  /** A pin that has led an I2C block out stays wired to the bus when a program moves it by hand, as MicroPython does. */
  functionSet(number: number): void {
    const pin = this.mcu.gpio[number];
    if (pin === undefined) return;
    const leadsOut = pin.functionSelect === functionI2c;
    if (leadsOut && !this.jumpers.has(number)) this.jumper(number, number % 2 === 0 ? 'sda' : 'scl');
    if (!this.jumpers.has(number)) return;
    this.settle(pin, number);
    pin.setInputValue(this.level(number));
  }

  level(number: number): boolean {
    const pin = this.mcu.gpio[number];
    const wire = this.jumpers.get(number);
    if (wire !== undefined) return this.wires[wire];
    if (pin.outputEnable) return pin.outputValue;
    return this.driven.get(number) ?? pin.pullupEnabled;
  }
  isOutput(number: number): boolean {
    return this.mcu.gpio[number].outputEnable;
  }

  private settle(pin: GPIOPin, number: number): void {
    const wire = this.jumpers.get(number);
    if (wire !== undefined) this.byHand.set(wire, !this.isPulled(wire));
    const level = this.level(number);
    if (pin.functionSelect !== functionI2c) pin.setInputValue(level);
    const output = pin.value === GPIOPinState.High;
    if (output === this.shown[number]) return;
    this.shown[number] = output;
    this.onOutput(number, output);
  }

  private isPulled(wire: Wire): boolean {
    for (const [number, led] of this.jumpers) {
      const pin = this.mcu.gpio[number];
      if (led === wire && pin.outputEnable && !pin.outputValue) return true;
    }
    return false;
  }

  /** Tells of each output that is high. */
  tellAll(): void {
    this.shown.forEach((high, number) => {
      if (high) this.onOutput(number, high);
    });
  }

  /** The GP numbers of SDA and SCL by which an I2C block is led out, or null. */
  ofI2c(block: number): { sda: number; scl: number } | null {
    const [sda, scl] = [this.ledOut(block, 'sda'), this.ledOut(block, 'scl')];
    return sda === null || scl === null ? null : { sda, scl };
  }

  /** Whether pins lead an I2C block out; asked at each edge of the wires. */
  hasI2c(block: number): boolean {
    return this.ledOut(block, 'sda') !== null && this.ledOut(block, 'scl') !== null;
  }

  private ledOut(block: number, wire: Wire): number | null {
    for (let number = 2 * block + (wire === 'scl' ? 1 : 0); number < this.mcu.gpio.length; number += 4) {
      if (this.mcu.gpio[number].functionSelect === functionI2c) return number;
    }
    return null;
  }

  /** Shows programs the wires on the pins that carry them. */
  private show(moved: Wire, high: boolean): void {
    for (let block = 0; block < 2; ++block) {
      const pin = this.hasI2c(block) ? this.ledOut(block, moved) : null;
      if (pin !== null) this.mcu.gpio[pin].setInputValue(high);
    }
    for (const [number, wire] of this.jumpers) {
      const pin = this.mcu.gpio[number];
      if (wire === moved && pin.functionSelect !== functionI2c) this.settle(pin, number);
    }
  }
}

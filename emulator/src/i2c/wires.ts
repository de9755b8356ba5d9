// Two open-drain wires with pull-ups: low if anybody pulls, else high. Rise times are not modelled.
import type { Alarm } from '../chip/clock.js';

export type Wire = 'scl' | 'sda';
export type EdgeListener = (wire: Wire, high: boolean) => void;

/** One party's hold on the wires; true is released. */
export class Driver {
  private levels = { scl: true, sda: true };
  constructor(
    readonly name: string,
    private readonly changed: (wire: Wire) => void,
  ) {}
  releases(wire: Wire): boolean {
    return this.levels[wire];
  }
  set(wire: Wire, high: boolean): void {
    if (this.levels[wire] === high) return;
    this.levels[wire] = high;
    this.changed(wire);
  }
  release(): void {
    this.set('scl', true);
    this.set('sda', true);
  }
}

export class Wires {
  private drivers: Driver[] = [];
  private listeners: EdgeListener[] = [];
  private watchers: (() => void)[] = [];
  private readonly levels = { scl: true, sda: true };
  private readonly edges: { wire: Wire; high: boolean }[] = [];
  private telling = false;

  get scl(): boolean {
    return this.levels.scl;
  }
  get sda(): boolean {
    return this.levels.sda;
  }

  driver(name: string): Driver {
    const driver = new Driver(name, (wire) => this.update(wire));
    this.drivers.push(driver);
    return driver;
  }

  /** Whether somebody else than `me` pulls this wire low. */
  heldByOthers(wire: Wire, me: Driver): boolean {
    return this.drivers.some((driver) => driver !== me && !driver.releases(wire));
  }

  /** Listeners are told of edges in the order of time, one edge after the other. */
  listen(listener: EdgeListener): void {
    this.listeners.push(listener);
  }

  /** Watchers are told when anybody pulls or lets go, also if the level stays. */
  watch(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  /** They are gone from the bus. */
  remove(drivers: Driver[], listeners: EdgeListener[], watchers: (() => void)[]): void {
    this.watchers = this.watchers.filter((watcher) => !watchers.includes(watcher));
    for (const driver of drivers) driver.release();
    this.drivers = this.drivers.filter((driver) => !drivers.includes(driver));
    this.listeners = this.listeners.filter((listener) => !listeners.includes(listener));
  }

  private update(wire: Wire): void {
    this.updateLevel(wire);
    for (const watcher of this.watchers) watcher();
  }

  private updateLevel(wire: Wire): void {
    const high = this.drivers.every((driver) => driver.releases(wire));
    if (high === this.levels[wire]) return;
    this.levels[wire] = high;
    this.edges.push({ wire, high });
    if (this.telling) return; // whoever tells now goes on with this one
    this.telling = true;
    for (let edge = this.edges.shift(); edge !== undefined; edge = this.edges.shift()) {
      for (const listener of this.listeners) listener(edge.wire, edge.high);
    }
    this.telling = false;
  }
}

/** The wires as one chip reaches them, until its reset. */
export class ChipWires {
  private readonly drivers: Driver[] = [];
  private readonly listeners: EdgeListener[] = [];
  private readonly watchers: (() => void)[] = [];
  constructor(private readonly wires: Wires) {}
  get scl(): boolean {
    return this.wires.scl;
  }
  get sda(): boolean {
    return this.wires.sda;
  }
  driver(name: string): Driver {
    const driver = this.wires.driver(name);
    this.drivers.push(driver);
    return driver;
  }
  listen(listener: EdgeListener): void {
    this.listeners.push(listener);
    this.wires.listen(listener);
  }
  watch(watcher: () => void): void {
    this.watchers.push(watcher);
    this.wires.watch(watcher);
  }
  end(): void {
    this.wires.remove(this.drivers, this.listeners, this.watchers);
  }
}

/** What parts of a chip need of the wires. */
export type WireAccess = Pick<ChipWires, 'scl' | 'sda' | 'driver' | 'listen' | 'watch'>;

/** What a block sees of one wire: later, and without pulses that are too short. */
export class SpikeFilter {
  private level = true;
  constructor(
    private readonly alarm: (fire: () => void) => Alarm,
    private readonly delayNanos: () => number,
    private readonly seen: (high: boolean) => void,
  ) {
    this.timer = this.alarm(() => {
      this.level = this.coming;
      this.seen(this.level);
    });
  }
  private readonly timer: Alarm;
  private coming = true;

  get high(): boolean {
    return this.level;
  }
  input(high: boolean): void {
    this.coming = high;
    if (high === this.level) this.timer.cancel();
    else this.timer.schedule(this.delayNanos());
  }
}

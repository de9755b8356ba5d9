// The two wires as a VCD file, for GTKWave, PulseView and sigrok; timescale 10 ns.
import type { Clock } from './chip/clock.js';
import type { Wires } from './i2c/wires.js';

export class WireRecorder {
  private readonly lines = [
    '$timescale 10 ns $end', '$scope module i2c $end', '$var wire 1 c scl $end', '$var wire 1 d sda $end',
    '$upscope $end', '$enddefinitions $end', '#0', '1c', '1d',
  ];
  private stamp = 0;
  private readonly begun: number;

  /** Records from now on; time 0 is now. */
  constructor(
    private readonly clock: Clock,
    wires: Wires,
  ) {
    this.begun = clock.nanos;
    wires.listen((wire, high) => {
      this.moveTo(Math.round((clock.nanos - this.begun) / 10));
      this.lines.push(`${high ? 1 : 0}${wire === 'scl' ? 'c' : 'd'}`);
    });
  }

  private moveTo(stamp: number): void {
    if (stamp <= this.stamp) return;
    this.stamp = stamp;
    this.lines.push(`#${stamp}`);
  }

  text(): string {
    this.moveTo(Math.round((this.clock.nanos - this.begun) / 10));
    return `${this.lines.join('\n')}\n`;
  }
}

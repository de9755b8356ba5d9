// What programs send to their UARTs, on standard error. One Pico's bytes go out as they come; of several
// Picos whole lines go out, each behind the Pico's address.
export class Console {
  private line: number[] = [];

  /** `name`: what stands before each line; null: nothing, and bytes are not held back. */
  constructor(
    private readonly name: (() => string) | null,
    private readonly out: (bytes: Uint8Array) => void = (bytes) => void process.stderr.write(bytes),
  ) {}

  add(byte: number): void {
    if (this.name === null) return this.out(Uint8Array.of(byte));
    this.line.push(byte);
    if (byte === 0x0a) this.flush();
  }

  /** A line that has not ended yet. */
  flush(): void {
    if (this.line.length === 0 || this.name === null) return;
    this.out(Buffer.concat([Buffer.from(`${this.name()}: `), Uint8Array.from(this.line)]));
    this.line = [];
  }
}

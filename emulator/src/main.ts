// picoctl-emulator: Picos that run an image, on a virtual bus. `picoctl virtual IMAGE` starts it.
// It starts the bus's server, joins it with each Pico, says "listening PATH", and runs until SIGINT
// or SIGTERM; or it joins a bus that is there, and says "joined PATH". Exit codes are picoctl's.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Joiner } from './bus/joiner.js';
import { BusSocket, type ServerMessage } from './bus/socket.js';
import { BusSilent } from './bus/uplink.js';
import { type Image, ImageError, type Symbol, readImage } from './chip/image.js';
import { configure } from './chip/settings.js';
import { Stop } from './cpu/stop.js';
import { Console } from './console.js';
import { complain } from './errors.js';
import { con } from './i2c/registers.js';
import { keepJournal } from './journal.js';
import { Machine } from './machine.js';
import { Typist } from './typist.js';
import { UsbPort } from './usb_port.js';
import { WarmStart } from './warm.js';

const usage = `usage: picoctl-emulator (--bus-server PROGRAM | --join) --listen SOCKET [options] IMAGE...

  IMAGE             a Pico's program: .uf2, .elf or .bin; several: a Pico for each
  --bus-server      picoctl-virtual, which serves the bus
  --listen SOCKET   where it listens
  --join            another program serves the bus there
  --address A       7 bits, set in the image as 'picotool config' does; one Pico for each (of one IMAGE)
  --elf FILE        the program's symbols (default: IMAGE with the ending .elf, if it is the same)
  --journal FILE    one line for each command that the program runs (picoctl programs with symbols)
  --trace FILE.vcd  the two wires
  --speed HZ        of the bus
  --controller PI   whose I2C controller the bus has: pi4, pi4-every-check, pi4-first-check, pi5
  --typed           standard input goes to UART0 of the first Pico
  --usb PATH        the USB serial port of the first Pico, by the pseudo-terminal that --usb-terminal N has
                    opened; a program need not answer on I2C then
  --seed N          of all that is random in the chip: the same seed, the same run
  --warm FOLDER     where the states are kept in which programs first answered; one that is there is begun with
  --patience MS     of the Pico's time, until the program must answer on I2C (3000)
`;
const randomSeed = (): number => randomInt(1, 2 ** 31);
const afterFirstCommand = 200e6; // of its own time, in which a controller may become a target too
const wallSliceNanos = 200_000; // of the machine's time between two looks at the sockets

class Exit extends Error {
  constructor(readonly code: number) {
    super();
  }
}

function options(): { values: Record<string, string | string[] | undefined>; images: string[] } {
  const text = { type: 'string' } as const;
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        'bus-server': text, listen: text, elf: text, journal: text, trace: text, speed: text, controller: text, seed: text,
        patience: text, warm: text, usb: text, 'usb-terminal': text, address: { type: 'string', multiple: true }, typed: { type: 'boolean' }, join: { type: 'boolean' }, help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) {
      process.stdout.write(usage);
      throw new Exit(0);
    }
    if (positionals.length === 0 || values.listen === undefined || (values['bus-server'] === undefined) !== (values.join === true)) {
      throw new Error('IMAGE, --listen, and either --bus-server or --join are needed (see --help)');
    }
    if (values.warm !== undefined && values.usb !== undefined) {
      throw new Error('--warm and --usb: whoever looks at the USB port sees a Pico start, and a warm one has started');
    }
    return { values: values as Record<string, string | string[] | undefined>, images: positionals };
  } catch (problem) {
    if (problem instanceof Exit) throw problem;
    throw new Exit(complain('usage', (problem as Error).message));
  }
}

let values: ReturnType<typeof options>['values'] = {};
let images: string[] = [];
const given = (name: string): string | undefined => values[name] as string | undefined;

function number(name: string, otherwise: number): number {
  const value = given(name);
  if (value === undefined) return otherwise;
  if (!/^\d{1,15}$/.test(value)) throw new Exit(complain('usage', `--${name} ${value}: a number is needed`));
  return Number(value);
}

/** The symbols beside the image, if they are of the same program. */
function symbolsFor(image: Image, imagePath: string): Symbol[] {
  if (image.symbols.length > 0) return image.symbols;
  const named = given('elf');
  const path = named ?? imagePath.replace(/\.[^./]*$/, '.elf');
  if (named === undefined && !existsSync(path)) return [];
  const elf = readImage(path);
  const whole = (from: Image): Buffer => {
    const flash = Buffer.alloc(0x200000, 0xff);
    for (const { offset, bytes } of from.pieces) flash.set(bytes, offset);
    return flash;
  };
  const [a, b] = [whole(image), whole(elf)];
  const size = Math.max(...elf.pieces.map((piece) => piece.offset + piece.bytes.length));
  if (a.subarray(0, size).equals(b.subarray(0, size))) return elf.symbols;
  process.stderr.write(`picoctl: ${path} is of another build than ${imagePath}; it is not used\n`);
  return [];
}

function openJournal(): (line: string, machine: Machine, prefix: string) => void {
  const path = given('journal');
  if (path === undefined) return () => undefined;
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (problem) {
    throw new Exit(complain('file_unwritable', (problem as Error).message));
  }
  process.on('exit', () => closeSync(file));
  return (line, machine, prefix) => {
    writeSync(file, `${(machine.clock.nanos / 1e9).toFixed(6)} ${prefix}${line}\n`);
  };
}

function makeWarmFolder(): void {
  const folder = given('warm');
  if (folder === undefined) return;
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (problem) {
    throw new Exit(complain('file_unwritable', (problem as Error).message));
  }
}

/** Starts the bus's server and waits until it listens. */
async function startServer(): Promise<ChildProcess> {
  const passed = ['trace', 'speed', 'controller'].flatMap((name) => {
    const value = given(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const child = spawn(given('bus-server') as string, ['--listen', given('listen') as string, '--no-pico', '--with-parent', ...passed], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.on('error', (problem) => reject(new Exit(complain('part_missing', problem.message))));
    child.on('exit', (code) => reject(new Exit(code ?? 6)));
    child.stdout?.once('data', () => resolve());
  });
  return child;
}

interface Pico {
  machine: Machine;
  joiner: Joiner;
  warm: WarmStart | null;
  /** The bus knows of its target. */
  attached: boolean;
}

class Session {
  private readonly picos: Pico[] = [];
  private ending = false;
  private ready = false;
  private readonly patience = number('patience', 3_000) * 1e6;
  private typist: Typist | null = null;
  private usb: UsbPort | null = null;

  constructor(
    private readonly machines: Machine[],
    /** Null: another program's. */
    private readonly server: ChildProcess | null,
  ) {}

  start(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.end(0));
    this.server?.on('exit', (code) => this.end(code ?? 6));
    if (values.typed !== undefined) this.typist = new Typist(this.machines[0], process.stdin);
    const link = given('usb');
    if (link !== undefined) this.usb = new UsbPort(number('usb-terminal', -1), link);
    for (const machine of this.machines) this.join(machine);
    setImmediate(() => this.turn());
  }

  private join(machine: Machine): void {
    let joiner: Joiner | null = null;
    let pico: Pico | null = null;
    const onMessage = (message: ServerMessage): void => {
      if (message.type === 'welcome') {
        joiner = new Joiner(machine, socket, message.hertz, () => undefined);
        const watch = machine.onBoot;
        const hooks = this.hooksFor(machine, () => joiner?.name ?? '');
        const shown = new Console(this.machines.length > 1 ? () => joiner?.name ?? '' : null);
        let warm: WarmStart | null = null;
        machine.onBoot = (chip) => {
          watch(chip);
          hooks();
          if (machine === this.machines[0]) this.usb?.plugInto(chip);
          for (const uart of chip.uart) {
            uart.onByte = (byte) => {
              shown.add(byte);
              warm?.hears(byte);
            };
          }
        };
        machine.start();
        warm = this.warmStart(machine);
        pico = { machine, joiner, warm, attached: false };
        this.picos.push(pico);
        this.beginWarm(machine, joiner, warm?.begin() ?? null);
      } else if (message.type === 'refused') {
        this.end(complain(joiner === null ? 'socket_version' : 'socket_failed', `the bus says: ${message.reason}`));
      } else if (message.type === 'done' && pico !== null) {
        pico.attached = true;
        this.sayReady();
      } else if (message.type === 'event' && joiner !== null) {
        this.guarded(machine, () => joiner?.event(message));
      } else if (message.type === 'stepped' && joiner !== null) {
        this.guarded(machine, () => {
          joiner?.stepped(message);
          joiner?.follow(wallSliceNanos); // at once: a byte of many
        });
      }
    };
    const socket = new BusSocket(given('listen') as string, 'emulated Pico', onMessage, (why) => {
      this.lostBus(why);
    });
  }

  private warmStart(machine: Machine): WarmStart | null {
    const folder = given('warm');
    if (folder === undefined) return null;
    const seed = given('seed') ?? 'any';
    return new WarmStart(folder, machine, `${this.machines.indexOf(machine)} ${seed} ${given('journal') !== undefined}`);
  }

  private beginWarm(machine: Machine, joiner: Joiner, said: Uint8Array | null): void {
    if (said === null) return;
    if (given('seed') === undefined) machine.reseed(randomSeed());
    for (const byte of said) machine.chip.uart[0].onByte(byte);
    machine.chip.pins.tellAll();
    joiner.attachAll();
  }

  /** A Pico has become a target. */
  private keepWarm({ warm }: Pico): void {
    try {
      warm?.keep();
    } catch (problem) {
      process.stderr.write(`picoctl: no warm start is kept: ${(problem as Error).message}\n`);
    }
  }

  /** The bus's server has gone, or says nothing any more. */
  private lostBus(why: string): void {
    if (!this.ending) this.end(complain(this.server === null ? 'virtual_bus_absent' : 'socket_failed', why));
  }

  private hooksFor(machine: Machine, joinerName: () => string): () => void {
    const write = journal;
    const several = this.machines.length > 1;
    return () => {
      if (given('journal') === undefined) return;
      const kept = keepJournal(machine.chip, machine.symbols, (line) => write(line, machine, several ? `${joinerName()} ` : ''));
      if (!kept) process.stderr.write('picoctl: no journal: the program has no symbols of picoctl (give --elf)\n');
    };
  }

  private sayReady(): void {
    if (this.ready || this.ending || this.picos.length < this.machines.length) return;
    if (!this.picos.every((pico) => this.isThere(pico) && (pico.attached || !pico.joiner.isTarget))) return;
    this.ready = true;
    for (const { joiner } of this.picos) {
      if (joiner.isController) process.stderr.write('picoctl: the program is an I2C controller; it answers at no address\n');
    }
    process.stdout.write(`${this.server === null ? 'joined' : 'listening'} ${given('listen')}\n`);
  }

  /** By its serial port a Pico is there before it has a program. A controller may become a target as well. */
  private isThere({ machine, joiner }: Pico): boolean {
    const commands = joiner.commandsFor >= afterFirstCommand || (joiner.isController && machine.clock.nanos >= this.patience);
    return joiner.isTarget || commands || (machine === this.machines[0] && this.usb !== null && this.usb.ready);
  }

  /** One turn of the loop: each machine goes on a little. */
  private turn(): void {
    if (this.ending) return;
    this.typist?.turn();
    this.usb?.turn();
    let kept = true;
    for (const pico of this.picos) {
      const { machine, joiner } = pico;
      this.guarded(machine, () => {
        // Until all are there time need not follow the real one.
        if (!this.ready && !this.isThere(pico)) kept = this.boot(pico) && kept;
        else kept = joiner.follow(wallSliceNanos) && kept;
      });
    }
    this.sayReady();
    if (kept && this.picos.length === this.machines.length) setTimeout(() => this.turn(), 1);
    else setImmediate(() => this.turn());
  }

  /** Whether there is time to wait until the next turn. */
  private boot(pico: Pico): boolean {
    const { machine, joiner } = pico;
    for (let i = 0; i < 50 && !this.isThere(pico) && joiner.commandsFor < 0; ++i) {
      machine.runFor(wallSliceNanos);
      this.typist?.turn();
      joiner.attachAll();
    }
    if (joiner.isTarget && joiner.commandsFor < 0) this.keepWarm(pico);
    const kept = joiner.commandsFor < 0 || joiner.follow(wallSliceNanos); // others take real time to answer
    if (!this.isThere(pico) && machine.clock.nanos >= this.patience) this.complainOfSilence(machine);
    return kept;
  }

  private complainOfSilence(machine: Machine): void {
    const { cpu } = machine.chip;
    if (cpu.fault !== null) return this.end(complain('image_stopped', machine.describe(cpu.fault)));
    this.end(complain('image_silent', machine.describe(new Stop('limit', silence(machine), cpu.pc, cpu.snapshot()))));
  }

  private guarded(machine: Machine, act: () => void): void {
    if (this.ending) return;
    try {
      act();
    } catch (problem) {
      if (problem instanceof BusSilent) return this.lostBus(problem.message);
      if (!(problem instanceof Stop)) throw problem;
      this.end(complain(this.ready || problem.kind === 'fault' ? 'image_stopped' : whichError(problem), machine.describe(problem)));
    }
  }

  end(code: number): void {
    if (this.ending) return;
    this.ending = true;
    const { server } = this;
    if (server === null || server.exitCode !== null) process.exit(code);
    server.removeAllListeners('exit');
    server.on('exit', (its) => process.exit(code !== 0 ? code : (its ?? 0)));
    server.kill('SIGTERM');
  }
}

/** What is missing, if a program lives and does not answer. */
function silence(machine: Machine): string {
  const blocks = machine.chip.i2c.map((block, n) => {
    if (!block.on) return `I2C${n} is off`;
    if (machine.chip.pins.ofI2c(n) === null) return `I2C${n} is on, but no pins lead to it`;
    if (block.has(con.targetDisabled)) return `I2C${n} is a controller`;
    return `I2C${n} has a 10-bit address, and this bus has 7-bit ones only`;
  });
  return `${blocks.join('; ')}. The program is`;
}

function whichError(stop: Stop): 'image_stopped' | 'image_silent' | 'image_unusable' {
  if (stop.kind === 'no-program') return 'image_unusable';
  return stop.kind === 'limit' ? 'image_silent' : 'image_stopped';
}

function makeMachines(): Machine[] {
  const addresses = values.address as string[] | undefined;
  if (images.length > 1 && (addresses !== undefined || given('elf') !== undefined)) {
    throw new Exit(complain('usage', '--address and --elf are for one IMAGE'));
  }
  const programs = images.map((path) => {
    const image = readImage(path);
    image.symbols = symbolsFor(image, path);
    return image;
  });
  return (addresses ?? programs.map(() => undefined)).map((address, i) => {
    const image = programs[Math.min(i, programs.length - 1)];
    const seed = number('seed', randomSeed()) + 7919 * i;
    const uniqueId = Uint8Array.of(0xe6, 0x61, 0x38, 0x52, 0x83, 0x4b, 0x2f, 0x31 + i);
    const machine = new Machine(image, { seed, uniqueId });
    if (address !== undefined) configure(machine.chip.flash, 'i2c_address', Number(address));
    return machine;
  });
}

let journal: ReturnType<typeof openJournal> = () => undefined;

async function main(): Promise<void> {
  ({ values, images } = options());
  try {
    const machines = makeMachines();
    journal = openJournal();
    makeWarmFolder();
    new Session(machines, values.join !== undefined ? null : await startServer()).start();
  } catch (problem) {
    if (problem instanceof ImageError) throw new Exit(complain('image_unusable', problem.message));
    throw problem;
  }
}

main().catch((problem: unknown) => {
  if (problem instanceof Exit) process.exit(problem.code);
  throw problem;
});

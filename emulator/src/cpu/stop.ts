// Why a machine stopped, and where. Thrown through the run loop; never a bug of ours.

export type StopKind =
  | 'fault' // the program did what the processor refuses, and nothing of its own caught it
  | 'no-program' // the boot ROM found no second stage that it could run
  | 'usb-boot' // the program asked for BOOTSEL mode
  | 'core1' // the program started the second core, which does not exist here
  | 'reset' // the watchdog, or the program by it; the machine starts anew
  | 'power' // the power failed, and came back; the machine starts anew with nothing kept
  | 'limit'; // a bounded run came to its bound

export class Stop extends Error {
  constructor(
    readonly kind: StopKind,
    message: string,
    readonly pc = 0,
    readonly registers: number[] = [],
  ) {
    super(message);
  }
}

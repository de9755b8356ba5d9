// The host at the other end of the Pico's USB cable, as far as a serial port (CDC ACM) needs one: it enumerates
// the device, says whether a program has the port open (DTR), and moves bytes. The chip's side is
// rp2040js's. Its own host hands out empty packets for as long as it has nothing to send; this one waits.
import {
  DataDirection, DescriptorType, type RPUSBController, SetupRecipient, SetupType, createSetupPacket, getDescriptorPacket,
  setDeviceAddressPacket, setDeviceConfigurationPacket,
} from 'rp2040js';

const configurationHead = 9; // bytes of a configuration's descriptor, which says how long all of it is
const dataClass = 10; // USB CDC 1.2, section 4.5
const bulk = 2;
const setControlLineState = 0x22; // USB CDC PSTN 1.2, section 6.3.12
const [dtr, rts] = [1, 2];

/** The two bulk endpoints of the first data interface of a configuration; null if it has none. */
export function serialEndpoints(configuration: Uint8Array): { in: number; out: number } | null {
  const found = { in: 0, out: 0 };
  let data = false;
  for (let at = 0; at + 2 <= configuration.length && configuration[at] >= 2; at += configuration[at]) {
    const [, type, address, attributes, , interfaceClass] = configuration.subarray(at, at + 7);
    if (type === DescriptorType.Interface) data = interfaceClass === dataClass;
    else if (type === DescriptorType.Endpoint && data && (attributes & 3) === bulk) {
      if ((address & 0x80) !== 0) found.in ||= address & 15;
      else found.out ||= address & 15;
    }
  }
  return found.in !== 0 && found.out !== 0 ? found : null;
}

type Stage = 'away' | 'address' | 'length' | 'descriptors' | 'configuration' | 'ready';

export class UsbSerial {
  private stage: Stage = 'away';
  private configuration: number[] = [];
  private configurationSize = 0;
  private endpoints: { in: number; out: number } | null = null;
  private room = 0; // bytes of the next packet that the device takes; 0: none yet
  private readonly waiting: number[] = [];
  private open = false;
  /** What the device sends. */
  onBytes: (bytes: Uint8Array) => void = () => undefined;

  constructor(private readonly usb: RPUSBController) {
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onResetReceived = () => this.request('address', setDeviceAddressPacket(1));
    usb.onEndpointWrite = (endpoint, bytes) => this.fromDevice(endpoint, bytes);
    usb.onEndpointRead = (endpoint, size) => this.toDevice(endpoint, size);
  }

  /** Whether the device has become a serial port. */
  get ready(): boolean {
    return this.stage === 'ready';
  }

  /** A program opened or closed the port. */
  setOpen(open: boolean): void {
    if (!this.ready || open === this.open) return;
    this.open = open;
    this.usb.sendSetupPacket(createSetupPacket({
      dataDirection: DataDirection.HostToDevice, type: SetupType.Class, recipient: SetupRecipient.Device,
      bRequest: setControlLineState, wValue: open ? dtr | rts : 0, wIndex: 0, wLength: 0,
    }));
  }

  send(bytes: Iterable<number>): void {
    this.waiting.push(...bytes);
    this.deliver();
  }
  /** Bytes that the device has not taken yet. */
  get backlog(): number {
    return this.waiting.length;
  }

  private request(stage: Stage, packet: Uint8Array): void {
    this.stage = stage;
    this.usb.sendSetupPacket(packet);
  }

  private fromDevice(endpoint: number, bytes: Uint8Array): void {
    if (endpoint === this.endpoints?.in) {
      if (this.open) this.onBytes(bytes); // else nobody is there to read them
    } else if (endpoint === 0 && bytes.length === 0) this.acknowledged();
    else if (endpoint === 0) this.described(bytes);
  }

  private acknowledged(): void {
    if (this.stage === 'address') this.request('length', getDescriptorPacket(DescriptorType.Configration, configurationHead));
    else if (this.stage === 'configuration') this.stage = 'ready';
  }

  private described(bytes: Uint8Array): void {
    if (this.stage === 'length') {
      this.configurationSize = bytes[2] | (bytes[3] << 8);
      this.configuration = [];
      this.request('descriptors', getDescriptorPacket(DescriptorType.Configration, this.configurationSize));
    } else if (this.stage === 'descriptors') {
      this.configuration.push(...bytes);
      if (this.configuration.length < this.configurationSize) return;
      this.endpoints = serialEndpoints(Uint8Array.from(this.configuration));
      if (this.endpoints !== null) this.request('configuration', setDeviceConfigurationPacket(1));
    }
  }

  private toDevice(endpoint: number, size: number): void {
    if (endpoint !== this.endpoints?.out) return;
    this.room = size;
    this.deliver();
  }

  private deliver(): void {
    if (this.room === 0 || this.waiting.length === 0 || this.endpoints === null) return;
    const packet = Uint8Array.from(this.waiting.splice(0, this.room));
    this.room = 0;
    this.usb.endpointReadDone(this.endpoints.out, packet);
  }
}

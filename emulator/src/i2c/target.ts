// The target half of a DW_apb_i2c block, bit by bit (RP2040 datasheet section 4.3.10).
import { type I2cBlock } from './block.js';
import { abrt, con, dataCmd, intr, reg, tenBitPrefix } from './registers.js';

type State =
  | 'idle' // between STOP and START
  | 'ignore' // a transaction in which we have no part, or none any more
  | 'address'
  | 'lowAddress' // the second byte of ten bits
  | 'receive'
  | 'transmit';

export class TargetHalf {
  private state: State = 'idle';
  private bits = 0; // SCL pulses of this byte; the ninth is the ACK's
  private shift = 0;
  private acknowledges = false; // the byte just received
  private ackSeen = false; // the controller's, after a byte that we sent
  private addressed = false; // by our own address, in this transaction
  private half = false; // the first of two bytes of our address came
  private remembered = false; // both came; then the first alone begins a read, until a STOP or another address
  private firstByte = false;
  private received = 0; // data bytes of this write
  private waiting: 'no' | 'tx' | 'rx' = 'no'; // what SCL is held for
  private readonly release;
  private readonly moveSda;
  private comingSda = true;

  constructor(private readonly block: I2cBlock) {
    this.release = block.clock.createAlarm(() => this.block.driver.set('scl', true));
    this.moveSda = block.clock.createAlarm(() => this.block.driver.set('sda', this.comingSda));
  }

  get active(): boolean {
    return this.state !== 'idle' && (this.state !== 'ignore' || this.addressed);
  }

  reset(): void {
    this.state = 'idle';
    this.addressed = this.remembered = false;
    this.letGo();
  }

  private letGo(): void {
    this.waiting = 'no';
    this.release.cancel();
    this.moveSda.cancel();
    this.comingSda = true;
    this.block.driver.set('sda', true);
    this.block.driver.set('scl', true);
  }

  /** The block is turned off; the bits of ENABLE_STATUS that tell what was cut short. */
  disable(): number {
    const busy = this.state === 'receive' || this.state === 'transmit';
    const lost = this.state === 'receive' && this.received > 0;
    this.state = this.state === 'idle' ? 'idle' : 'ignore';
    this.addressed = this.remembered = false;
    if (busy) this.letGo();
    return (busy ? 2 : 0) | (lost ? 4 : 0);
  }

  // --- conditions ---

  start(): void {
    this.block.raise(intr.startDet | intr.activity | (this.addressed ? intr.restartDet : 0));
    if (this.block.has(con.targetDisabled)) {
      this.state = 'ignore';
      return;
    }
    this.letGo();
    this.half = false;
    this.state = 'address';
    this.bits = this.shift = 0;
  }

  stop(): void {
    const controller = this.block.controller.active;
    const told = this.block.has(con.stopDetIfAddressed) ? this.addressed || controller : true;
    if (told) this.block.raise(intr.stopDet);
    if (!this.block.has(con.targetDisabled)) this.letGo();
    this.state = 'idle';
    this.addressed = this.remembered = false;
  }

  // --- the clock ---

  sclRise(): void {
    switch (this.state) {
      case 'address':
      case 'lowAddress':
      case 'receive':
        if (this.bits < 8) this.shift = ((this.shift << 1) | (this.block.sdaHigh ? 1 : 0)) & 0xff;
        else if (this.state === 'receive' && this.acknowledges) this.take();
        break;
      case 'transmit':
        if (this.bits < 8) this.checkArbitration();
        else this.ackSeen = !this.block.sdaHigh;
        break;
      default: return;
    }
    ++this.bits;
  }

  sclFall(): void {
    switch (this.state) {
      case 'address':
        if (this.bits === 8) this.decideAddress();
        else if (this.bits === 9) this.begin();
        break;
      case 'lowAddress':
        if (this.bits === 8) this.decideLowAddress();
        else if (this.bits === 9) this.begin();
        break;
      case 'receive':
        if (this.bits === 8) this.decideByte();
        else if (this.bits === 9) this.nextByte();
        break;
      case 'transmit':
        if (this.bits < 8) this.sendBit();
        else if (this.bits === 8) this.setSda(true);
        else this.afterSent();
        break;
      default: break;
    }
  }

  /** SDA changes only after SCL has been low for the hold time. */
  private setSda(high: boolean): void {
    this.comingSda = high;
    this.moveSda.schedule(this.block.cycles(this.block.value(reg.sdaHold) & 0xffff));
  }

  // --- being addressed ---

  private decideAddress(): void {
    const general = this.shift === 0 && this.block.value(reg.ackGeneralCall) !== 0;
    const ours = this.block.has(con.tenBitTarget) ? this.isOurTenBits() : this.shift >> 1 === this.block.value(reg.sar);
    this.addressed = ours && !this.half; // a general call does not count, not even for STOP_DET
    if (!ours && !general) {
      this.state = 'ignore';
      return;
    }
    if (general) this.block.raise(intr.genCall);
    this.setSda(false);
  }

  /** The first byte of ten bits: for a write the second follows, for a read both came before. */
  private isOurTenBits(): boolean {
    const reads = (this.shift & 1) !== 0;
    const ours = (this.shift | 1) === (tenBitPrefix | ((this.block.value(reg.sar) >> 8) << 1) | 1);
    this.half = ours && !reads;
    const chosen = ours && (!reads || this.remembered);
    this.remembered = chosen && reads;
    return chosen;
  }
  private decideLowAddress(): void {
    this.addressed = this.remembered = this.shift === (this.block.value(reg.sar) & 0xff);
    if (this.addressed) this.setSda(false);
    else this.state = 'ignore';
  }

  private begin(): void {
    this.bits = 0;
    if (this.half) {
      this.half = false;
      this.state = 'lowAddress';
      this.shift = 0;
      this.setSda(true);
    } else if (this.state === 'address' && (this.shift & 1) !== 0) {
      this.state = 'transmit';
      // What lies there was meant for an earlier read.
      if (this.block.txLevel > 0) this.block.abort(abrt.flushedTx);
      this.setSda(true);
      this.request();
    } else {
      this.state = 'receive';
      this.firstByte = true;
      this.received = this.shift = 0;
      this.setSda(true);
    }
  }

  // --- receiving ---

  private decideByte(): void {
    this.acknowledges = this.block.value(reg.slvDataNackOnly) === 0;
    if (this.acknowledges) this.setSda(false);
  }

  private take(): void {
    this.block.pushRx(this.shift | (this.firstByte ? dataCmd.firstByte : 0));
    this.firstByte = false;
    ++this.received;
  }

  private nextByte(): void {
    this.bits = this.shift = 0;
    this.setSda(true);
    if (!this.acknowledges) {
      this.state = 'ignore';
    } else if (this.block.rxFull && this.block.has(con.rxFifoFullHold)) {
      this.waiting = 'rx';
      this.block.driver.set('scl', false);
    }
  }

  roomInRx(): void {
    if (this.waiting !== 'rx') return;
    this.waiting = 'no';
    this.block.driver.set('scl', true);
  }

  // --- sending ---

  /** The controller wants a byte and there is none: hold the clock and ask. */
  private request(): void {
    this.waiting = 'tx';
    this.block.driver.set('scl', false);
    this.block.raise(intr.rdReq);
  }

  txWritten(): void {
    if (this.waiting !== 'tx' || this.block.txLevel === 0) return;
    this.waiting = 'no';
    this.load();
    this.release.schedule(this.block.cycles(this.block.value(reg.sdaSetup)));
  }

  private load(): void {
    const entry = this.block.popTx() ?? 0;
    this.shift = entry & 0xff;
    this.bits = 0;
    // A read command is for controllers: in answer to a request it is a mistake of the program.
    if ((entry & dataCmd.read) !== 0) this.block.abort(abrt.targetReadCommand);
    this.sendBit();
  }

  private sendBit(): void {
    this.setSda(((this.shift >> (7 - this.bits)) & 1) !== 0);
  }

  private checkArbitration(): void {
    if (this.block.driver.releases('sda') && !this.block.sdaHigh) this.giveWay();
  }

  /** Somebody on a part of the bus that is not simulated bit by bit has sent a 0 against a 1 of this byte. */
  loseArbitration(): void {
    if (this.state !== 'transmit') return;
    this.waiting = 'no';
    this.block.driver.set('scl', true);
    this.giveWay();
  }

  private giveWay(): void {
    this.block.abort(abrt.targetLost);
    this.state = 'ignore';
    this.setSda(true);
  }

  private afterSent(): void {
    if (!this.ackSeen) {
      this.state = 'ignore';
      this.block.raise(intr.rxDone);
    } else if (this.block.txLevel > 0) {
      this.load();
    } else {
      this.bits = 0;
      this.request();
    }
  }
}

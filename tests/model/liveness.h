/* -DLIVE: that something happens at all. The deadline (C6) is taken away, and after FAULTS faults the
 * bus, the boards and the programs are well: then every call must come to its end by itself. Fair is:
 * each process goes on, and the controllers take turns on the bus; the target's loop looks at a request before its transaction's read (else a
 * refusal is never seen); who is silent long enough loses his slot, and nobody who is not. */
#ifdef LIVE
#ifndef FAULTS
#define FAULTS 2
#endif
byte turn;
bool gone[2];
#define MY_TURN (turn == me)
#define PASS_ON() turn = (gone[1 - me] -> me : 1 - me)
#define LEAVE_BUS() gone[me] = true; turn = 1 - me
#define MAY_FAIL (faults < FAULTS)
#define FAILS() faults++
#define TOLD() told++
#define LOOP_HAS_LOOKED (queued == 0)
/* Of a session that nobody uses any more: silence passes. */
#define FALLS_SILENT() \
  if :: Slots[0].nonce == nonce -> Slots[0].heard = false :: else fi
#define HEARD_AT_HELLO true
/* While my command runs I only ask. */
#ifdef MUTATE_LIVE_NEVER_SENDS_AGAIN
#define MAY_SEND_NOW (MY_TURN && (mode != REQUEST || transmissions == 0))
#else
#define MAY_SEND_NOW (MY_TURN && !(head_now.status == BUSY && head_now.key == key && mode == REQUEST))
#endif
#define MAY_POLL_NOW (MY_TURN && head_now.key == key && head_now.seq == seq && head_now.status == DONE)
ltl every_call_ends { <> (told == NCOMMANDS) }
#else
#define PASS_ON() skip
#define LEAVE_BUS() skip
#define MAY_FAIL true
#define FAILS() skip
#define TOLD() skip
#define LOOP_HAS_LOOKED true
#define FALLS_SILENT() skip
#define HEARD_AT_HELLO false
#define MAY_SEND_NOW true
#define MAY_POLL_NOW true
#endif
#ifdef MUTATE_LIVE_NEVER_RESUMES
#define STRIKES_OUT false
#else
#define STRIKES_OUT (strikes == STRIKES)
#endif
#ifdef MUTATE_LIVE_SILENT_KEEPS_SLOT
#undef IS_HEARD
#define IS_HEARD(s) true
#endif

/*
 * The session rules of the picoctl link, for exhaustive search with spin.
 *
 * Two controllers (A, B) share one target over one bus. Whatever the bus, the target or the other
 * controller does, these must hold:
 *   - a command's handler runs at most once;
 *   - a command reported `done` ran, and the answer is its own;
 *   - a command reported `not_run` never ran and never will;
 *   - a controller accepts no answer that was given to somebody or something else.
 * Whether a handler ran is recorded by the handler itself, never by the link's own counters.
 *
 * -DMAILBOX: the target is one that cannot answer within the transaction of a request.
 * -DLIVE: faults are few, and every call must come to its end (liveness.h).
 *
 * T1..T7 and C1..C7 are the rules of docs/PROTOCOL. Each can be broken with -DMUTATE_<NAME>;
 * run.py does so and expects a failed assertion. README.md says what is and is not modelled.
 */

/* The size of the world. run.py overrides these. */
#ifndef NSLOTS
#define NSLOTS 1 /* slots of the target; fewer than sessions, so that eviction happens */
#endif
#ifndef SEQ_MOD
#define SEQ_MOD 4 /* sequence numbers; 32 in the code */
#endif
#ifndef COMMANDS_A
#define COMMANDS_A 2
#endif
#ifndef COMMANDS_B
#define COMMANDS_B 2
#endif
#ifndef NONCES_A
#define NONCES_A 2 /* sessions that A may open */
#endif
#ifndef NONCES_B
#define NONCES_B 2
#endif
#ifndef RESETS
#define RESETS 1
#endif
#ifndef DUPLICATES
#define DUPLICATES 1
#endif
#ifndef STRIKES
#define STRIKES 1 /* refusals before a RESUME; 3 in the code, 1 here means any number */
#endif
#ifndef NBUFFERS
#define NBUFFERS 2 /* request buffers between the interrupt and the loop */
#endif
#ifdef MAILBOX
#undef NBUFFERS
#define NBUFFERS 1 /* one window, which a newer request overwrites */
#define HEAD_STAYS_AT_WRITE
#endif
#define NCOMMANDS (COMMANDS_A + COMMANDS_B)
#define NAME(c) ('A' + (c))
#define INVARIANT(holds, otherwise) \
  if :: !(holds) -> printf(otherwise); assert(false) :: else fi

#include "mutations.h"
#include "liveness.h"

/* What a handler is given and a controller waits for: one token per command, 0 is none. */
#define NOBODY 0
#define PUBLIC 0 /* the key of everything on slot 7 */
/* CRC-16 over nonce, boot id, ... in the code; here without collisions (T5 has its own). */
#define KEY_OF(nonce, boot) ((nonce) * (RESETS + 1) + (boot))
/* The CRC bytes of a request: no two frames have the same. */
#define CRC_OF(key, token) ((key) * (NCOMMANDS + 1) + (token))

mtype = {
  REQUEST, HELLO, RESUME, BYE, DAMAGED,    /* frames, and what a controller is busy with */
  PENDING, BUSY, DONE,                     /* answers; BUSY and DONE are a slot's states too */
  IDLE,                                    /* slot: open, nothing kept */
  BAD_FRAME, NO_SESSION, OUT_OF_ORDER,     /* public verdicts */
  KNOWN, UNKNOWN, NO_SLOT, GONE,           /* answers to HELLO, RESUME, BYE */
  LEAVING                                  /* controller: the session is given up */
};

typedef Frame { mtype kind; byte slot; byte seq; byte key; byte token; byte nonce };
/* `refused`: in a mailbox's refusal the CRC of the frame that it refuses. */
typedef Answer {
  mtype status; byte slot; byte seq; byte key; byte token; byte nonce; byte boot; byte refused
};
typedef Slot {
  byte nonce; /* 0: closed */
  byte key;   /* stays after closing: the slot's previous key */
  byte last;
  mtype state;
  byte kept;    /* the kept answer: whose it is */
  byte handler; /* the command whose handler is at work */
  bool heard;   /* heard from less than T_keep ago */
};

/* --- the target ----------------------------------------------------------------------------*/
byte boot; /* the boot id */
byte resets;
Slot Slots[NSLOTS];
Frame queue[2];
byte queued;
bool superseded; /* a frame that found no buffer came after the last one queued */
Answer head_now;

/* --- the bus and the medium ----------------------------------------------------------------*/
byte bus;         /* 1 + the controller between its write and its read */
bool broken;      /* the target was reset within this transaction */
Frame stale;      /* a copy of a frame, to be delivered again */
byte duplicates;
byte stale_age;

/* --- what the handlers and callers record --------------------------------------------------*/
bool ran[NCOMMANDS + 1];
bool told_not_run[NCOMMANDS + 1];
#ifdef LIVE
byte faults; /* so far */
byte told;   /* calls that have come to their end */
#endif
byte in_flight[2];         /* the key under which a command is being sent (C6: < T_keep) */
#ifdef MUTATE_C7_OLD_BUFFER
Answer buffer[2];
#endif

/* Scratch: written before it is read inside one d_step, so not part of the state. The breadth-first
 * search (shortest counterexamples) knows no hidden variables; there it is zeroed instead. */
#ifdef SHORTEST
#define hidden
#define TIDY() \
  i = 0; pick = 0; newest = 0; f_kind = 0; f_slot = 0; f_seq = 0; f_key = 0; f_token = 0; \
  f_nonce = 0; v_status = 0; v_slot = 0; v_seq = 0; v_key = 0; v_token = 0; v_nonce = 0; \
  a_status = 0; a_slot = 0; a_seq = 0; a_key = 0; a_token = 0; a_nonce = 0; a_boot = 0; \
  a_refused = 0; \
  o_kind = 0; o_slot = 0; o_seq = 0; o_key = 0; o_token = 0; o_nonce = 0
#else
#define TIDY() skip
#endif
hidden byte i, pick, newest;
hidden mtype f_kind, v_status, a_status, o_kind; /* frame taken, verdict, answer, frame going out */
hidden byte f_slot, f_seq, f_key, f_token, f_nonce;
hidden byte v_slot, v_seq, v_key, v_token, v_nonce;
hidden byte a_slot, a_seq, a_key, a_token, a_nonce, a_boot, a_refused;
hidden byte o_slot, o_seq, o_key, o_token, o_nonce;

#include "cover.h"

inline execute(token) {
  printf("> the handler runs command %d\n", token);
  INVARIANT(token != NOBODY, "! a damaged frame ran\n");
  INVARIANT(!ran[token], "! a command ran twice\n");
  INVARIANT(!told_not_run[token], "! a command ran that was reported not_run\n");
  ran[token] = true;
}

inline clear_answer(answer, word) {
  answer.status = word;
  answer.slot = 0; answer.seq = 0; answer.key = 0;
  answer.token = 0; answer.nonce = 0; answer.boot = 0; answer.refused = 0
}

inline clear_frame(frame) {
  frame.kind = 0; frame.slot = 0; frame.seq = 0;
  frame.key = 0; frame.token = 0; frame.nonce = 0;
}

/* The interrupt: queue the frame, show PENDING. */
inline frame_arrives(in_kind, in_slot, in_seq, in_key, in_token, in_nonce) {
#ifndef HEAD_STAYS_AT_WRITE
  clear_answer(head_now, PENDING);
#endif
  if
  :: queued < NBUFFERS || OVERWRITES ->
     queued = (queued < NBUFFERS -> queued : 0);
     queue[queued].kind = in_kind; queue[queued].slot = in_slot; queue[queued].seq = in_seq;
     queue[queued].key = in_key; queue[queued].token = in_token; queue[queued].nonce = in_nonce;
     queued++;
     superseded = false
  :: else -> superseded = true; COVER(FRAME_DROPPED); printf("> both buffers taken, dropped\n")
  fi
}

inline take_frame() {
  f_kind = queue[0].kind; f_slot = queue[0].slot; f_seq = queue[0].seq;
  f_key = queue[0].key; f_token = queue[0].token; f_nonce = queue[0].nonce;
  queued--;
  queue[0].kind = queue[1].kind; queue[0].slot = queue[1].slot; queue[0].seq = queue[1].seq;
  queue[0].key = queue[1].key; queue[0].token = queue[1].token; queue[0].nonce = queue[1].nonce;
  clear_frame(queue[1]);
  newest = (queued == 0 && !superseded);
  superseded = (superseded && queued > 0);
  v_slot = 0; v_seq = 0; v_key = PUBLIC; v_token = NOBODY; v_nonce = 0
}

/* T4: a verdict is shown only while no newer frame has arrived. */
inline publish() {
  if
  :: PUBLISHES(newest) ->
     head_now.status = v_status; head_now.slot = v_slot; head_now.seq = v_seq;
     head_now.key = v_key; head_now.token = v_token; head_now.nonce = v_nonce;
     head_now.boot = (v_nonce -> boot : 0);
     head_now.refused = (IS_REFUSAL_OF(v_status) -> CRC_OF(f_key, f_token) : 0);
     printf("> target shows #%d\n", v_status)
  :: else -> COVER(VERDICT_SUPERSEDED)
  fi
}

inline find_slot(with_nonce) {
  i = 0;
  do
  :: i < NSLOTS && Slots[i].nonce != with_nonce -> i++
  :: else -> break
  od
}

inline show_slot(s) {
  v_status = KNOWN; v_slot = s; v_seq = Slots[s].last; v_nonce = f_nonce;
#ifdef MUTATE_T5_SAME_KEY
  v_key = Slots[s].key;
#endif
}

/* A duplicate may be as old as the window allows and no older (README, "Assumptions"). */
inline count_stale_age(s) {
  if
  :: stale.kind == REQUEST && stale.key == Slots[s].key && stale.token != f_token ->
     stale_age++;
     if
     :: TOO_OLD(stale_age) -> clear_frame(stale); stale_age = 0
     :: else
     fi
  :: else
  fi
}

#include "target.pml"

/* Copies a frame and delivers it again, at any later moment between transactions. */
proctype medium() {
end:
  do
  :: d_step {
       duplicates < DUPLICATES && queued > 0 && queue[0].kind != DAMAGED ->
       stale.kind = queue[0].kind; stale.slot = queue[0].slot; stale.seq = queue[0].seq;
       stale.key = queue[0].key; stale.token = queue[0].token; stale.nonce = queue[0].nonce;
       duplicates++
     }
  :: d_step {
       stale.kind != 0 && bus == 0 ->
       printf("> an old #%d comes again\n", stale.kind);
       frame_arrives(stale.kind, stale.slot, stale.seq, stale.key, stale.token, stale.nonce);
       clear_frame(stale); stale_age = 0; COVER(DUPLICATE)
     }
  od
}

#include "controller.pml"

init {
  COVER_START();
  atomic {
    clear_answer(head_now, PENDING);
    run target();
#ifdef LIVE
    run handlers();
#endif
    run medium();
    run controller(0, COMMANDS_A, 2 * NONCES_A - 1);
    run controller(1, COMMANDS_B, 2 * NONCES_B)
  }
}

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

/* T1, T2, T3. */
inline on_request() {
  if
  :: Slots[f_slot].nonce == 0 -> v_status = NO_SESSION; COVER(SLOT_CLOSED)
  :: Slots[f_slot].nonce != 0 && !KEY_MATCHES(Slots[f_slot].key, f_key) ->
     v_status = BAD_FRAME; COVER(KEY_MISMATCH)
  :: else ->
     Slots[f_slot].heard = (in_flight[0] == f_key || in_flight[1] == f_key);
     if
     :: IS_KEPT(f_slot) ->
        v_status = Slots[f_slot].state; v_slot = f_slot; v_seq = f_seq;
        v_key = Slots[f_slot].key; v_token = KEPT(f_slot);
        COVER(KEPT_SHOWN)
     :: else ->
        if
        :: IS_NEXT(f_slot) ->
           Slots[f_slot].last = f_seq; Slots[f_slot].state = BUSY; Slots[f_slot].kept = f_token;
           Slots[f_slot].handler = (Slots[f_slot].handler -> Slots[f_slot].handler : f_token);
           REGISTER_KEEPS(f_token);
           execute(f_token);
           count_stale_age(f_slot);
           if
           :: f_seq == 0 -> COVER(SEQ_WRAPPED)
           :: else
           fi;
           v_status = BUSY; v_slot = f_slot; v_seq = f_seq;
           v_key = Slots[f_slot].key; v_token = f_token
        :: else -> v_status = OUT_OF_ORDER; COVER(REFUSED_ORDER)
        fi
     fi
  fi
}

/* The CRC is wrong, so the slot named may be any, closed ones among them. No slot changes. */
inline on_damaged(reads_as_closed) {
  v_status = (reads_as_closed -> NO_SESSION : BAD_FRAME);
  DAMAGED_IS_OBEYED()
}

inline open_slot(s) {
  Slots[s].nonce = f_nonce; Slots[s].key = KEY_OF(f_nonce, boot);
  Slots[s].last = 0; Slots[s].state = STATE_AT_HELLO;
  Slots[s].kept = NOBODY; Slots[s].heard = HEARD_AT_HELLO;
  show_slot(s);
  printf("> slot %d opened for nonce %d\n", s, f_nonce)
}

/* T5. `victim` is the slot to evict when none is free; NSLOTS: nobody was silent for T_keep, or
 * the 16-bit key is by chance the slot's previous one. */
inline on_hello(victim) {
  find_slot(f_nonce);
  if
  :: i < NSLOTS -> show_slot(i); HELLO_RESETS(i); COVER(HELLO_KNOWN)
  :: else ->
     find_slot(0);
     pick = (i < NSLOTS -> i : victim);
     v_status = NO_SLOT; v_nonce = f_nonce;
     if
     :: pick == NSLOTS -> COVER(HELLO_TOO_EARLY)
     :: pick < NSLOTS && Slots[pick].nonce != 0 && (IS_HEARD(pick) || IS_BUSY(pick)) ->
        COVER(HELLO_ALL_ALIVE)
     :: pick < NSLOTS && Slots[pick].nonce == 0 && victim == NSLOTS && Slots[pick].key != 0 ->
        KEY_COLLIDES(pick)
     :: pick < NSLOTS && SAME_KEY_AGAIN(pick) -> COVER(KEY_REFUSED)
     :: else ->
        if
        :: Slots[pick].nonce != 0 -> COVER(EVICTED); printf("> slot %d is taken away\n", pick)
        :: else
        fi;
        open_slot(pick)
     fi
  fi
}

/* T6. */
inline on_resume() {
  find_slot(f_nonce);
  if
  :: i < NSLOTS -> show_slot(i); COVER(RESUME_KNOWN)
  :: else -> v_status = UNKNOWN; v_nonce = f_nonce; COVER(RESUME_UNKNOWN); RESUME_OPENS()
  fi
}

inline on_bye() {
  find_slot(f_nonce);
  v_status = GONE;
  if
  :: i < NSLOTS && !BYE_WAITS(i) ->
     Slots[i].nonce = 0; Slots[i].last = 0; Slots[i].state = 0;
     Slots[i].kept = NOBODY; Slots[i].heard = false; COVER(BYE_FREES)
  :: i < NSLOTS && BYE_WAITS(i) -> COVER(BYE_BUSY)
  :: else
  fi
}

inline handler_ends(s) {
  printf("> command %d has ended\n", Slots[s].handler);
  Slots[s].state = DONE; Slots[s].kept = Slots[s].handler; Slots[s].handler = NOBODY;
  if
  :: head_now.status == BUSY && head_now.key == Slots[s].key && head_now.slot == s ->
     head_now.status = DONE; head_now.token = Slots[s].kept
  :: else -> COVER(DONE_UNSEEN)
  fi
}

inline reset_target() {
  printf("> the target is reset\n");
  resets++;
  boot = BOOT_ID_AFTER_RESET;
  i = 0;
  do
  :: i < NSLOTS ->
     Slots[i].nonce = 0; Slots[i].key = 0; Slots[i].last = 0; Slots[i].state = 0;
     Slots[i].kept = NOBODY; Slots[i].handler = NOBODY; Slots[i].heard = false;
     i++
  :: else -> break
  od;
  clear_frame(queue[0]); clear_frame(queue[1]);
  queued = 0; superseded = false;
  clear_answer(head_now, PENDING);
  broken = (bus != 0)
}

#define GETS(what) (queued > 0 && queue[0].kind == what)

#if NSLOTS > 1
#define HANDLERS_END() \
  :: d_step { Slots[0].handler != NOBODY -> handler_ends(0); TIDY() } \
  :: d_step { Slots[1].handler != NOBODY -> handler_ends(1); TIDY() }
#else
#define HANDLERS_END() :: d_step { Slots[0].handler != NOBODY -> handler_ends(0); TIDY() }
#endif

#ifdef LIVE /* whatever the loop has to do, a handler comes to its end */
proctype handlers() {
end:
  do
  HANDLERS_END()
  od
}
#endif

proctype target() {
end:
  do
  :: d_step { GETS(REQUEST) -> take_frame(); on_request(); publish(); TIDY() }
  :: d_step { GETS(RESUME) -> take_frame(); on_resume(); publish(); TIDY() }
  :: d_step { GETS(BYE) -> take_frame(); on_bye(); publish(); TIDY() }
  :: d_step { GETS(DAMAGED) -> take_frame(); on_damaged(0); publish(); TIDY() }
  :: d_step { GETS(DAMAGED) -> take_frame(); on_damaged(1); publish(); TIDY() }
  :: d_step { GETS(HELLO) -> take_frame(); on_hello(0); publish(); TIDY() }
#if NSLOTS > 1
  :: d_step { GETS(HELLO) -> take_frame(); on_hello(1); publish(); TIDY() }
#endif
#ifndef LIVE /* T_keep passes: whoever is silent, is so long enough */
  :: d_step { GETS(HELLO) -> take_frame(); on_hello(NSLOTS); publish(); TIDY() }
#endif
#ifndef LIVE
  HANDLERS_END()
#endif
  :: d_step { resets < RESETS && MAY_FAIL -> FAILS(); reset_target(); TIDY() }
  od
}

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

/*
 * The controller's half of the session rules (C1..C7). Included by session.pml.
 *
 * A transaction is two steps, a write and a read, so that the target's loop, and a reset, can come
 * between them; the other controller cannot. `mode` is what the controller wants next: HELLO (in
 * open_session), REQUEST (send and poll), RESUME (resume) or LEAVING (the session is given up).
 */

/* What the read brought, copied out of the register. */
inline take_answer(from) {
  a_status = from.status; a_slot = from.slot; a_seq = from.seq; a_key = from.key;
  a_token = from.token; a_nonce = from.nonce; a_boot = from.boot; a_refused = from.refused
}

inline next_command() {
  cmd++;
  TOLD();
  transmissions = 0; strikes = 0; was_busy = false;
#ifdef VARIANT_REFUSALS
  in_doubt = false; refused = false;
#endif
  in_flight[me] = 0;
  /* The command is over: from here on the session may fall silent. */
  i = 0;
  do
  :: i < NSLOTS ->
     if
     :: Slots[i].key == key -> Slots[i].heard = false
     :: else
     fi;
     i++
  :: else -> break
  od
}

inline forget_session() {
  FALLS_SILENT();
  key = 0; slot = 0; seq = 0;
  mode = HELLO;
  nonce = NEXT_NONCE(nonce)
}

inline finish_done() {
  printf("> %c is told done (command %d)\n", NAME(me), MY_TOKEN);
  INVARIANT(a_token == MY_TOKEN, "! somebody else's answer accepted\n");
  INVARIANT(ran[MY_TOKEN], "! done, but it never ran\n");
  COVER(TOLD_DONE);
  seq = (seq + 1) % SEQ_MOD;
  mode = REQUEST;
  next_command()
}

inline finish_not_run() {
  printf("> %c is told not_run (command %d)\n", NAME(me), MY_TOKEN);
  INVARIANT(!ran[MY_TOKEN], "! not_run, but it ran\n");
  COVER(TOLD_NOT_RUN);
  told_not_run[MY_TOKEN] = true;
  next_command()
}

/* C6, and every outcome that cannot be known: a new session before the next command. */
inline finish_unknown() {
  if
  :: was_busy ->
     printf("> %c is told still_running (command %d)\n", NAME(me), MY_TOKEN);
     INVARIANT(ran[MY_TOKEN], "! still_running, but it never started\n");
     COVER(TOLD_STILL_RUNNING)
  :: else ->
     printf("> %c is told unknown (command %d)\n", NAME(me), MY_TOKEN);
     COVER(TOLD_UNKNOWN)
  fi;
  next_command();
  mode = LEAVING
}

inline on_hello_answer(same_transaction) {
  if
  :: same_transaction && a_status == KNOWN && NONCE_ECHOED ->
     INVARIANT(a_nonce == nonce, "! somebody else's session accepted\n");
     slot = a_slot; key = KEY_IN_ANSWER; seq = FIRST_SEQ;
     mode = REQUEST
  :: else
  fi
}

/* C5. `known` alone is not enough: the session must be the same one, boot included. */
inline on_resume_answer(same_transaction) {
  if
  :: same_transaction && (a_status == KNOWN || a_status == UNKNOWN) && NONCE_ECHOED ->
     INVARIANT(a_nonce == nonce, "! somebody else's session accepted\n");
     strikes = 0;
     mode = REQUEST;
     if
     :: a_status == UNKNOWN -> COVER(RESUMED_GONE); RESUME_SAID_UNKNOWN()
     :: a_status == KNOWN && !SAME_SESSION ->
        COVER(RESUMED_LOST); was_busy = false; finish_unknown()
     :: a_status == KNOWN && SAME_SESSION ->
        RESUME_REKEYS();
        if
        :: a_seq == seq -> COVER(RESUMED_RAN)
        :: a_seq == (seq + SEQ_MOD - 1) % SEQ_MOD -> COVER(RESUMED_NOT_YET); RESUME_SAID_NOT_YET()
        :: else -> COVER(RESUMED_LOST); was_busy = false; finish_unknown()
        fi
     fi
  :: else
  fi
}

inline on_request_answer(same_transaction, deadline) {
  if
  :: IS_MINE && a_status == DONE -> finish_done()
  :: IS_MINE && a_status == BUSY -> strikes = 0; was_busy = true
  :: PENDING_COUNTS && a_status == PENDING -> a_token = MY_TOKEN; finish_done()
#ifdef VARIANT_REFUSALS
  :: IS_REFUSAL && PUBLIC_COUNTS(same_transaction) -> refused = true; mode = RESUME
#endif
  :: a_status == NO_SESSION && PUBLIC_COUNTS(same_transaction) ->
     if
     :: NOT_SENT_BEFORE ->
        if
        :: TELLS_NOT_RUN(deadline) -> finish_not_run()
        :: else -> COVER(REOPENED); transmissions = 0; in_flight[me] = 0
        fi;
        strikes = 0; was_busy = false;
        AFTER_NO_SESSION()
     :: !(NOT_SENT_BEFORE) -> COVER(NO_SESSION_LATER); was_busy = false; finish_unknown()
     fi
  :: (a_status == BAD_FRAME || a_status == OUT_OF_ORDER) && PUBLIC_COUNTS(same_transaction) ->
     strikes++;
     if
     :: STRIKES_OUT -> strikes = 0; mode = RESUME
     :: else
     fi
  :: else -> COVER(PUBLIC_IGNORED)
  fi
}

inline on_answer(same_transaction, deadline) {
  printf("> %c reads #%d\n", NAME(me), a_status);
  if
  :: mode == HELLO -> on_hello_answer(same_transaction)
  :: mode == RESUME -> on_resume_answer(same_transaction)
  :: mode == REQUEST -> on_request_answer(same_transaction, deadline)
  :: else
  fi
}

/* The frame that the controller wants on the bus. */
inline wanted(in_kind, in_slot, in_seq, in_key, in_token, in_nonce) {
  o_kind = in_kind; o_slot = in_slot; o_seq = in_seq;
  o_key = in_key; o_token = in_token; o_nonce = in_nonce
}

inline open_session() {
  printf("> %c sends HELLO nonce %d\n", NAME(me), nonce);
  wanted(HELLO, 0, 0, 0, NOBODY, nonce)
}

/* C2: what is sent again is the same, byte for byte. */
inline send() {
  SEQ_FOR_THIS_TRY();
  transmissions = (transmissions < 2 -> transmissions + 1 : 2); /* 2: more than once */
  in_flight[me] = key;
#ifdef VARIANT_REFUSALS
  in_doubt = (in_doubt || (transmissions > 1 && !refused));
  refused = false;
#endif
  printf("> %c sends command %d as seq %d in slot %d\n", NAME(me), MY_TOKEN, seq, slot);
  wanted(REQUEST, slot, seq, key, MY_TOKEN, 0)
}

inline resume() {
  printf("> %c sends RESUME nonce %d\n", NAME(me), nonce);
  wanted(RESUME, 0, 0, 0, NOBODY, nonce)
}

inline leave() {
  printf("> %c sends BYE nonce %d\n", NAME(me), nonce);
  wanted(BYE, 0, 0, 0, NOBODY, nonce)
}

inline write_goes_out() {
  if
  :: mode == HELLO -> open_session()
  :: mode == REQUEST -> send()
  :: mode == RESUME -> resume()
  :: mode == LEAVING -> leave()
  fi
}

inline write_comes_in() {
  frame_arrives(o_kind, o_slot, o_seq, o_key, o_token, o_nonce)
}

inline write_comes_in_damaged() {
  printf("> ... which is damaged on its way\n");
  frame_arrives(DAMAGED, 0, 0, CRC_THAT_IS_LEFT, 0)
}

inline poll() {
  take_answer(head_now);
  if
  :: IS_MINE && a_status == BUSY -> COVER(POLLED_BUSY)
  :: IS_MINE && a_status == DONE -> COVER(POLLED_DONE)
  :: else
  fi;
  on_answer(COUNTS_IN_A_POLL, false)
}

#define MAY_GO_ON (cmd < commands && nonce <= last_nonce)
#define MAY_SEND (bus == 0 && mode != LEAVING && MAY_GO_ON && MAY_SEND_NOW)
#ifdef MAILBOX
#define READING 0 /* a request and its reads are transactions of their own */
#define MAY_READ (bus == 0 && mode != LEAVING && MAY_GO_ON && (mode != REQUEST || transmissions > 0))
#else
#define READING (me + 1)
#define MAY_READ (bus == 0 && mode == REQUEST && transmissions > 0)
#endif
#define BETWEEN_TRIES (me + 3)
#ifdef MAILBOX
#define NOT_READING true
#else
#define NOT_READING (bus != READING)
#endif

proctype controller(byte me; byte commands; byte last_nonce) {
  byte nonce = FIRST_NONCE, slot, key, seq, cmd, transmissions, strikes;
  bool was_busy;
#ifdef VARIANT_REFUSALS
  bool in_doubt; /* a transmission before the last one was not answered with a refusal */
  bool refused;  /* the last one was */
#endif
  mtype mode = HELLO;

  do
  /* A transaction: the write, whole or damaged; its read comes below. */
  :: d_step { MAY_SEND -> write_goes_out(); write_comes_in(); bus = READING; TIDY() }
  :: d_step {
       MAY_SEND && MAY_FAIL ->
       FAILS(); write_goes_out(); write_comes_in_damaged(); bus = READING; TIDY()
     }
  /* Whole, and the read fails. Lost altogether. To the controller the same: an error. */
  :: d_step {
       MAY_SEND && MAY_FAIL ->
       FAILS(); write_goes_out(); write_comes_in(); READ_FAILS(); TIDY()
     }
  :: d_step {
       MAY_SEND && MAY_FAIL && mode == REQUEST -> FAILS(); write_goes_out(); READ_FAILS(); TIDY()
     }
#ifndef MAILBOX
  /* The register byte was damaged: nothing was requested, and the read shows an older head. */
  :: d_step {
       MAY_SEND && MAY_FAIL && head_now.status != PENDING ->
       FAILS(); write_goes_out(); COVER(OTHERS_HEAD_READ);
       printf("> ... to another register\n");
       take_answer(head_now); on_answer(true, false);
       TIDY()
     }
#endif
#ifdef MUTATE_C7_OLD_BUFFER
  /* The driver reports success and has not read: what is there is what was there. */
  :: d_step {
       MAY_SEND && mode == REQUEST ->
       write_goes_out(); write_comes_in();
       printf("> ... and the read does not happen\n");
       take_answer(buffer[me]); on_answer(true, false);
       TIDY()
     }
#endif
#ifdef WITHOUT_SINGLE_TRY
  :: d_step {
       MAY_SEND && mode == REQUEST ->
       write_goes_out(); write_comes_in(); bus = BETWEEN_TRIES;
       TIDY()
     }
  :: d_step {
       bus == BETWEEN_TRIES ->
       printf("> ... which the kernel sends once more\n");
       wanted(REQUEST, slot, seq, key, MY_TOKEN, 0);
       write_comes_in(); broken = false; bus = READING;
       TIDY()
     }
#endif
  /* The read latches the head (T4). After a reset the register pointer is elsewhere. */
#ifndef MAILBOX
  :: d_step {
       bus == READING && LOOP_HAS_LOOKED ->
       if
       :: broken -> COVER(RESET_WITHIN); printf("> %c reads nothing\n", NAME(me))
       :: else -> take_answer(head_now); KEEP_BUFFER(); on_answer(true, false)
       fi;
       bus = 0; broken = false; PASS_ON();
       TIDY()
     }
#endif
#if !defined(MAILBOX) && !defined(LIVE)
  /* The same, with the deadline at that very moment. */
  :: d_step {
       bus == READING && !broken && head_now.status == NO_SESSION && mode == REQUEST ->
       take_answer(head_now); on_answer(true, true);
       bus = 0;
       TIDY()
     }
#endif
  /* A read of its own, while a command is on its way. */
  :: d_step {
       MAY_READ && MAY_POLL_NOW && head_now.status != PENDING -> poll();
       TIDY()
     }
#ifndef LIVE
  /* C6: the deadline. */
  :: d_step { NOT_READING && bus != BETWEEN_TRIES && transmissions > 0 -> GIVE_UP(); TIDY() }
#endif
#ifdef VARIANT_POLL_TAKES_NONCE
  /* The nonce in it is mine: then in a read of its own, too. */
  :: d_step {
       bus == 0 && (mode == HELLO || mode == RESUME) && MAY_GO_ON && head_now.nonce == nonce ->
       take_answer(head_now); on_answer(true, false);
       TIDY()
     }
#endif
#ifdef ABANDON
  /* The deadline in open_session, or NO_SLOT because of the key: another nonce. */
  :: d_step { NOT_READING && mode == HELLO && MAY_GO_ON -> forget_session(); TIDY() }
#endif
#if STRIKES == 1 && !defined(LIVE)
  /* A RESUME may come after one refusal; here it need not. */
  :: d_step { NOT_READING && mode == RESUME -> mode = REQUEST; TIDY() }
#endif
  /* The program ends, or is killed between commands; the next one begins afresh. */
  :: d_step {
       bus == 0 && mode == REQUEST && transmissions == 0 && cmd < commands && MAY_FAIL ->
       FAILS(); mode = LEAVING;
       TIDY()
     }
  :: d_step {
       bus == 0 && mode == LEAVING -> write_goes_out(); write_comes_in(); forget_session();
       TIDY()
     }
  :: d_step { mode == LEAVING -> forget_session(); TIDY() }
#ifdef LIVE
  /* Nothing to send and nothing to read now. */
  :: d_step {
       bus == 0 && MY_TURN && !gone[1 - me] && mode != LEAVING && MAY_GO_ON &&
       !MAY_SEND && !MAY_POLL_NOW -> PASS_ON()
     }
#endif
  :: d_step {
       NOT_READING && transmissions == 0 && mode != LEAVING && !MAY_GO_ON -> LEAVE_BUS()
     } -> break
  od
}

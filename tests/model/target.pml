/*
 * The target's half of the session rules (T1..T7). Included by session.pml.
 */

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

/* Each rule as the model uses it and, under -DMUTATE_<NAME>, as it must not be. */

/* --- T1: looked at only if the CRC is right under the slot's key; else no slot changes -------*/
#ifdef MUTATE_T1_ANY_KEY
#define KEY_MATCHES(of_slot, of_frame) true
#else
#define KEY_MATCHES(of_slot, of_frame) ((of_slot) == (of_frame))
#endif
#if defined(MUTATE_T1_DAMAGED_RUNS)
#define DAMAGED_IS_OBEYED() \
  if :: Slots[0].nonce != 0 -> execute(NOBODY) :: else fi
#elif defined(MUTATE_T1_SLOT_CHANGES)
#define DAMAGED_IS_OBEYED() \
  if \
  :: Slots[0].nonce != 0 -> \
     Slots[0].last = (Slots[0].last + 1) % SEQ_MOD; Slots[0].state = DONE \
  :: else \
  fi
#else
#define DAMAGED_IS_OBEYED() skip
#endif

/* --- T2: last -> the kept answer; last+1 and not BUSY -> run; else OUT_OF_ORDER --------------*/
#ifdef MUTATE_T2_RUN_AGAIN
#define IS_KEPT(s) (f_seq == Slots[s].last && Slots[s].state == BUSY)
#else
#define IS_KEPT(s) (f_seq == Slots[s].last && Slots[s].state != IDLE)
#endif
#if defined(MUTATE_T2_RUN_AGAIN)
#define IS_NEXT(s) (Slots[s].state != BUSY && \
  (f_seq == (Slots[s].last + 1) % SEQ_MOD || f_seq == Slots[s].last))
#elif defined(MUTATE_T2_ANY_SEQ)
#define IS_NEXT(s) (Slots[s].state != BUSY)
#elif defined(MUTATE_T2_WHILE_BUSY)
#define IS_NEXT(s) (f_seq == (Slots[s].last + 1) % SEQ_MOD)
#else
#define IS_NEXT(s) (Slots[s].state != BUSY && f_seq == (Slots[s].last + 1) % SEQ_MOD)
#endif
#ifdef MUTATE_ROW5_FIRST_SEQ
#define STATE_AT_HELLO DONE
#define FIRST_SEQ 0
#else
#define STATE_AT_HELLO IDLE
#define FIRST_SEQ 1
#endif

/* --- T3: the kept answer belongs to the slot -------------------------------------------------*/
#ifdef MUTATE_T3_REGISTER_KEEPS
byte register_kept;
#define KEPT(s) register_kept
#define REGISTER_KEEPS(token) register_kept = token
#else
#define KEPT(s) Slots[s].kept
#define REGISTER_KEEPS(token) skip
#endif

/* --- T4: a transaction's read shows PENDING or the verdict on its own write ------------------*/
#ifdef MUTATE_T4_LAST_HEAD
#define HEAD_STAYS_AT_WRITE
#endif
#ifdef MUTATE_T4_LATE_VERDICT
#define PUBLISHES(newest) true
#else
#define PUBLISHES(newest) newest
#endif

/* --- T5: HELLO -------------------------------------------------------------------------------*/
#ifdef MUTATE_T5_KNOWN_RESETS
#define HELLO_RESETS(s) Slots[s].last = 0; Slots[s].state = IDLE; Slots[s].kept = NOBODY
#else
#define HELLO_RESETS(s) skip
#endif
#if defined(MUTATE_T5_EVICT_ANY_TIME) || defined(MUTATE_C6_LONG_DEADLINE)
#define IS_HEARD(s) false
#else
#define IS_HEARD(s) Slots[s].heard
#endif
#ifdef MUTATE_T5_EVICT_BUSY
#define IS_BUSY(s) false
#else
#define IS_BUSY(s) (Slots[s].state == BUSY)
#endif
#ifdef MUTATE_T5_SAME_KEY
#define KEY_COLLIDES(s) \
  a_key = Slots[s].key; open_slot(s); Slots[s].key = a_key; show_slot(s)
#define KEY_IN_ANSWER a_key
#define SAME_KEY_AGAIN(s) false
#else
#define KEY_COLLIDES(s) COVER(KEY_COLLISION)
#define KEY_IN_ANSWER KEY_OF(nonce, a_boot)
#define SAME_KEY_AGAIN(s) (Slots[s].key == KEY_OF(f_nonce, boot))
#endif

/* --- T6: RESUME never opens; T7: answers echo the nonce; BYE waits for BUSY ------------------*/
#ifdef MUTATE_T6_RESUME_OPENS
#define RESUME_OPENS() \
  find_slot(0); \
  if :: i < NSLOTS -> open_slot(i) :: else fi
#else
#define RESUME_OPENS() skip
#endif
#ifdef MUTATE_T7_NO_ECHO
#define NONCE_ECHOED true
#else
#define NONCE_ECHOED (a_nonce == nonce)
#endif
#ifdef MUTATE_T7_BYE_BUSY
#define BYE_WAITS(s) false
#else
#define BYE_WAITS(s) (Slots[s].state == BUSY)
#endif

/* --- C1: a fresh nonce per session, no session shared ----------------------------------------*/
#define MY_TOKEN (1 + me * COMMANDS_A + cmd)
#if defined(MUTATE_C1_SAME_NONCE)
#define FIRST_NONCE (1 + me)
#define NEXT_NONCE(nonce) nonce
#elif defined(MUTATE_C1_SHARED_SESSION)
#define FIRST_NONCE 1
#define NEXT_NONCE(nonce) ((nonce) + 2)
#else
#define FIRST_NONCE (1 + me)
#define NEXT_NONCE(nonce) ((nonce) + 2)
#endif

/* --- C2: a SEQ belongs to those bytes for ever; after any error, the same bytes again --------*/
#ifdef MUTATE_C2_NEW_SEQ
#define SEQ_FOR_THIS_TRY() \
  if :: transmissions > 0 && !was_busy -> seq = (seq + 1) % SEQ_MOD :: else fi
#else
#define SEQ_FOR_THIS_TRY() skip
#endif
#ifdef MUTATE_C2_ERROR_NOT_RUN
#define READ_FAILS() \
  if \
  :: mode == REQUEST && transmissions == 1 -> finish_not_run(); mode = LEAVING \
  :: else \
  fi
#else
#define READ_FAILS() skip
#endif

/* --- C3: BUSY and DONE under my key with my SEQ; public answers only in my own transaction ---*/
#if defined(MUTATE_ROW1_FIXED_SEED)
#define IS_MINE (a_key != PUBLIC && a_slot == slot && a_seq == seq)
#elif defined(MUTATE_C3_ANY_SEQ)
#define IS_MINE (a_key == key)
#else
#define IS_MINE (a_key == key && a_slot == slot && a_seq == seq)
#endif
#if defined(MUTATE_ROW4_POLL_PUBLIC) || defined(MUTATE_C3_POLL_PUBLIC)
#define PUBLIC_COUNTS(same_transaction) true
#else
#define PUBLIC_COUNTS(same_transaction) same_transaction
#endif
#ifdef MUTATE_C3_PENDING_COUNTS
#define PENDING_COUNTS true
#else
#define PENDING_COUNTS false
#endif

#define IS_REFUSAL_OF(status) \
  ((status) == NO_SESSION || (status) == BAD_FRAME || (status) == OUT_OF_ORDER)
/* VARIANT_REFUSALS: every transmission of this command was answered with a refusal. */
#define IS_REFUSAL IS_REFUSAL_OF(a_status)
#ifdef MUTATE_REFUSALS_FORGET
#define ALL_REFUSED refused
#else
#define ALL_REFUSED (refused && !in_doubt)
#endif

/* --- a mailbox: newer requests overwrite; a refusal counts for the frame that it names ----------*/
#ifdef MAILBOX
#define OVERWRITES true
#define CRC_THAT_IS_LEFT o_key, o_token /* of a frame that was damaged elsewhere */
#ifdef MUTATE_MAILBOX_ANY_REFUSAL
#define COUNTS_IN_A_POLL true
#else
/* Answers to HELLO and RESUME name the nonce. */
#define COUNTS_IN_A_POLL (mode != REQUEST || a_refused == CRC_OF(key, MY_TOKEN))
#endif
#else
#define OVERWRITES false
#define CRC_THAT_IS_LEFT 0, NOBODY
#define COUNTS_IN_A_POLL false
#endif

/* --- C4: NO_SESSION to the only transmission: not run. Later: unknown ------------------------*/
#if defined(MUTATE_C4_LATER_NOT_RUN) || defined(MUTATE_ROW2_SAME_SEQ_AGAIN)
#define NOT_SENT_BEFORE true
#else
#define NOT_SENT_BEFORE (transmissions == 1)
#endif
#ifdef MUTATE_C4_LATER_NOT_RUN
#define TELLS_NOT_RUN(deadline) true
#else
#define TELLS_NOT_RUN(deadline) deadline
#endif
#ifdef MUTATE_ROW2_SAME_SEQ_AGAIN
#define AFTER_NO_SESSION() mode = HELLO
#else
#define AFTER_NO_SESSION() forget_session()
#endif

/* --- C5: after three refusals RESUME; unknown nonce, or not the same session: unknown --------*/
#ifdef MUTATE_C5_UNKNOWN_NOT_RUN
#define RESUME_SAID_UNKNOWN() finish_not_run(); forget_session()
#elif defined(VARIANT_REFUSALS)
#define RESUME_SAID_UNKNOWN() \
  if \
  :: ALL_REFUSED -> \
     INVARIANT(!ran[MY_TOKEN], "! all refused, but it ran\n"); \
     transmissions = 0; in_flight[me] = 0; refused = false; forget_session() \
  :: else -> was_busy = false; finish_unknown() \
  fi
#else
#define RESUME_SAID_UNKNOWN() was_busy = false; finish_unknown()
#endif
#ifdef VARIANT_NOT_YET_IS_NOT_RUN
#define RESUME_SAID_NOT_YET() finish_not_run(); mode = LEAVING
#else
#define RESUME_SAID_NOT_YET() skip
#endif
#ifdef MUTATE_C5_OTHER_BOOT
#define SAME_SESSION true
#define RESUME_REKEYS() slot = a_slot; key = KEY_IN_ANSWER
#else
#define SAME_SESSION (KEY_IN_ANSWER == key && a_slot == slot)
#define RESUME_REKEYS() skip
#endif

/* --- C6: giving up ---------------------------------------------------------------------------*/
#if defined(MUTATE_ROW3_SEQ_AGAIN)
#define GIVE_UP() finish_unknown(); mode = REQUEST
#elif defined(MUTATE_C6_SAME_SESSION)
#define GIVE_UP() finish_unknown(); seq = (seq + 1) % SEQ_MOD; mode = REQUEST
#elif defined(VARIANT_REFUSALS)
#define GIVE_UP() \
  if :: ALL_REFUSED -> finish_not_run(); mode = LEAVING :: else -> finish_unknown() fi
#elif defined(MUTATE_C6_NOT_RUN)
#define GIVE_UP() \
  if :: was_busy -> finish_unknown() :: else -> finish_not_run(); mode = LEAVING fi
#else
#define GIVE_UP() finish_unknown()
#endif

/* --- C7: the read buffer is zeroed before each read ------------------------------------------*/
#ifdef MUTATE_C7_OLD_BUFFER
#define KEEP_BUFFER() \
  if \
  :: mode == REQUEST -> \
     buffer[me].status = a_status; buffer[me].slot = a_slot; buffer[me].seq = a_seq; \
     buffer[me].key = a_key; buffer[me].token = a_token \
  :: else \
  fi
#else
#define KEEP_BUFFER() skip
#endif

/* --- What the rules take for granted (README, "Assumptions"); WITHOUT_SINGLE_TRY is in
 *     controller.pml -------------------------------------------------------------------------*/
#ifdef WITHOUT_NEW_BOOT_ID
#define BOOT_ID_AFTER_RESET boot
#else
#define BOOT_ID_AFTER_RESET (boot + 1)
#endif
#ifdef WITHOUT_WINDOW
#define TOO_OLD(age) false
#else
#define TOO_OLD(age) ((age) == SEQ_MOD - 2)
#endif

/*
 * A batch: several commands in one frame (link/batch.cpp), for exhaustive search with spin.
 *
 * What a session does with a frame as a whole is session.pml's; here is what happens inside it. Of
 * the ENTRIES each may be wrong (it would not decode), fail when it runs, or have a reply for which
 * the answer has no room any more. The Pico may be reset between any two of them, the answer lost,
 * the frame sent again. These must hold:
 *   - no entry runs twice, none before an earlier one, and none at all if any is wrong;
 *   - behind one that failed none runs, unless the flag says go on;
 *   - told done: the first `count` ran, and no other ever does.
 */
#ifndef ENTRIES
#define ENTRIES 3
#endif
#define FITS 2 /* replies for which there is room */
#define INVARIANT(holds, otherwise) \
  if :: !(holds) -> printf(otherwise); assert(false) :: else fi

/* Each rule as it is and, under -DMUTATE_BATCH_<NAME>, as it must not be. */
#ifdef MUTATE_BATCH_UNCHECKED
#define IS_CHECKED false
#else
#define IS_CHECKED true
#endif
#ifdef MUTATE_BATCH_GOES_ON
#define STOPS_AT_FAILURE false
#else
#define STOPS_AT_FAILURE (!go_on)
#endif
#ifdef MUTATE_BATCH_ANY_ROOM
#define HAS_ROOM(entry) true
#else
#define HAS_ROOM(entry) ((entry) < FITS || !long_replies)
#endif
#ifdef MUTATE_BATCH_COUNTS_ALL
#define COUNT_TOLD ENTRIES
#else
#define COUNT_TOLD next
#endif
#ifdef MUTATE_BATCH_FORGETS
#define IS_KEPT (state == BUSY)
#else
#define IS_KEPT (state != IDLE)
#endif
#ifdef MUTATE_BATCH_ENDS_EARLY /* a handler's answer is published before the batch has ended */
#define MAY_BE_TOLD (state != IDLE)
#else
#define MAY_BE_TOLD (state == DONE)
#endif

mtype = { IDLE, BUSY, DONE };

/* The frame: chosen once, the same bytes for ever (C2). */
bool wrong[ENTRIES], fails[ENTRIES], any_wrong, go_on, long_replies;
hidden byte i;

/* The Pico's slot. A reset closes it: the frame then meets NO_SESSION, and runs no more. */
mtype state = IDLE;
byte next;      /* entry to run */
bool refused;   /* not one ran */
bool closed;

bool ran[ENTRIES]; /* written by the handlers */
bool failed_before;
bool told;         /* the controller knows */
byte told_count;
bool told_refused;

inline run_entry() {
  printf("> entry %d runs\n", next);
  INVARIANT(!ran[next], "! an entry ran twice\n");
  INVARIANT(next == 0 || ran[next - 1], "! an entry ran before an earlier one\n");
  INVARIANT(!any_wrong, "! an entry ran of a batch that is wrong\n");
  INVARIANT(go_on || !failed_before, "! an entry ran behind one that failed\n");
  INVARIANT(!told, "! an entry ran when all was told\n");
  INVARIANT(next < FITS || !long_replies, "! an entry ran whose reply has no room\n");
  ran[next] = true;
  failed_before = (failed_before || fails[next]);
  next++
}

inline request_arrives() {
  if
  :: closed -> printf("> no session\n")
  :: !closed && IS_KEPT -> printf("> it is known\n")
  :: else ->
     state = BUSY; next = 0; failed_before = false;
     refused = IS_CHECKED && any_wrong
  fi
}

inline answer_is_read() {
  told = true; told_refused = refused; told_count = COUNT_TOLD;
  printf("> told: %d ran\n", told_count);
  i = 0;
  do
  :: i < ENTRIES ->
     INVARIANT(!told_refused || !ran[i], "! refused, but an entry ran\n");
     INVARIANT(told_refused || i >= told_count || ran[i], "! told that an entry ran that did not\n");
     i++
  :: else -> break
  od;
  i = 0
}

#define HAS_ENDED \
  (refused || next == ENTRIES || !HAS_ROOM(next) || (failed_before && STOPS_AT_FAILURE))

init {
  /* Any batch. */
  atomic {
    i = 0;
    do
    :: i < ENTRIES ->
       if :: wrong[i] = true; any_wrong = true :: fails[i] = true :: skip fi;
       i++
    :: else -> break
    od;
    if :: go_on = true :: skip fi;
    if :: long_replies = true :: skip fi
  }
end:
  do
  /* The frame, its answer lost or not yet there: again and again. */
  :: d_step { !told -> printf("> the batch is sent\n"); request_arrives() }
  :: d_step { state == BUSY && !HAS_ENDED -> run_entry() }
  :: d_step { state == BUSY && HAS_ENDED -> state = DONE }
  :: d_step { MAY_BE_TOLD && !told && !closed -> answer_is_read() }
  :: d_step { !closed -> printf("> the Pico is reset\n"); closed = true; state = IDLE }
  od
}

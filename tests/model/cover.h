/* Which events the search has met. Not part of the state: plain C beside the checker, printed when
 * it ends. run.py insists that the clean runs together meet every one of them, so that "no errors"
 * cannot come from a model in which nothing happens. */
#define EVENTS(X) \
  X(FRAME_DROPPED) X(VERDICT_SUPERSEDED) X(SLOT_CLOSED) X(KEY_MISMATCH) X(KEPT_SHOWN) \
  X(SEQ_WRAPPED) X(REFUSED_ORDER) X(HELLO_KNOWN) X(HELLO_TOO_EARLY) X(HELLO_ALL_ALIVE) \
  X(KEY_COLLISION) X(KEY_REFUSED) \
  X(EVICTED) X(RESUME_KNOWN) X(RESUME_UNKNOWN) X(BYE_FREES) X(BYE_BUSY) \
  X(DONE_UNSEEN) X(DUPLICATE) X(TOLD_DONE) X(TOLD_NOT_RUN) X(TOLD_UNKNOWN) \
  X(TOLD_STILL_RUNNING) X(POLLED_BUSY) X(POLLED_DONE) X(PUBLIC_IGNORED) X(REOPENED) \
  X(NO_SESSION_LATER) X(RESUMED_RAN) X(RESUMED_NOT_YET) X(RESUMED_LOST) X(RESUMED_GONE) \
  X(OTHERS_HEAD_READ) X(RESET_WITHIN)

#define AS_ENUM(event) cover_##event,
#define AS_NAME(event) #event,
c_decl {
  enum { EVENTS(AS_ENUM) cover_count };
  static unsigned char covered[cover_count];
  static const char *const cover_names[] = { EVENTS(AS_NAME) };
  static void report_cover(void) {
    extern long clock(void);
    int event;
    for (event = 0; event < cover_count; event++) {
      printf("cover %s %d\n", cover_names[event], covered[event]);
    }
    printf("cpu %.1f\n", (double)clock() / 1000000); /* POSIX: in microseconds */
  }
}
#define COVER(event) c_code { covered[cover_##event] = 1; }
#define COVER_START() c_code { atexit(report_cover); }

// What the C++ library calls where it would throw. Its own versions bring 15 KB of unwinding and
// the heap with them; here, as everywhere in picoctl, a broken assumption stops the program where
// a debugger shows it, and the watchdog restarts it.
//
// Weak, so that a program's own win; and absent from a program that was built with exceptions.

#if !PICO_CXX_ENABLE_EXCEPTIONS

#define PICOCTL_TRAP [[gnu::weak, noreturn]]

namespace std {
PICOCTL_TRAP void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
PICOCTL_TRAP void __throw_out_of_range(const char*) { __builtin_trap(); }
PICOCTL_TRAP void __throw_length_error(const char*) { __builtin_trap(); }
PICOCTL_TRAP void __throw_logic_error(const char*) { __builtin_trap(); }
PICOCTL_TRAP void __throw_invalid_argument(const char*) { __builtin_trap(); }
PICOCTL_TRAP void __throw_bad_function_call() { __builtin_trap(); }
}  // namespace std

extern "C" {
PICOCTL_TRAP void __cxa_pure_virtual() { __builtin_trap(); }
}

#endif

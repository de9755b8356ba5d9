#include "fiber.hpp"

#include <cstdint>
#include <cstdlib>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define PICOCTL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PICOCTL_ASAN 1
#endif
#endif

#ifdef PICOCTL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace picoctl::sim {

// makecontext passes ints only, so the pointer travels in two halves.
Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)), stack_(std::make_unique<std::byte[]>(stack_size)) {
#ifdef PICOCTL_ASAN
  // The memory may have been the stack of an earlier fiber, dropped with marks of its frames.
  __asan_unpoison_memory_region(stack_.get(), stack_size);
#endif
  getcontext(&inside_);
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = stack_size;
  inside_.uc_link = nullptr;
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2,
              static_cast<unsigned>(static_cast<std::uint64_t>(self) >> 32U),
              static_cast<unsigned>(self));
}

void Fiber::enter(unsigned high, unsigned low) {
  // makecontext() passes ints, so the pointer comes in two of them.
  auto* self = reinterpret_cast<Fiber*>(  // NOLINT(performance-no-int-to-ptr)
      static_cast<std::uintptr_t>(static_cast<std::uint64_t>(high) << 32U | low));
#ifdef PICOCTL_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &self->outside_stack_, &self->outside_stack_size_);
#endif
  self->body_();
  self->finished_ = true;
  self->yield();
  std::abort();  // resumed after its end: a bug of ours
}

void Fiber::resume() { switch_to(outside_, inside_, true); }
void Fiber::yield() { switch_to(inside_, outside_, false); }

void Fiber::switch_to(ucontext_t& from, ucontext_t& to, [[maybe_unused]] bool into_fiber) {
#ifdef PICOCTL_ASAN
  void* mine = nullptr;
  if (into_fiber) {
    __sanitizer_start_switch_fiber(&mine, stack_.get(), stack_size);
  } else {
    __sanitizer_start_switch_fiber(&mine, outside_stack_, outside_stack_size_);
  }
#endif
  swapcontext(&from, &to);
#ifdef PICOCTL_ASAN
  if (into_fiber) {
    __sanitizer_finish_switch_fiber(mine, nullptr, nullptr);
  } else {
    __sanitizer_finish_switch_fiber(mine, &outside_stack_, &outside_stack_size_);
  }
#endif
}

}  // namespace picoctl::sim

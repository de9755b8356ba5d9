// A second flow of control that runs only while it is resumed: the virtual Pico's event loop beside
// its interrupt. Nothing happens at the same time, so every run of a test is the same run.
#pragma once

#include <ucontext.h>

#include <functional>
#include <memory>

namespace picoctl::sim {

class Fiber {
 public:
  static constexpr std::size_t stack_size = std::size_t{256} * 1024;

  explicit Fiber(std::function<void()> body);
  // A fiber that has not finished is dropped as it stands: its locals are not destroyed, as those
  // of a processor that loses its power are not.
  ~Fiber() = default;
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void resume();  // runs it until its next yield() or its end
  void yield();   // from within it
  [[nodiscard]] bool finished() const { return finished_; }

 private:
  static void enter(unsigned high, unsigned low);
  void switch_to(ucontext_t& from, ucontext_t& to, bool into_fiber);

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  // What AddressSanitizer wants to know at every switch.
  const void* outside_stack_ = nullptr;
  std::size_t outside_stack_size_ = 0;
  bool finished_ = false;
};

}  // namespace picoctl::sim

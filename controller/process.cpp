#include "process.hpp"

#include <pthread.h>

#include <atomic>

namespace picoctl::controller {
namespace {

std::atomic<unsigned> generation{0};

void count_child() { generation.fetch_add(1, std::memory_order_relaxed); }

}  // namespace

unsigned process_generation() {
  static const int registered = ::pthread_atfork(nullptr, nullptr, &count_child);
  static_cast<void>(registered);
  return generation.load(std::memory_order_relaxed);
}

}  // namespace picoctl::controller

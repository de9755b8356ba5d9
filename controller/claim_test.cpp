// The lock by which programs take turns at a mailbox target.
#include "buses/claim.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace picoctl::controller::test {
namespace {

using namespace std::chrono_literals;

TEST(Claim, HasOneHolderAndIsGivenUpWithItsFile) {
  char name[] = "/tmp/picoctl-claim-XXXXXX";
  const int first = ::mkstemp(name);
  claim_file(first);
  const int second = ::open(name, O_RDWR | O_CLOEXEC);
  EXPECT_NE(::flock(second, LOCK_EX | LOCK_NB), 0);
  const auto start = std::chrono::steady_clock::now();
  claim_file(second);  // goes on without, some time
  const auto waited = std::chrono::steady_clock::now() - start;
  EXPECT_GE(waited, 50ms);
  EXPECT_LT(waited, 500ms) << "two such waits use up a call's second";
  ::close(first);
  EXPECT_EQ(::flock(second, LOCK_EX | LOCK_NB), 0);
  release_file(second);
  ::close(second);
  ::unlink(name);
}

TEST(Claim, IsGivenBack) {
  char name[] = "/tmp/picoctl-claim-XXXXXX";
  const int first = ::mkstemp(name);
  const int second = ::open(name, O_RDWR | O_CLOEXEC);
  ::unlink(name);
  claim_file(first);
  release_file(first);
  EXPECT_EQ(::flock(second, LOCK_EX | LOCK_NB), 0);
  ::close(first);
  ::close(second);
}

// Two who command without a pause take turns: who waits is next, and not who was just served.
TEST(Claim, WhoWaitsIsNext) {
  char name[] = "/tmp/picoctl-claim-XXXXXX";
  const std::array files{::mkstemp(name), ::open(name, O_RDWR | O_CLOEXEC)};
  ::unlink(name);
  constexpr std::size_t turns = 200;
  std::mutex mutex;
  std::vector<int> served;
  const auto command = [&](int file) {
    for (bool more = true; more;) {
      claim_file(file);
      std::this_thread::sleep_for(1ms);
      const std::lock_guard lock(mutex);
      served.push_back(file);
      more = served.size() < turns;
      release_file(file);
    }
  };
  std::thread other(command, files[1]);
  command(files[0]);
  other.join();
  std::size_t changes = 0;
  for (std::size_t i = 1; i < served.size(); ++i) changes += served[i] != served[i - 1] ? 1 : 0;
  EXPECT_GT(changes, turns / 2);
  for (const int file : files) ::close(file);
}

}  // namespace
}  // namespace picoctl::controller::test

// The lock by which programs take turns at a mailbox target.
#include "buses/claim.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

namespace picoctl::controller::test {
namespace {

using namespace std::chrono_literals;

// One program's view of the file that all lock; its time passes only where it waits.
class Program final : public Bus {
 public:
  explicit Program(const char* path) : file_(::open(path, O_RDWR | O_CLOEXEC)) {}
  ~Program() override { ::close(file_); }

  void claim(std::chrono::milliseconds at_most) override { claim_file(file_, *this, at_most); }
  void claim() { claim(250ms); }
  void release() override { release_file(file_); }
  bool finds_it_free() const { return ::flock(file_, LOCK_EX | LOCK_NB) == 0; }
  std::chrono::microseconds waited() const { return waited_; }

  std::function<void()> meanwhile;  // once, when it first waits

  std::string name() const override { return "file"; }
  Clock::time_point now() override { return Clock::time_point(waited_); }
  void sleep(std::chrono::microseconds pause) override {
    waited_ += pause;
    if (const auto once = std::exchange(meanwhile, nullptr)) once();
  }

 private:
  Expected<void> do_transfer(std::span<const Message>) override { return {}; }

  int file_;
  std::chrono::microseconds waited_{0};
};

class Claim : public ::testing::Test {
 protected:
  ~Claim() override { ::unlink(path); }
  char path[64] = "/tmp/picoctl-claim-XXXXXX";
  int made = ::mkstemp(path);
  Program first{path}, second{path}, observer{path};
};

TEST_F(Claim, HasOneHolderWhoIsWaitedForAsLongAsWasSaid) {
  first.claim();
  EXPECT_FALSE(observer.finds_it_free());
  second.claim(250ms);  // goes on without
  EXPECT_EQ(second.waited(), 250ms);
  second.claim(2000ms);
  EXPECT_EQ(second.waited(), 2250ms);
  EXPECT_EQ(first.waited(), 0ms);
}

TEST_F(Claim, IsGivenBack) {
  first.claim();
  first.release();
  EXPECT_TRUE(observer.finds_it_free());
}

TEST_F(Claim, GoesWithItsFile) {
  {
    Program gone(path);
    gone.claim();
    EXPECT_FALSE(observer.finds_it_free());
  }
  EXPECT_TRUE(observer.finds_it_free());
}

// Two who command without a pause take turns: who waits is next, and not who was just served.
TEST_F(Claim, WhoWaitsIsNext) {
  first.claim();
  bool first_waits = false;
  second.meanwhile = [&] {
    first.meanwhile = [&] {
      first_waits = true;
      EXPECT_TRUE(observer.finds_it_free()) << "it is kept for the one who waits";
      observer.release();
    };
    first.release();
    first.claim();  // at once
    first.release();
  };
  second.claim();
  EXPECT_TRUE(first_waits);
  EXPECT_FALSE(observer.finds_it_free());
  EXPECT_LT(second.waited(), 1ms) << "and then it is second's";
}

}  // namespace
}  // namespace picoctl::controller::test

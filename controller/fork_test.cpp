// fork() makes two processes of one; a session stays one process's own (C1).
#include <sys/wait.h>
#include <unistd.h>

#include "process.hpp"
#include "testing.hpp"

namespace picoctl::controller::test {
namespace {

// Runs `child` in a child process; true if it said true.
bool in_child(const std::function<bool()>& child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child() ? 0 : 1);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Fork, ChildrenAreOfAnotherGeneration) {
  const unsigned mine = process_generation();
  EXPECT_EQ(process_generation(), mine);
  EXPECT_TRUE(in_child([mine] { return process_generation() != mine; }));
  EXPECT_EQ(process_generation(), mine);
}

class ForkTest : public ConnectionTest {};

// The child's Pico is a copy, in which the parent's session is open as well.
TEST_F(ForkTest, TheChildOpensASessionOfItsOwn) {
  open();
  const std::uint32_t parents = pico.slot(0).nonce;
  EXPECT_TRUE(in_child([&] {
    return note(1).has_value() && connection->counters().sessions_opened == 2 &&
           pico.slot(0).nonce == parents && pico.slot(1).state == SlotState::done;
  }));
  EXPECT_TRUE(note(2));
  EXPECT_EQ(connection->counters().sessions_opened, 1U);
}

TEST_F(ForkTest, TheChildDoesNotCloseTheParentsSession) {
  open();
  EXPECT_TRUE(in_child([&] {
    connection.reset();
    return pico.target().slots().open_count() == 1;
  }));
}

}  // namespace
}  // namespace picoctl::controller::test

// A program started by this one, ended with it at the latest.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace picoctl::cli {

class Child {
 public:
  // Its standard output comes to this program, the rest is shared. It is ended (SIGTERM) when this
  // program dies, whatever of.
  explicit Child(const std::vector<std::string>& command);
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // The first line of its output, however long it takes: a Pico that boots on a busy machine takes its time.
  // Empty if it ended without one, or this program was interrupted.
  std::optional<std::string> first_line();

  // Asks it to end, waits for that, insists after ten seconds. Its exit code; 128 + signal if it
  // did not end by itself. Harmless twice.
  int end();
  // Its exit code if it has ended.
  std::optional<int> ended();

 private:
  std::optional<std::string> read_line(std::chrono::milliseconds patience);

  pid_t pid_ = -1;
  int output_ = -1;
  std::string rest_;
  std::optional<int> code_;
};

}  // namespace picoctl::cli

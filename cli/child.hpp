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

  // The next line of its output; empty if none came in time or it ended.
  std::optional<std::string> read_line(std::chrono::milliseconds patience);

  // Asks it to end, waits for that, insists after two seconds. Its exit code; 128 + signal if it
  // did not end by itself. Harmless twice.
  int end();
  // Its exit code if it has ended.
  std::optional<int> ended();

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string rest_;
  std::optional<int> code_;
};

}  // namespace picoctl::cli

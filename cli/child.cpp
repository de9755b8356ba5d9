#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "interrupt.hpp"

namespace picoctl::cli {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr auto politeness = milliseconds(10'000);

[[noreturn]] void become(const std::vector<std::string>& command, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(127);  // it died before we asked to be told
  ::dup2(output, STDOUT_FILENO);
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  ::_exit(127);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

Child::Child(const std::vector<std::string>& command) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(command, ends[1], parent);
  ::close(ends[1]);
  output_ = ends[0];
}

std::optional<std::string> Child::first_line() {
  while (!interrupted() && !ended()) {
    if (auto line = read_line(milliseconds(500))) return line;
  }
  return std::nullopt;
}

std::optional<std::string> Child::read_line(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    if (const std::size_t end = rest_.find('\n'); end != std::string::npos) {
      std::string line = rest_.substr(0, end);
      rest_.erase(0, end + 1);
      return line;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left.count() <= 0 || output_ < 0) return std::nullopt;
    pollfd waiting{output_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    char buffer[256];
    const ssize_t got = ::read(output_, buffer, sizeof buffer);
    if (got <= 0) return std::nullopt;
    rest_.append(buffer, static_cast<std::size_t>(got));
  }
}

std::optional<int> Child::ended() {
  int status = 0;
  if (!code_ && pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) code_ = code_of(status);
  return code_;
}

int Child::end() {
  if (output_ >= 0) ::close(output_);
  output_ = -1;
  if (pid_ <= 0 || code_) return code_.value_or(127);
  ::kill(pid_, SIGTERM);
  const auto deadline = Clock::now() + politeness;
  while (!ended() && Clock::now() < deadline) std::this_thread::sleep_for(milliseconds(2));
  if (!code_) {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    code_ = code_of(status);
  }
  return *code_;
}

}  // namespace picoctl::cli

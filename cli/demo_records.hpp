// The three records of a demonstration, and whether they agree: what the caller sent, what the
// Pico's own journal says, and what was seen on the wires.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/controller/trace.hpp"

namespace picoctl::cli {

using Token = std::uint32_t;

struct Verdict {
  std::size_t sent = 0;
  std::size_t ran_once = 0;                  // by the journal and by the wires
  std::size_t lost = 0;                      // by the journal
  std::vector<std::string> disagreements{};  // each names its token

  bool good() const { return disagreements.empty() && lost == 0 && ran_once == sent; }
};

// Which commands the wires saw run: an intact request with a token, and an intact DONE under the
// same SEQ. A request that is sent again keeps its SEQ and counts once.
class WireRecord {
 public:
  void add(const controller::trace::Transaction& transaction);
  const std::map<Token, std::size_t>& runs() const { return runs_; }

 private:
  std::map<std::uint8_t, Token> asked_;     // by SEQ
  std::map<std::uint8_t, Token> answered_;  // by SEQ: the token whose DONE has been counted
  std::map<Token, std::size_t> runs_;
};

// How often each token stands in a journal: lines "TIME COMMAND … token=N …".
std::map<Token, std::size_t> journal_runs(std::string_view journal);

Verdict compare(const std::vector<Token>& sent, const std::map<Token, std::size_t>& journal,
                const std::map<Token, std::size_t>& wires);

}  // namespace picoctl::cli

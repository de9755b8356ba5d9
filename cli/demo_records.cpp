#include "demo_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

namespace picoctl::cli {
namespace {

namespace trace = controller::trace;

std::optional<Token> number(std::string_view text) {
  Token token = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token);
  if (error != std::errc{}) return std::nullopt;
  return token;
}

std::optional<Token> token_of(const trace::Named& arguments) {
  for (const auto& [name, value] : arguments) {
    if (name == "token") return number(value);
  }
  return std::nullopt;
}

std::size_t count_of(const std::map<Token, std::size_t>& runs, Token token) {
  const auto at = runs.find(token);
  return at == runs.end() ? 0 : at->second;
}

}  // namespace

void WireRecord::add(const trace::Transaction& transaction) {
  const auto& request = transaction.request;
  if (request && request->crc == trace::Check::right) {
    if (const auto token = token_of(request->arguments)) {
      asked_[request->sequence.byte()] = *token;
    }
  }
  const auto& answer = transaction.answer;
  const bool done = answer && answer->head_crc == trace::Check::right &&
                    answer->head.state == State::done && answer->head.sequence.slot != public_slot;
  if (!done) return;
  const std::uint8_t sequence = answer->head.sequence.byte();
  const auto asked = asked_.find(sequence);
  if (asked == asked_.end()) return;
  const auto counted = answered_.find(sequence);
  if (counted != answered_.end() && counted->second == asked->second) return;
  answered_[sequence] = asked->second;
  ++runs_[asked->second];
}

std::map<Token, std::size_t> journal_runs(std::string_view journal) {
  constexpr std::string_view mark = " token=";
  std::map<Token, std::size_t> runs;
  for (std::size_t at = journal.find(mark); at != std::string_view::npos;
       at = journal.find(mark, at + 1)) {
    if (const auto token = number(journal.substr(at + mark.size()))) ++runs[*token];
  }
  return runs;
}

Verdict compare(const std::vector<Token>& sent, const std::map<Token, std::size_t>& journal,
                const std::map<Token, std::size_t>& wires) {
  Verdict verdict{.sent = sent.size()};
  for (const Token token : sent) {
    const std::size_t ran = count_of(journal, token);
    const std::size_t seen = count_of(wires, token);
    if (ran == 0) ++verdict.lost;
    if (ran == 1 && seen == 1) {
      ++verdict.ran_once;
    } else {
      verdict.disagreements.push_back(
          fmt::format("token {}: sent once, {} times in the Pico's journal, {} times on the wires",
                      token, ran, seen));
    }
  }
  const std::set<Token> known(sent.begin(), sent.end());
  for (const auto* runs : {&journal, &wires}) {
    for (const auto& [token, count] : *runs) {
      if (known.contains(token)) continue;
      verdict.disagreements.push_back(
          fmt::format("token {}: never sent, but {} {} times", token,
                      runs == &journal ? "in the Pico's journal" : "on the wires", count));
    }
  }
  return verdict;
}

}  // namespace picoctl::cli

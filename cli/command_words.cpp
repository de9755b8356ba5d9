#include "command_words.hpp"

#include <algorithm>
#include <array>

#include "context.hpp"

namespace picoctl::cli {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// One pass over a line, one character at a time.
class Splitter {
 public:
  void take(char c) {
    if (comment_) return;
    if (escaped_) {
      add(c);
      escaped_ = false;
    } else if (c == '\\' && quote_ != '\'') {
      escaped_ = true;
    } else if (quote_ != 0) {
      c == quote_ ? void(quote_ = 0) : add(c);
    } else if (c == '"' || c == '\'') {
      quote_ = c;
      begun_ = true;
    } else if (blank(c)) {
      end_word();
    } else if (c == '#' && !begun_) {
      comment_ = true;
    } else {
      add(c);
    }
  }
  std::optional<std::vector<std::string>> finish() {
    if (quote_ != 0 || escaped_) return std::nullopt;
    end_word();
    return std::move(words_);
  }

 private:
  void add(char c) {
    word_ += c;
    begun_ = true;
  }
  void end_word() {
    if (begun_) words_.push_back(std::move(word_));
    word_.clear();
    begun_ = false;
  }

  std::vector<std::string> words_;
  std::string word_;
  char quote_ = 0;
  bool begun_ = false, escaped_ = false, comment_ = false;
};

}  // namespace

std::vector<BatchItem> split_commands(const std::vector<std::string>& words) {
  std::vector<BatchItem> items(1);
  for (const std::string& word : words) {
    if (word == "+") {
      items.emplace_back();
    } else if (items.back().name.empty()) {
      items.back().name = word;
    } else {
      items.back().args.emplace_back(word);
    }
  }
  for (const BatchItem& item : items) {
    if (item.name.empty()) fail_with(Error::usage, "a '+' stands between two commands");
  }
  return items;
}

std::optional<std::vector<std::string>> split_line(std::string_view line) {
  Splitter splitter;
  for (const char c : line) splitter.take(c);
  return splitter.finish();
}

std::vector<std::string> take_program(std::vector<std::string>& arguments) {
  constexpr std::array<std::string_view, 5> with_value{"--bus", "--address", "--name", "--timeout",
                                                       "--as"};
  bool run = false;
  std::size_t at = 0;
  for (; at < arguments.size() && arguments[at] != "--"; ++at) {
    const std::string& word = arguments[at];
    if (std::ranges::find(with_value, word) != with_value.end()) {
      ++at;
    } else if (!word.starts_with('-')) {
      if (run) break;
      if (word != "run") return {};
      run = true;
    }
  }
  if (!run || at >= arguments.size()) return {};
  const auto cut = arguments.begin() + static_cast<std::ptrdiff_t>(at);
  std::vector<std::string> program(cut + (*cut == "--" ? 1 : 0), arguments.end());
  arguments.erase(cut, arguments.end());
  return program;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace picoctl::cli

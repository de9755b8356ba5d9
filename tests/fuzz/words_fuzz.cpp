// The command line: any words lead to something to be done, to help or to a usage failure. What is to
// be done is not done here; the words that only then are looked at, are.
#include <string>
#include <vector>

#include "command_line.hpp"
#include "command_words.hpp"
#include "input.hpp"

namespace picoctl::fuzz {
namespace {

using cli::Context;
using cli::Failed;

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (words.size() < 64) {
    const std::size_t end = text.find('\n');
    std::string word(text.substr(0, end));
    // Words of a command line end at their first byte 0.
    words.push_back(word.substr(0, word.find('\0')));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return words;
}

template <typename F>
void may_fail(F what) {
  try {
    what();
  } catch (const Failed& failed) {
    expect(!info(failed.failure.error).text.empty(), "a failure without its words");
  }
}

void parse(const std::vector<std::string>& words) {
  Context context;
  if (const auto code = cli::parse(context, words)) {
    expect(*code >= 0 && *code <= 6, "an exit code that is none of ours");
    return;
  }
  expect(static_cast<bool>(context.run), "nothing to do and nothing said");
  may_fail([&] { static_cast<void>(context.connect_options()); });
}

}  // namespace
}  // namespace picoctl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace picoctl;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto words = fuzz::split(text);
  fuzz::parse(words);
  fuzz::may_fail([&] { static_cast<void>(cli::split_commands(cli::shown(words))); });
  static_cast<void>(cli::split_line(text));
  return 0;
}

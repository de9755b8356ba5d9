// The command line of picoctl: from words to what is to be done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "context.hpp"

namespace picoctl::cli {

// Fills in the options, and what is to be run, of `words` (without the program's own name). Nothing
// is done yet. A value: all is said already (help, version, a usage failure); the exit code.
std::optional<int> parse(Context& context, std::vector<std::string> words);

}  // namespace picoctl::cli

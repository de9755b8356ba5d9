// Commands as they are typed: "led 1 on + led 2 off", or a line of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "picoctl/controller/pico.hpp"

namespace picoctl::cli {

// Splits at the word "+". usage (thrown) if one of the commands is empty.
std::vector<BatchItem> split_commands(const std::vector<std::string>& words);

// The words of a line as a shell would split it: blanks, '…', "…" with \" and \\, \ before a
// character; # at the start of a word begins a comment. Empty if a quote is not closed.
std::optional<std::vector<std::string>> split_line(std::string_view line);

// Takes off the end of picoctl's own arguments what belongs to the program that `run` starts: all
// from the first word on that is neither an option of ours nor its value, or from behind "--".
std::vector<std::string> take_program(std::vector<std::string>& arguments);

// "led 1 on + led 2 off"
std::string joined(const std::vector<std::string>& words);

}  // namespace picoctl::cli

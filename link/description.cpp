#include "picoctl/link/description.hpp"

#include <cstring>

#include "picoctl/link/text.hpp"

namespace picoctl {

void DescriptionSlice::add(std::string_view piece) {
  if (skip_ >= piece.size()) {
    skip_ -= piece.size();
    return;
  }
  piece.remove_prefix(skip_);
  skip_ = 0;
  const std::size_t room = out_.size() - size_;
  const std::size_t count = piece.size() < room ? piece.size() : room;
  if (count > 0) std::memcpy(out_.data() + size_, piece.data(), count);
  size_ += count;
}

void describe(const Entry& entry, DescriptionSink& sink) {
  std::string_view rest = entry.line;
  if (entry.types != nullptr) {
    const std::string_view* type = entry.types;
    const std::size_t help = rest.find('#');
    std::string_view words = part(rest, 0, help);
    rest = part(rest, help);
    for (bool first = true; !words.empty(); first = false) {
      const std::size_t end = words.find(' ');
      const std::string_view word = part(words, 0, end);
      words = part(words, word.size() + 1);
      if (word.empty()) continue;
      if (!first) sink.add(" ");
      sink.add(word);
      if (first || word == "->" || word[0] == '@') continue;
      sink.add(":");
      sink.add(*type++);
    }
    if (!rest.empty()) sink.add(" ");
  }
  sink.add(rest);
  sink.add("\n");
}

void describe(const RegisterEntry& entry, DescriptionSink& sink) {
  sink.add("0x");
  sink.add(hex_digit(entry.number >> 4U));
  sink.add(hex_digit(entry.number));
  sink.add(" ");
  const std::size_t name_end = entry.type.empty() ? entry.line.size() : entry.line.find(' ');
  sink.add(part(entry.line, 0, name_end));
  if (!entry.type.empty()) {
    sink.add(":");
    sink.add(entry.type);
    sink.add(part(entry.line, name_end));
  }
  sink.add("\n");
}

void describe(const Commands& commands, DescriptionSink& sink) {
  for (const Module& module : commands.modules()) {
    for (const Entry& entry : module.commands) describe(entry, sink);
  }
  for (const Module& module : commands.modules()) {
    for (const RegisterEntry& entry : module.registers) describe(entry, sink);
  }
}

}  // namespace picoctl

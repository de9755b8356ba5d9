// The grammar of a description's line (docs/PROTOCOL.md, "Description"), by hand:
//
//   field  name ":" type [ "[" unit "]" ]
//   type   base { "*" count }
//   base   "bool" | "u8" .. "i64" [ "{" name "=" number { "," name "=" number } "}" ]
//          | "f32" | "f64" | "str<" n ">" | "bytes<" n ">" | "(" [ field { "," field } ] ")"
#pragma once

#include <string>
#include <string_view>

#include "picoctl/controller/description.hpp"

namespace picoctl::controller {

// Reads one line from left to right and remembers the first thing that is wrong.
class LineParser {
 public:
  explicit LineParser(std::string_view line) : rest_(line) {}

  bool take(std::string_view expected);  // if it stands here
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::string name();  // valid_name(), else failed
  FieldInfo field(unsigned depth = 1);
  std::uint64_t number(std::uint64_t most);
  std::uint8_t hex_byte();
  std::string help();  // behind '#', to the end

  bool failed() const { return !problem_.empty(); }
  const std::string& problem() const { return problem_; }
  void fail(std::string problem);

 private:
  TypeInfo type(unsigned depth);
  TypeInfo base(unsigned depth);
  TypeInfo sized(TypeInfo::Kind kind);
  TypeInfo structure(unsigned depth);
  void enumerators(TypeInfo& type);
  TypeInfo array_of(TypeInfo element);

  std::string_view rest_;
  std::string problem_;
};

}  // namespace picoctl::controller

// One segment while it is being explained: a place in its bytes, and fields behind it.
// Private to the trace decoder.
#pragma once

#include <string>

#include "picoctl/controller/trace.hpp"

namespace picoctl::controller::trace {

class Reading {
 public:
  // The address byte is taken already.
  Reading(Transaction& transaction, Segment& segment, Acquaintance& target);

  Transaction& transaction() { return transaction_; }
  Acquaintance& target() { return target_; }
  std::uint8_t address() const { return segment_.address(); }
  std::size_t left() const { return values_.size() - at_; }
  std::span<const std::uint8_t> rest() const { return std::span(values_).subspan(at_); }

  // The next `count` bytes mean this. Nothing happens if count is 0.
  void take(Meaning meaning, std::size_t count, std::string name, std::string value,
            Check check = Check::none);
  // All that is left.
  void take_rest(Meaning meaning, std::string name, std::string value = {});

  // The next `count` bytes are these values in a row; from the first on that is none, they are one
  // field of bytes. The texts are returned as well.
  Named take_values(Meaning meaning, std::size_t count, const std::vector<FieldInfo>& types);

 private:
  Transaction& transaction_;
  Segment& segment_;
  Acquaintance& target_;
  std::vector<std::uint8_t> values_;
  std::size_t at_ = 1;
};

// "01 02 ff"
std::string hex(std::span<const std::uint8_t> bytes);
// "0x41"
std::string hex(std::uint8_t byte);

std::string sequence_text(Sequence sequence);

// The request frame whose register byte has been taken; the answer that a read begins with.
void explain_request(Reading& reading);
void explain_answer(Reading& reading);

}  // namespace picoctl::controller::trace

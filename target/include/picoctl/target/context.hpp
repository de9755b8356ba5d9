// Context: what a command's handler may use. A handler runs in the event loop, never in an
// interrupt, and takes `Context&` as its first parameter.
#pragma once

#include <cstdint>
#include <string_view>

#include "picoctl/link/bytes.hpp"
#include "picoctl/link/result.hpp"
#include "picoctl/target/board.hpp"

namespace picoctl {

namespace target {
class Core;
}

class Context {
 public:
  Context(target::Board& board, target::Core& core) : board_(board), core_(core) {}

  target::Board& board() { return board_; }
  target::Core& core() { return core_; }

  // From a handler that takes long: its time begins anew. Without it the watchdog restarts the chip
  // when the command's declared time is over.
  void alive() { board_.watchdog_feed(); }

  // Why a command failed, in words, for whoever called it:
  //   return context.fail(Error::pin_reserved, "GP", pin, " is this link's SCL");
  // Up to 63 bytes; what is longer is cut off.
  template <typename... Parts>
  Unexpected<Error> fail(Error error, const Parts&... parts) {
    text_.rewind();
    (add(parts), ...);
    return Unexpected{error};
  }
  std::string_view failure_text() const {
    return {reinterpret_cast<const char*>(storage_.data()), text_.size()};
  }
  void forget_failure() { text_.rewind(); }

 private:
  void add(std::string_view text);
  void add(unsigned number);

  target::Board& board_;
  target::Core& core_;
  std::array<std::uint8_t, 63> storage_{};
  Writer text_{storage_};
};

}  // namespace picoctl

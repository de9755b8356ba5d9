// A session with a Pico whose traffic is watched from its first byte on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "board.hpp"
#include "context.hpp"
#include "picoctl/controller/trace_observer.hpp"
#include "picoctl/controller/trace_recorder.hpp"

namespace picoctl::cli {

namespace trace = controller::trace;

class TracedPico {
 public:
  // On a virtual bus every event is observed; on a real one the transfers are recorded.
  static TracedPico connect(const Context& context);

  Pico& pico() { return connected_.pico; }
  const Connected& connected() const { return connected_; }
  const Description& description() const { return *description_; }
  bool is_virtual() const { return connected_.on.bus->is_virtual(); }

  // What has happened since the last call, whoever made it happen; remarks are with the
  // transaction in which they were made.
  std::vector<trace::Transaction> take();

  // The next transfer on the bus is damaged, or ends behind that byte. virtual_only (thrown) on a
  // real bus.
  void flip_bit(std::uint32_t bit);
  void cut_after(std::uint32_t byte);

  // The lights as they are now, as far as registers tell; reads them over the bus.
  Board lights_now();

 private:
  trace::Observer& observer();
  TracedPico(Connected connected, std::optional<trace::Observer> observer,
             std::shared_ptr<trace::RecordingBus> recorder);

  Connected connected_;
  std::optional<trace::Observer> observer_;
  std::shared_ptr<trace::RecordingBus> recorder_;
  std::shared_ptr<const Description> description_;
  trace::Decoder decoder_;
};

// Gives each remark to the last transaction that began before it; earlier ones are dropped.
void attach_notes(std::vector<trace::Transaction>& transactions, std::vector<trace::Note> notes);

}  // namespace picoctl::cli

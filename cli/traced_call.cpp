#include "traced_call.hpp"

#include "bus_path.hpp"

namespace picoctl::cli {
namespace {

struct Watched {
  Opened opened;
  std::optional<trace::Observer> observer;
  std::shared_ptr<trace::RecordingBus> recorder;
};

Watched watch(const Context& context) {
  std::unique_ptr<Bus> bus = need(open_bus(context.options.bus));
  Watched watched;
  watched.opened.by_default = bus->is_virtual() && !context.bus_was_named();
  if (bus->is_virtual()) {
    watched.observer = need(trace::Observer::open(socket_path(*bus)));
    watched.opened.bus = std::move(bus);
  } else {
    watched.recorder = std::make_shared<trace::RecordingBus>(std::move(bus));
    watched.opened.bus = watched.recorder;
  }
  return watched;
}

}  // namespace

TracedPico TracedPico::connect(const Context& context) {
  const ConnectOptions wanted = context.connect_options();
  Watched watched = watch(context);
  Connected connected = Context::connect(watched.opened, wanted);
  return {std::move(connected), std::move(watched.observer), std::move(watched.recorder)};
}

TracedPico::TracedPico(Connected connected, std::optional<trace::Observer> observer,
                       std::shared_ptr<trace::RecordingBus> recorder)
    : connected_(std::move(connected)),
      observer_(std::move(observer)),
      recorder_(std::move(recorder)),
      description_(need(connected_.pico.description())) {
  decoder_.know(pico().address(), description_);
  take();  // IDENTITY and HELLO: from these the decoder learns the session's key
}

std::vector<trace::Transaction> TracedPico::take() {
  std::vector<trace::Transaction> transactions;
  std::vector<trace::Note> notes;
  if (recorder_) {
    for (const trace::Recorded& one : recorder_->take()) {
      transactions.push_back(decoder_.decode(one));
    }
    return transactions;
  }
  for (const trace::Happening& happening : need(observer_->take())) {
    if (const auto* note = std::get_if<trace::Note>(&happening)) notes.push_back(*note);
    if (const auto* one = std::get_if<trace::Recorded>(&happening)) {
      transactions.push_back(decoder_.decode(*one));
    }
  }
  attach_notes(transactions, std::move(notes));
  return transactions;
}

trace::Observer& TracedPico::observer() {
  if (!observer_) fail_with(Error::virtual_only, connected_.on.bus->name() + " is a real bus");
  return *observer_;
}

void TracedPico::flip_bit(std::uint32_t bit) { need(observer().flip_bit(bit)); }
void TracedPico::cut_after(std::uint32_t byte) { need(observer().cut_after(byte)); }

Board TracedPico::lights_now() {
  Board board;
  for (const Light& light : lights) {
    if (description_->find_register(light.level) == nullptr) continue;
    const auto value = pico().get(light.level);
    if (value && value->is_number()) board.set(light.name, *value != 0);
  }
  take();
  return board;
}

void attach_notes(std::vector<trace::Transaction>& transactions, std::vector<trace::Note> notes) {
  for (trace::Note& note : notes) {
    for (auto one = transactions.rbegin(); one != transactions.rend(); ++one) {
      if (one->start_ns > note.time_ns) continue;
      one->notes.push_back(std::move(note));
      break;
    }
  }
}

}  // namespace picoctl::cli

#include "stage.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "picoctl/commands/system.hpp"

namespace picoctl::faults {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t address = target::default_address;
// Of a call in real time: what is to be done is done, however busy this machine is.
constexpr std::chrono::milliseconds busy_machine = 20s;
constexpr auto longest_start = 120s;

std::string hex_of(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return text;
}

Value binary(const std::string& bytes) {
  return Value::binary(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

// Spreads a number over all bits, as random ones are: the same every time (splitmix32).
std::uint32_t scattered(std::uint32_t number) {
  number = (number ^ number >> 16U) * 0x85EBCA6BU;
  number = (number ^ number >> 13U) * 0xC2B2AE35U;
  number ^= number >> 16U;
  return number == 0 ? 1 : number;
}

}  // namespace

void Stage::stand_on(std::shared_ptr<Bus> bus, std::uint32_t first_token, std::uint32_t first_nonce,
                     std::chrono::milliseconds deadline) {
  deadline_ = deadline;
  wires_ = std::make_shared<Wires>(std::move(bus));
  token_ = first_token;
  nonce_ = first_nonce;
}

Expected<std::unique_ptr<Connection>> Stage::connect(std::chrono::milliseconds wait_for_slot) {
  auto pico = std::make_unique<Connection>(wires_, address, CallOptions{deadline_},
                                           [this] { return scattered(nonce_++); });
  if (auto opened = pico->open(wait_for_slot); !opened) return Unexpected{opened.error()};
  return pico;
}

void Stage::finished(const Connection& pico) {
  const LinkCounters one = pico.counters();
  counters_.retries += one.retries;
  counters_.bus_errors += one.bus_errors;
  counters_.bad_answers += one.bad_answers;
  counters_.refused_frames += one.refused_frames;
  counters_.sessions_opened += one.sessions_opened;
  counters_.resumes += one.resumes;
  counters_.unknown += one.unknown;
}

// The commands of the virtual Pico's own program; images without them are sent echoes.
bool Stage::has_own_commands(Connection& pico) {
  const auto description = pico.description();
  return !description || (*description)->command("light").has_value();
}

template <typename R>
Outcome Stage::tell(std::vector<std::string> lines, const R& result) {
  Told told{std::move(lines), Outcome::done, {}};
  if (!result) {
    told.outcome = result.error().outcome;
    told.why = summary(result.error());
  }
  told_.push_back(told);
  return told.outcome;
}

Outcome Stage::light(Connection& pico) {
  if (!has_own_commands(pico)) return echo(pico, 12);
  const std::uint32_t token = token_++;
  const bool on = token % 2 == 0;
  const std::array<Value, 3> args{Value(1), Value(on), Value(token)};
  return tell({fmt::format("light n=1 on={:d} token={}", on, token)}, pico.call("light", args, {}));
}

// Its bytes begin with the token, so that each is sent once.
std::string Stage::marked(std::size_t size) {
  std::string bytes(std::min(size, largest()), '\0');
  const std::uint32_t token = token_++;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(i < 4 ? token >> (8 * i) : token + i * 7);
  }
  return bytes;
}

Outcome Stage::echo(Connection& pico, std::size_t size) {
  const std::string bytes = marked(size);
  const std::array<Value, 1> args{binary(bytes)};
  return tell({"system.echo data=" + hex_of(bytes)}, pico.call("system.echo", args, {}));
}

Outcome Stage::wait(Connection& pico) {
  if (!has_own_commands(pico)) return echo(pico, 8);
  const std::uint32_t time = 1 + token_++ % 5;
  const std::array<Value, 1> args{Value(time)};
  return tell({fmt::format("wait time={}", time)}, pico.call("wait", args, {}));
}

Outcome Stage::batch(Connection& pico, int count) {
  std::vector<BatchItem> items;
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    if (!has_own_commands(pico)) {
      // An echo's longest reply has no room in a batch. Each pin is written once in a case.
      items.push_back({"gpio.write", {Value(2 + i), Value(true)}});
      lines.push_back(fmt::format("gpio.write pin={} on=1", 2 + i));
      continue;
    }
    const std::uint32_t token = token_++;
    items.push_back({"light", {Value(2), Value(true), Value(token)}});
    lines.push_back(fmt::format("light n=2 on=1 token={}", token));
  }
  return tell(std::move(lines), pico.batch(items, {}));
}

Outcome Stage::rename(Connection& pico) {
  const std::string name = fmt::format("pico {}", token_++);
  const std::array<Value, 1> args{Value(name)};
  return tell({"system.name name=" + hex_of(name)}, pico.call("system.name", args, {}));
}

// A command whose handler says no: it ran.
Outcome Stage::refused(Connection& pico) {
  const std::uint32_t token = token_++;
  const std::array<Value, 3> args{Value(99), Value(true), Value(token)};
  return tell({fmt::format("light n=99 on=1 token={}", token)}, pico.call("light", args, {}));
}

// Outside the CRC, and repeated by nobody: what becomes of them is not promised.
void Stage::registers(Connection& pico) {
  const std::array<Value, 1> on{Value(1)};
  static_cast<void>(pico.set("light3", on));
  static_cast<void>(pico.get("light3"));
}

// --- a virtual Pico of its own ---------------------------------------------------------------------

LocalStage::LocalStage(std::uint32_t seed, std::uint32_t loop_us) {
  pico_ = make_pico(0, loop_us);
  bus_.attach(*pico_);
  stand_on(std::make_shared<test::SimBus>(bus_), 1, seed * 0x10000U + 1, 1s);
}

std::unique_ptr<sim::VirtualPico> LocalStage::make_pico(std::uint64_t unique_id,
                                                        std::uint32_t loop_us) {
  sim::PicoOptions options;
  options.first_boot_id = unique_id == 0 ? 0x1000 : 0x2000;
  options.unique_id = unique_id;
  options.loop_us = loop_us;
  options.program = sim::standard_program;
  options.journal = [this](std::uint64_t, std::string_view line) { journal_.emplace_back(line); };
  return std::make_unique<sim::VirtualPico>(bus_, std::move(options));
}

bool LocalStage::twin(bool there) {
  if (twin_) bus_.detach(*twin_);
  if (!there) return true;
  twin_ = make_pico(0x7477696E, 5);
  bus_.attach(*twin_);
  return true;
}

// --- whatever answers on a socket ------------------------------------------------------------------

Expected<std::unique_ptr<SocketStage>> SocketStage::open(const Place& place, std::uint32_t number) {
  auto bus = open_bus(place.bus);
  if (!bus) return Unexpected{bus.error()};
  std::unique_ptr<SocketStage> stage(new SocketStage(place));
  const std::string path = place.bus.substr(place.bus.find(':') + 1);
  if (stage->control_.connect(path, socket::role_control, "sweep") != 0) {
    return fail(Error::virtual_bus_absent, path);
  }
  std::ifstream journal(place.journal, std::ios::ate | std::ios::binary);
  stage->read_from_ = journal ? static_cast<std::size_t>(journal.tellg()) : 0;
  const auto nonce =
      static_cast<std::uint32_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  stage->stand_on(std::move(*bus), 1 + number * 32, nonce, busy_machine);
  return stage;
}

// MicroPython takes a third of a second of the chip's time, and an emulated chip's is slow on a busy machine.
void SocketStage::await_start() {
  const auto until = wires().now() + longest_start;
  while (wires().now() < until) {
    const auto pico = connect();
    if (pico || pico.error().error != Error::no_answer) return;
    wires().sleep(50ms);
  }
}

// "12.345678 light n=1 on=1 token=2": the line without its time.
std::vector<std::string> SocketStage::journal() {
  std::ifstream file(place_.journal, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(read_from_));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(line.substr(line.find(' ') + 1));
  }
  return lines;
}

socket::Report SocketStage::report() {
  socket::Report report;
  static_cast<void>(control_.query(report, {}));
  return report;
}

}  // namespace picoctl::faults

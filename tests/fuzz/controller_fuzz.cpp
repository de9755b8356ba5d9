// A hostile Pico must not harm the Pi: whatever it answers, each call comes back in time and with a
// reason, and nothing is taken for done that it did not say is done.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connection.hpp"
#include "hostile_bus.hpp"
#include "picoctl/controller/scan.hpp"

namespace picoctl::fuzz {
namespace {

using controller::Connection;
using namespace std::chrono_literals;

constexpr std::string_view usual_text =
    "system.ping # Answers\n"
    "system.describe offset:u16 -> text:bytes<239> # This text\n"
    "led n:u8 on:bool # A light\n"
    "mix a:i16 b:f32 c:str<8> d:u8{low=0,high=1} -> sum:u32 list:(x:u8,y:bool)*3 # All sorts\n"
    "slow -> text:str<100> @3000ms # Takes long\n"
    "0x10 speed:u16[rpm] # A register\n"
    "0x12 mode:u8\n";

// The longest that anything may take: the description's 15 s, a session, and a call.
constexpr auto patience = 30s;

class Caller {
 public:
  Caller(Input& input, std::string text)
      : input_(input), bus_(std::make_shared<HostileBus>(input, std::move(text))) {}

  void play() {
    timed([&] { static_cast<void>(scan(*bus_, {.named = {0x41}, .only_picos = true})); });
    Connection connection(bus_, HostileBus::address, CallOptions{}, [this] { return ++nonce_; });
    bool opened = false;
    timed([&] { opened = connection.open(1s).has_value(); });
    if (!opened) return;
    std::shared_ptr<const Description> known;
    timed([&] {
      if (auto described = connection.description()) known = *described;
    });
    if (!known) return;
    for (int round = 0; round < 12; ++round) act(connection, *known);
  }

 private:
  template <typename F>
  void timed(F what) {
    const auto start = bus_->now();
    what();
    expect(bus_->now() - start <= patience, "a call does not come back");
  }

  void act(Connection& connection, const Description& known) {
    const std::uint8_t what = input_.byte();
    const std::size_t done = bus_->done;
    switch (what % 5) {
      case 0:
      case 1: timed([&] { call(connection, known, done); }); break;
      case 2: timed([&] { batch(connection, known); }); break;
      case 3: timed([&] { static_cast<void>(connection.get(register_name(known))); }); break;
      default: {
        const std::vector<Value> values(1 + input_.below(3), Value(input_.byte()));
        timed([&] { static_cast<void>(connection.set(register_name(known), values)); });
      }
    }
  }

  void call(Connection& connection, const Description& known, std::size_t done) {
    const BatchItem item = some_call(known);
    const auto result = connection.call(item.name, item.args, {});
    const bool told_done = result || result.error().outcome == Outcome::done;
    if (told_done) expect(bus_->done > done, "done, and the Pico did not say so");
    if (!result) expect(!info(result.error().error).text.empty(), "a failure without its words");
  }

  void batch(Connection& connection, const Description& known) {
    const std::vector<BatchItem> items(1 + input_.below(4), some_call(known));
    const auto results = connection.batch(items, {.go_on = input_.flag(), .call = {}});
    if (results) expect(results->size() == items.size(), "not one result for each item");
  }

  BatchItem some_call(const Description& known) {
    if (known.commands().empty()) return {"none", {}};
    const CommandInfo& command = known.commands()[input_.below(known.commands().size())];
    BatchItem item{command.name, {}};
    for (const FieldInfo& field : command.args) item.args.push_back(some_value(field.type));
    return item;
  }
  Value some_value(const TypeInfo& type) {
    using Kind = TypeInfo::Kind;
    switch (type.kind) {
      case Kind::text:
      case Kind::bytes: return std::string(input_.bytes(input_.below(4)).size(), 'x');
      case Kind::array: return Value(std::vector<Value>(type.count, some_value(type.element[0])));
      case Kind::structure: {
        Value object = Value::object();
        for (const FieldInfo& field : type.fields) object[field.name] = some_value(field.type);
        return object;
      }
      case Kind::enumeration: return Value(type.enumerators[0].name);
      default: return Value(input_.byte() & 1U);
    }
  }
  std::string register_name(const Description& known) {
    if (known.registers().empty()) return "none";
    return known.registers()[input_.below(known.registers().size())].name;
  }

  Input& input_;
  std::shared_ptr<HostileBus> bus_;
  std::uint32_t nonce_ = 100;
};

}  // namespace
}  // namespace picoctl::fuzz

// A description up to the first byte 0 (none: a usual one); behind it what happens.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ::setenv("XDG_CACHE_HOME", "/dev/null", 1);  // no description is kept
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(all.find('\0'), size);
  picoctl::fuzz::Input input(data + end, size - end);
  input.byte();
  const auto text = end == 0 ? picoctl::fuzz::usual_text : all.substr(0, end);
  picoctl::fuzz::Caller(input, std::string(text)).play();
  return 0;
}

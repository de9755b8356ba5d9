// system: what every picoctl Pico can do. The contract only; handlers stand in target/handlers.
#pragma once

#include <cstdint>

#include "picoctl/link/command.hpp"

namespace picoctl::system {

// Why the chip started last.
enum class ResetCause : std::uint8_t {
  unknown = 0,
  power_on = 1,   // power came, or fell too low and came back
  run_pin = 2,    // the RUN pin was pulled low
  watchdog = 3,   // nobody fed the watchdog: a handler overran its time, or the program hung
  restarted = 4,  // system.restart
  debugger = 5,
};

struct DescribeArgs {
  std::uint16_t offset = 0;  // of the first byte wanted
  using fields = Fields<Field<"offset", &DescribeArgs::offset>>;
};
struct DescribeReply {
  Bytes<239> text;  // empty behind the end
  using fields = Fields<Field<"text", &DescribeReply::text>>;
};
// Always command number 1: a controller that knows nothing yet reads the description with it.
using Describe =
    Command<"system.describe", "This description, from a byte on", DescribeArgs, DescribeReply>;
inline constexpr std::uint8_t describe_number = 1;

struct IdentifyReply {
  Text<16> name;   // given by system.name; empty at first
  Text<16> board;  // "pico", "pico2", "virtual"
  ResetCause reset = ResetCause::unknown;
  using fields = Fields<Field<"name", &IdentifyReply::name>, Field<"board", &IdentifyReply::board>,
                        Field<"reset", &IdentifyReply::reset>>;
};
using Identify =
    Command<"system.identify", "Name, board and why it started last", Nothing, IdentifyReply>;

struct PingReply {
  std::uint64_t uptime = 0;
  using fields = Fields<Field<"uptime", &PingReply::uptime, "us">>;
};
using Ping = Command<"system.ping", "Answer with the time since boot", Nothing, PingReply>;

struct EchoData {
  Bytes<239> data;
  using fields = Fields<Field<"data", &EchoData::data>>;
};
using Echo = Command<"system.echo", "Answer with the same bytes", EchoData, EchoData>;

struct StatsReply {
  std::uint32_t frames = 0;          // requests received, good or not
  std::uint32_t ran = 0;             // commands run
  std::uint32_t repeated = 0;        // answered from the kept answer
  std::uint32_t bad_frames = 0;      // failed their check
  std::uint32_t out_of_order = 0;    //
  std::uint32_t no_session = 0;      //
  std::uint32_t dropped = 0;         // arrived while both buffers were full
  std::uint32_t refused_writes = 0;  // plain writes that fit no register
  std::uint8_t sessions = 0;         // open now
  using fields =
      Fields<Field<"frames", &StatsReply::frames>, Field<"ran", &StatsReply::ran>,
             Field<"repeated", &StatsReply::repeated>, Field<"bad_frames", &StatsReply::bad_frames>,
             Field<"out_of_order", &StatsReply::out_of_order>,
             Field<"no_session", &StatsReply::no_session>, Field<"dropped", &StatsReply::dropped>,
             Field<"refused_writes", &StatsReply::refused_writes>,
             Field<"sessions", &StatsReply::sessions>>;
};
using Stats = Command<"system.stats", "What the link has seen since boot", Nothing, StatsReply>;

struct NameArgs {
  Text<16> name;  // printable ASCII
  using fields = Fields<Field<"name", &NameArgs::name>>;
};
using Name = Command<"system.name", "Give this Pico a name, kept without power", NameArgs>;

struct AddressArgs {
  std::uint8_t address = 0;
  using fields = Fields<Field<"address", &AddressArgs::address>>;
};
using Address =
    Command<"system.address", "Use another I2C address from the next start on", AddressArgs>;

using Restart = Command<"system.restart", "Answer, then start anew">;

}  // namespace picoctl::system

template <>
inline constexpr auto picoctl::enumerators<picoctl::system::ResetCause> =
    picoctl::Enumerators<picoctl::Enumerator<"unknown", picoctl::system::ResetCause::unknown>,
                         picoctl::Enumerator<"power_on", picoctl::system::ResetCause::power_on>,
                         picoctl::Enumerator<"run_pin", picoctl::system::ResetCause::run_pin>,
                         picoctl::Enumerator<"watchdog", picoctl::system::ResetCause::watchdog>,
                         picoctl::Enumerator<"restarted", picoctl::system::ResetCause::restarted>,
                         picoctl::Enumerator<"debugger", picoctl::system::ResetCause::debugger>>{};

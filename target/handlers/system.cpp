#include "picoctl/commands/system.hpp"

#include "picoctl/link/description.hpp"
#include "picoctl/target/core.hpp"
#include "picoctl/target/modules.hpp"

namespace picoctl::target {
namespace {

// Straight into the answer: as much as this target's answers hold.
Result<void> describe_from(Context& context, const system::DescribeArgs& args, Writer& reply) {
  std::uint8_t* const length = reply.written().data() + reply.size();
  reply.byte(0);
  DescriptionSlice slice(args.offset, {length + 1, reply.free()});
  describe(context.core().commands(), slice);
  *length = static_cast<std::uint8_t>(slice.size());
  reply.skip(slice.size());
  return {};
}

Result<system::IdentifyReply> identify(Context& context, const Nothing&) {
  Board& board = context.board();
  return system::IdentifyReply{context.core().name(), board.board_name(), board.reset_cause()};
}

Result<system::PingReply> ping(Context& context, const Nothing&) {
  return system::PingReply{context.board().now_us()};
}

Result<void> echo(Context&, const system::EchoData& args, Writer& reply) {
  Codec<system::EchoData>::encode(reply, args);
  return {};
}

Result<system::StatsReply> stats(Context& context, const Nothing&) {
  Core& core = context.core();
  const LinkStats& link = core.stats();
  const FaceStats& face = core.face().stats();
  system::StatsReply reply;
  reply.frames = face.frames;
  reply.ran = link.ran;
  reply.repeated = link.repeated;
  reply.bad_frames = link.bad_frames + face.short_frames;
  reply.out_of_order = link.out_of_order;
  reply.no_session = link.no_session;
  reply.dropped = face.dropped;
  reply.refused_writes = face.refused_writes;
  reply.sessions = static_cast<std::uint8_t>(core.slots().open_count());
  return reply;
}

Result<void> save(Context& context, const Settings& settings) {
  if (!context.core().save(settings)) return context.fail(Error::not_saved);
  return {};
}

Result<void> name(Context& context, const system::NameArgs& args) {
  Settings settings = context.core().settings();
  if (!settings.set_name(args.name.view())) {
    return context.fail(Error::bad_value, "a name is printable ASCII");
  }
  return save(context, settings);
}

Result<void> address(Context& context, const system::AddressArgs& args) {
  if (!usable_address(args.address)) {
    return context.fail(Error::bad_value, args.address, " is reserved or not 7 bits");
  }
  Settings settings = context.core().settings();
  settings.address = args.address;
  return save(context, settings);
}

Result<void> restart(Context& context, const Nothing&) {
  context.core().restart_after_answer();
  return {};
}

constexpr Entry commands[] = {
    entry<system::Describe, &describe_from>(),
    entry<system::Identify, &identify>(),
    entry<system::Ping, &ping>(),
    entry<system::Echo, &echo>(),
    entry<system::Stats, &stats>(),
    entry<system::Name, &name>(true),
    entry<system::Address, &address>(true),
    entry<system::Restart, &restart>(true),
};
static_assert(names_differ(commands));
static_assert(name_of(commands[system::describe_number - 1]) == "system.describe");

}  // namespace

constinit const Module system_module{commands, {}};

}  // namespace picoctl::target

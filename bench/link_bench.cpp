// What the portable code costs on this machine: checksum, codec, dispatch, a whole command.
#include <benchmark/benchmark.h>

#include "../target/test_rig.hpp"
#include "picoctl/commands/gpio.hpp"
#include "picoctl/link/batch.hpp"

namespace {

using namespace picoctl;

// The bytes came over a wire: without this the compiler works everything out beforehand.
template <typename T>
void as_if_received(T& bytes) {
  benchmark::DoNotOptimize(bytes.data());
  benchmark::ClobberMemory();
}

void crc_of_a_short_frame(benchmark::State& state) {
  std::array<std::uint8_t, 10> frame{0xA0, 1, 4, 9, 1, 2, 3, 4};
  for (auto _ : state) {
    as_if_received(frame);
    benchmark::DoNotOptimize(Crc16(public_key).add(frame).value());
  }
}
BENCHMARK(crc_of_a_short_frame);

void decode_arguments(benchmark::State& state) {
  std::array<std::uint8_t, 2> bytes{15, 1};
  for (auto _ : state) {
    as_if_received(bytes);
    Reader reader(bytes);
    gpio::WriteArgs args;
    Codec<gpio::WriteArgs>::decode(reader, args);
    benchmark::DoNotOptimize(args);
  }
}
BENCHMARK(decode_arguments);

struct Silent : target::test::Rig<> {
  Silent() {
    target.command("nothing", [] {});
    target.start();
    key = open(1);
    number = 1;
    while (name_of(*target.Core::commands().find(number)) != "nothing") ++number;
  }
  std::uint16_t key = 0;
  std::uint8_t number = 0;
};

// From the frame in its buffer to the answer published: check, slot, run, seal.
void one_acked_command(benchmark::State& state) {
  Silent rig;
  std::array<std::vector<std::uint8_t>, 32> frames;
  for (std::uint8_t i = 0; i < 32; ++i) {
    const std::array<std::uint8_t, 0> none{};
    frames[i] = rig.frame(rig.key, {{0, i}, rig.number, none});
  }
  std::uint8_t sequence = 0;
  for (auto _ : state) {
    sequence = next_number(sequence);
    rig.write(frames[sequence]);
    rig.target.poll();
    rig.board.lines.clear();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_acked_command);

// No-op commands in one batch: cost of each, the frame's CRC included.
void commands_in_a_batch(benchmark::State& state) {
  Silent rig;
  std::vector<std::uint8_t> payload{0};
  for (int i = 0; i < 64; ++i) payload.insert(payload.end(), {rig.number, 0});
  std::array<std::vector<std::uint8_t>, 32> frames;
  for (std::uint8_t i = 0; i < 32; ++i) frames[i] = rig.frame(rig.key, {{0, i}, 0, payload});
  std::uint8_t sequence = 0;
  for (auto _ : state) {
    sequence = next_number(sequence);
    rig.write(frames[sequence]);
    rig.target.poll();
    rig.board.lines.clear();
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(commands_in_a_batch);

}  // namespace

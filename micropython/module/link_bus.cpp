// A link on its I2C block. The whole way from the interrupt's vector to the face lies in RAM.

#include <array>
#include <new>

#include "blocks.hpp"
#include "hardware/timer.h"
#include "i2c_port.hpp"
#include "link.hpp"
#include "picoctl/target/hot.hpp"
#include "picoctl/target/i2c_target.hpp"

namespace picoctl::micropython {
namespace {

using Machine = target::I2cTarget<pico::I2cPort, target::RegisterFace>;

constexpr std::uint32_t care_every_us = 1000;

// Made when a link is opened on the block.
struct alignas(Machine) Place {
  std::array<std::byte, sizeof(Machine)> bytes;
};
std::array<Place, block_count> places;

[[gnu::always_inline]] inline Machine& machine(unsigned block) {
  return *std::launder(reinterpret_cast<Machine*>(places[block].bytes.data()));
}

// Who sets the block up anew unmasks what nobody here would end.
[[gnu::always_inline]] inline bool may_be_foreign(std::uint32_t events) {
  return events == 0 || (events & ~target::i2c_event::all) != 0;
}

template <typename Drain>
[[gnu::always_inline]] inline bool older(unsigned block, std::uint32_t events, Drain drained) {
  if (may_be_foreign(events) && was_set_up_by_others(block, target::i2c_event::all)) return false;
  return machine(block).handle_older(events, drained);
}

// Each part is a function of its own: see target/i2c_target.hpp.
[[gnu::optimize("O2")]] PICOCTL_HOT bool drain_0(bool expected) {
  return machine(0).drain(expected);
}
[[gnu::optimize("O2")]] PICOCTL_HOT bool drain_1(bool expected) {
  return machine(1).drain(expected);
}
PICOCTL_HOT bool older_0(std::uint32_t events) { return older(0, events, drain_0); }
PICOCTL_HOT bool older_1(std::uint32_t events) { return older(1, events, drain_1); }
PICOCTL_HOT void after_answer_0() { machine(0).after_answer(); }
PICOCTL_HOT void after_answer_1() { machine(1).after_answer(); }
PICOCTL_HOT void on_interrupt_0() { machine(0).on_interrupt(older_0, drain_0, after_answer_0); }
PICOCTL_HOT void on_interrupt_1() { machine(1).on_interrupt(older_1, drain_1, after_answer_1); }

void care(picoctl_link& link, unsigned block) {
  const std::uint32_t now = time_us_32();
  if (now - link.cared_at_us < care_every_us) return;
  link.cared_at_us = now;
  if (link.core.address() == 0) return;  // told to be silent: the block is off, and nobody took it
  if (was_set_up_by_others(block, target::i2c_event::all)) return;
  if (!machine(block).needs_care(time_us_64())) return;
  mask_block(block);
  machine(block).care();
  unmask_block(block);
}

}  // namespace

std::uint64_t ModuleBoard::now_us() { return time_us_64(); }

void ModuleBoard::mask_interrupts() {
  if (is_open()) mask_block(block);
}

void ModuleBoard::unmask_interrupts() {
  if (is_open()) unmask_block(block);
}

void ModuleBoard::listen(std::uint8_t address) {
  if (!is_open()) return;
  mask_block(block);
  machine(block).port().set_address(address);
  machine(block).restart();
  unmask_block(block);
}

}  // namespace picoctl::micropython

using namespace picoctl;

picoctl_opening picoctl_link_open(picoctl_link* link, const picoctl_pins* pins) {
  const picoctl_opening opening = micropython::take_block(
      *pins, pins->block == 0 ? micropython::on_interrupt_0 : micropython::on_interrupt_1,
      link->board.taken);
  if (opening != picoctl_open_done) return opening;
  if (!link->started) link->core.start();
  link->started = true;
  link->board.block = pins->block;
  auto& machine = *new (micropython::places[pins->block].bytes.data()) micropython::Machine(
      pico::I2cPort(pins->block, link->core.address()), link->core.face());
  micropython::unmask_block(pins->block);
  machine.port().reset_block();
  return picoctl_open_done;
}

void picoctl_link_close(picoctl_link* link) {
  const unsigned block = link->board.block;
  if (block != micropython::ModuleBoard::no_block)
    micropython::free_block(block, link->board.taken);
  link->board.block = micropython::ModuleBoard::no_block;
}

bool picoctl_link_is_open(const picoctl_link* link) { return link->board.is_open(); }

bool picoctl_link_was_taken(const picoctl_link* link) { return link->board.taken; }

bool picoctl_link_poll(picoctl_link* link) {
  if (link->board.is_open()) micropython::care(*link, link->board.block);
  return link->core.poll();
}

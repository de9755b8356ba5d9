#include "link.hpp"

#include <array>
#include <cstddef>
#include <new>

#include "hardware/clocks.h"
#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/structs/nvic.h"
#include "hardware/structs/systick.h"
#include "hardware/sync.h"
#include "i2c_port.hpp"
#include "pico/platform.h"
#include "picoctl/target/hot.hpp"

namespace picoctl::pico::link {
namespace {

using Machine = target::I2cTarget<I2cPort, target::RegisterFace>;

// Made when the link is opened, and never unmade.
alignas(Machine) std::array<std::byte, sizeof(Machine)> storage;
[[gnu::always_inline]] inline Machine& machine() {
  return *std::launder(reinterpret_cast<Machine*>(storage.data()));
}

static_assert(I2C1_IRQ == I2C0_IRQ + 1);
unsigned irq() { return I2C0_IRQ + machine().port().block(); }

// The whole way from the vector (in RAM, as the SDK places it) to the face lies in RAM.
PICOCTL_HOT bool drain(bool expected) { return machine().drain(expected); }
PICOCTL_HOT bool handle_older(std::uint32_t events) {
  return machine().handle_older(events, drain);
}
PICOCTL_HOT void after_answer() { machine().after_answer(); }
PICOCTL_HOT void on_interrupt() { machine().on_interrupt(handle_older, drain, after_answer); }

#if PICO_RP2040
constexpr unsigned nvic_words = 1;
io_rw_32& set_enable(unsigned) { return nvic_hw->iser; }
io_rw_32& clear_enable(unsigned) { return nvic_hw->icer; }
#else
constexpr unsigned nvic_words = 2;
io_rw_32& set_enable(unsigned word) { return nvic_hw->iser[word]; }
io_rw_32& clear_enable(unsigned word) { return nvic_hw->icer[word]; }
#endif

// SYST_CSR, the same in every Cortex-M (ARMv6-M reference manual B3.3.3).
constexpr std::uint32_t systick_enable = 1U << 0;
constexpr std::uint32_t systick_interrupt = 1U << 1;
constexpr std::uint32_t systick_cpu_clock = 1U << 2;

void connect(std::uint8_t pin) {
  gpio_pull_up(pin);  // weak, but keeps the lines quiet while no Pi is connected
  gpio_set_function(pin, GPIO_FUNC_I2C);
}

}  // namespace

void open(const Wiring& wiring, target::RegisterFace& face) {
  const int block = block_of(wiring.sda, wiring.scl);
  new (storage.data()) Machine(I2cPort(static_cast<std::uint8_t>(block), wiring.address), face);
  connect(wiring.sda);
  connect(wiring.scl);
  irq_set_exclusive_handler(irq(), on_interrupt);
  irq_set_priority(irq(), PICO_HIGHEST_IRQ_PRIORITY);
  irq_set_enabled(irq(), true);
  machine().port().reset_block();
}

void listen(std::uint8_t address) {
  mask();
  machine().port().set_address(address);
  machine().restart();
  unmask();
}

void mask() {
  clear_enable(irq() / 32) = 1U << (irq() % 32);
  __dsb();
  __isb();
}

void unmask() {
  __compiler_memory_barrier();
  set_enable(irq() / 32) = 1U << (irq() % 32);
}

void tick(std::uint64_t now_us) {
  if (!machine().needs_care(now_us)) return;
  mask();
  machine().care();
  unmask();
}

#if PICOCTL_MID_PHASE
bool hold_mid_phase(std::uint16_t bus_khz) {
  constexpr std::uint32_t all_24_bits = 0x00FF'FFFF;
  const bool running = (systick_hw->csr & systick_enable) != 0;
  if (running && systick_hw->rvr != all_24_bits) return false;
  if (!running) {
    systick_hw->rvr = all_24_bits;
    systick_hw->cvr = 0;
    systick_hw->csr = systick_enable | systick_cpu_clock;
  }
  const std::uint32_t khz = clock_get_hz(clk_sys) / 1000;
  mask();
  machine().port().set_half_period(bus_khz == 0 ? 0 : khz / (2U * bus_khz));
  unmask();
  return true;
}
#else
bool hold_mid_phase(std::uint16_t) { return false; }
#endif

// PRIMASK would stop the link as well, and a Cortex-M0+ has no BASEPRI: so one by one.
Alone::Alone() : systick_(systick_hw->csr) {
  systick_hw->csr = systick_ & ~systick_interrupt;
  for (unsigned word = 0; word < nvic_words; ++word) {
    enabled_[word] = set_enable(word);
    const std::uint32_t ours = word == irq() / 32 ? 1U << (irq() % 32) : 0;
    clear_enable(word) = ~ours;
  }
  __dsb();
  __isb();
}

Alone::~Alone() {
  for (unsigned word = 0; word < nvic_words; ++word) set_enable(word) = enabled_[word];
  systick_hw->csr = systick_;
}

}  // namespace picoctl::pico::link

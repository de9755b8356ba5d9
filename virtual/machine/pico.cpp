#include "picoctl/virtual/pico.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <random>

#include "board.hpp"
#include "fiber.hpp"
#include "picoctl/target/failsafe.hpp"

namespace picoctl::sim {

// The processor: two flows of control, the interrupt (the bus calling face()) and the loop (a
// fiber), and the life of the program on them from boot to boot.
class VirtualPico::Machine {
 public:
  static constexpr std::uint64_t tick_ns = 5'000'000;

  Machine(VirtualPico& pico, Bus& bus, PicoOptions options)
      : pico_(pico),
        bus_(bus),
        options_(std::move(options)),
        board_(bus, options_.address, options_.unique_id, options_.journal,
               [this](std::uint64_t ns) { sleep_ns(ns); }),
        next_boot_id_(options_.first_boot_id != 0 ? options_.first_boot_id
                                                  : std::random_device{}()) {}

  void boot(target::ResetCause cause) {
    board_.reset(cause, next_boot_id_++);
    ++boots_;
    target::Settings settings;
    board_.load_settings(settings);
    static constexpr std::array<const Module*, 4> parts{
        &target::system_module, &target::gpio_module, &target::led_module, &target::pulse_module};
    target_.emplace(board_, settings.address, parts);
    ticks_ = nullptr;
    if (options_.program && !board_.safe_mode()) options_.program(pico_, *target_);
    target_->start();
    addressed_ = writing_ = reading_ = idle_ = in_loop_ = false;
    gives_up_at_ns_ = forever;
    loop_.emplace([this] { loop(); });
    wake_ns_ = bus_.now_ns();
    run_until(bus_.now_ns());
  }

  void reset(target::ResetCause cause) {
    if (!in_loop_) return boot(cause);
    // A handler cannot pull the ground from under its own feet: the next moment of the clock does.
    dying_ = cause;
    wake_ns_ = bus_.now_ns();
    loop_->yield();
  }

  void run_until(std::uint64_t now_ns) {
    if (gives_up_at_ns_ <= now_ns) give_up();
    while (true) {
      if (ticks_ && tick_at_ns_ <= std::min(now_ns, wake_ns_)) {
        ticks_();
        tick_at_ns_ += tick_ns;
        continue;
      }
      const std::uint64_t bites = board_.bites_at_ns();
      if (bites <= now_ns && bites < wake_ns_) return boot(target::ResetCause::watchdog);
      if (wake_ns_ > now_ns) return;
      in_loop_ = true;
      loop_->resume();
      in_loop_ = false;
      if (dying_) {
        const target::ResetCause cause = *dying_;
        dying_.reset();
        return boot(cause);
      }
      if (board_.restart_asked()) return boot(target::ResetCause::restarted);
    }
  }

  void interrupt() {
    if (idle_) wake_ns_ = std::min(wake_ns_, bus_.now_ns() + loop_ns());
  }

  void sleep_ns(std::uint64_t ns) {
    wake_ns_ = bus_.now_ns() + ns;
    loop_->yield();
  }

  void each_tick(std::function<void()> act) {
    ticks_ = std::move(act);
    tick_at_ns_ = bus_.now_ns() + tick_ns;
  }

  // --- the two wires, byte by byte ---
  bool start(bool read) {
    end_of_message();
    addressed_ = true;
    reading_ = read;
    if (!read) return true;
    target_->face().begin_read();
    fill_size_ = fill_at_ = 0;
    return true;
  }
  bool write(std::uint8_t byte) {
    if (!addressed_) return false;
    if (!writing_) target_->face().begin_write();
    writing_ = true;
    target_->face().write(byte);
    return true;
  }
  std::uint8_t read() {
    if (!reading_) return registers::beyond;
    if (fill_at_ == fill_size_) {
      fill_size_ = target_->face().fill(fill_);
      fill_at_ = 0;
    }
    return fill_[fill_at_++];
  }
  void end_of_message() {
    gives_up_at_ns_ = forever;
    if (writing_) target_->face().end_write();
    if (reading_) target_->face().end_read();
    if (writing_ || reading_) interrupt();
    addressed_ = writing_ = reading_ = false;
  }

  void lose_arbitration() {
    target_->face().lose_arbitration();
    end_of_message();
  }

  // Its controller is gone. The I2C block is reset when nothing has moved for so long, as I2cTarget
  // does it on silicon.
  void cut_off(std::uint64_t after_ns, std::function<void()> let_go) {
    gives_up_at_ns_ = bus_.now_ns() + after_ns;
    let_go_ = std::move(let_go);
  }

  VirtualBoard& board() { return board_; }
  VirtualTarget& target() { return *target_; }
  std::uint64_t wake_at_ns() const {
    const std::uint64_t ticks_at = ticks_ ? tick_at_ns_ : forever;
    return std::min({wake_ns_, board_.bites_at_ns(), gives_up_at_ns_, ticks_at});
  }
  std::uint32_t boots() const { return boots_; }

 private:
  void give_up() {
    gives_up_at_ns_ = forever;
    if (writing_) target_->face().lose_write();
    if (reading_) target_->face().end_read();
    addressed_ = writing_ = reading_ = false;
    let_go_();
  }

  std::uint64_t loop_ns() const { return std::uint64_t{options_.loop_us} * 1000; }

  void loop() {
    while (true) {
      if (target_->poll()) continue;
      idle_ = true;
      const std::uint64_t due_us = target_->due_us();
      const std::uint64_t now_us = board_.now_us();
      wake_ns_ = due_us == 0 ? forever : bus_.now_ns() + (due_us - std::min(now_us, due_us)) * 1000;
      loop_->yield();
      idle_ = false;
    }
  }

  VirtualPico& pico_;
  Bus& bus_;
  PicoOptions options_;
  VirtualBoard board_;
  std::optional<VirtualTarget> target_;
  std::optional<Fiber> loop_;
  std::optional<target::ResetCause> dying_;
  std::uint64_t wake_ns_ = 0;  // when the loop goes on
  std::uint64_t gives_up_at_ns_ = forever;
  std::function<void()> let_go_;
  std::function<void()> ticks_;  // of the program's timer, if it has one
  std::uint64_t tick_at_ns_ = 0;
  std::uint32_t next_boot_id_;
  std::uint32_t boots_ = 0;
  bool idle_ = false;     // the loop waits for an interrupt
  bool in_loop_ = false;  // the loop runs now
  bool addressed_ = false, writing_ = false, reading_ = false;
  std::array<std::uint8_t, 16> fill_{};  // as the transmit FIFO of the real block
  std::size_t fill_size_ = 0, fill_at_ = 0;
};

VirtualPico::VirtualPico(Bus& bus, PicoOptions options)
    : machine_(std::make_unique<Machine>(*this, bus, std::move(options))) {
  machine_->boot(target::ResetCause::power_on);  // its program may use this Pico
}
VirtualPico::~VirtualPico() = default;

std::uint32_t VirtualPico::pins_high() const { return machine_->board().pins_high(); }
bool VirtualPico::led() const { return machine_->board().led(); }
void VirtualPico::drive_input(std::uint8_t pin, bool high) {
  machine_->board().drive_input(pin, high);
}
std::uint32_t VirtualPico::boots() const { return machine_->boots(); }
const target::Core& VirtualPico::core() const { return machine_->target(); }
std::uint64_t VirtualPico::executions() const { return machine_->board().journal_lines(); }
void VirtualPico::power_cycle() { machine_->reset(target::ResetCause::power_on); }
void VirtualPico::each_tick(std::function<void(target::Board&)> act) {
  machine_->each_tick([this, act = std::move(act)] { act(machine_->board()); });
}
void VirtualPico::sleep_us(std::uint64_t us) { machine_->sleep_ns(us * 1000); }

bool VirtualPico::claims(std::uint8_t address) const {
  return address != 0 && address == machine_->target().address();
}
bool VirtualPico::start(std::uint8_t, bool read) { return machine_->start(read); }
bool VirtualPico::write(std::uint8_t byte) { return machine_->write(byte); }
std::uint8_t VirtualPico::read() { return machine_->read(); }
void VirtualPico::read_acked(bool acked) {
  if (!acked) machine_->end_of_message();
}
void VirtualPico::restart() { machine_->end_of_message(); }
void VirtualPico::stop() { machine_->end_of_message(); }
bool VirtualPico::arbitration_lost() {
  machine_->lose_arbitration();
  return true;
}
bool VirtualPico::abandoned(const Broken& broken) {
  const bool low = BusDevice::abandoned(broken);
  machine_->cut_off(gives_up_after_ns, [this] { let_go(); });
  return low;
}
bool VirtualPico::reset(bool power) {
  let_go();
  machine_->reset(power ? target::ResetCause::power_on : target::ResetCause::run_pin);
  return true;
}
bool VirtualPico::lose_power_in_flash(std::uint8_t n) {
  machine_->board().flash().lose_power(n, [this] { power_cycle(); });
  return true;
}
void VirtualPico::time_passed(std::uint64_t now_ns) { machine_->run_until(now_ns); }
std::uint64_t VirtualPico::wake_at_ns() const { return machine_->wake_at_ns(); }

void standard_program(VirtualPico& pico, VirtualTarget& target) {
  target.command("light n on token # Turn a light on or off; the journal holds the token",
                 [](Context& context, std::uint8_t n, bool on, std::uint32_t) -> Result<void> {
                   if (n >= led::count) return context.fail(Error::bad_value, "no such light");
                   target::set_light(context, n, on);
                   return {};
                 });
  target.command("wait time # Sleep so many milliseconds in the handler",
                 [&pico](Context& context, std::uint32_t time) {
                   for (std::uint32_t left = time; left > 0; left -= std::min(left, 100U)) {
                     context.alive();
                     pico.sleep_us(std::uint64_t{1000} * std::min(left, 100U));
                   }
                 });
  target.command("hang time # The same without a sign of life: beyond a second the watchdog bites",
                 [&pico](std::uint32_t time) { pico.sleep_us(std::uint64_t{time} * 1000); });
  const auto failsafe = std::make_shared<target::Failsafe<>>(target);
  failsafe->add_to(target);
  pico.each_tick([failsafe](target::Board& board) { failsafe->tick(board); });
}

}  // namespace picoctl::sim

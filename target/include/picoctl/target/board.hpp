#pragma once
// What the portable code asks of a chip and its board: pins, a clock, an identity, a place for
// settings. A board is one class derived from Board: pico::PicoBoard on silicon, sim's on a PC.
// Everything here is called from the event loop, never from the link's interrupt, except where
// a function says otherwise. Nothing here blocks, except save_settings() and sleep_us().

#include <cstdint>
#include <string_view>

#include "picoctl/commands/gpio.hpp"
#include "picoctl/commands/system.hpp"
#include "picoctl/link/identity.hpp"
#include "picoctl/target/settings.hpp"

namespace picoctl::target {

using gpio::Pull;
using picoctl::Chip;
using system::ResetCause;

class Board {
 public:
  // --- time -------------------------------------------------------------------------------
  // Microseconds since boot; monotonic, never wraps. Callable from the link's interrupt too.
  virtual std::uint64_t now_us() = 0;

  // Lets so much time pass, in a handler; the link's interrupt goes on. Busy, unless a board can better.
  virtual void sleep_us(std::uint32_t us) {
    for (const std::uint64_t end = now_us() + us; now_us() < end;) continue;
  }

  // The program is alive; without a call within watchdog_ms() the chip restarts itself.
  virtual void watchdog_feed() {}
  // A handler begins that may take so many milliseconds without a watchdog_feed(); 0: it has ended,
  // and watchdog_ms() counts again. On RP2040 at most 8388 can be counted.
  virtual void watchdog_window(std::uint32_t /*ms*/) {}
  // The longest silence the watchdog tolerates, in milliseconds; 0: there is no watchdog.
  virtual std::uint32_t watchdog_ms() const { return 0; }

  // --- the link's interrupt ---------------------------------------------------------------
  // Around a few instructions only (the bus is stretched meanwhile). They do not nest.
  // Only the link's own interrupt is held off; a user's interrupts keep running.
  virtual void mask_interrupts() = 0;
  virtual void unmask_interrupts() = 0;
  // The link has another 7-bit address from now on; 0: none, so that nobody is answered. From the loop
  // only, with the interrupts unmasked.
  virtual void listen(std::uint8_t /*address*/) {}

  // --- pins -------------------------------------------------------------------------------
  // Pins are GP0 .. GP(pin_count() - 1); at most 32, so that one mask names them all.
  virtual std::uint8_t pin_count() const = 0;
  // The pins that carry the link itself (SDA, SCL), as a mask. The board does not guard them;
  // whoever drives pins on a controller's behalf must refuse these.
  virtual std::uint32_t link_pins() const = 0;

  // Makes a pin a plain digital input or output with the given pull. An output starts at the
  // level that gpio_write() last gave this pin (low after reset), so: write first, then mode.
  virtual void gpio_mode(std::uint8_t pin, bool output, Pull pull) = 0;
  // All pins of `mask` take their bit of `values`, at the same instant. Pins outside the mask
  // keep their level, even if an interrupt writes them meanwhile. For pins that are inputs the
  // level is kept for the day they become outputs.
  virtual void gpio_write(std::uint32_t mask, std::uint32_t values) = 0;
  // The levels on all pins now, inputs and outputs alike, as one snapshot.
  virtual std::uint32_t gpio_read() = 0;
  // The board's own LED, whatever it hangs on (a Pico W's is not on a pin of the chip).
  virtual void led_write(bool on) = 0;

  // --- identity ---------------------------------------------------------------------------
  virtual Chip chip() const = 0;
  virtual std::string_view board_name() const = 0;  // "pico", "pico2", ...; lives for ever
  virtual std::uint64_t unique_id() const = 0;      // never changes; differs between boards
  // Random, chosen at boot, constant until the next; never the same for two boots in a row.
  virtual std::uint32_t boot_id() const = 0;
  virtual ResetCause reset_cause() const = 0;
  // The program crashed again and again and must not run: see safe_mode.hpp.
  virtual bool safe_mode() const { return false; }

  // --- settings ---------------------------------------------------------------------------
  // What save_settings() last kept, or what the image was configured with. False: nothing was
  // ever kept and the image says nothing; `settings` then holds the defaults.
  virtual bool load_settings(Settings& settings) = 0;
  // Blocks for up to 400 ms (flash is erased). The link's interrupt stays alive meanwhile, the
  // user's interrupts do not. A power cut leaves either the old or the new settings. False:
  // not stored (the settings are not valid(), or reading them back showed something else); the
  // old ones then still hold. A new address counts from the next start on.
  virtual bool save_settings(const Settings& settings) = 0;

  // --- life -------------------------------------------------------------------------------
  // Starts the program anew, soon. On silicon it does not return; the simulation's does.
  virtual void restart() = 0;

  // One line about something that just ran. Kept by the virtual Pico only; free on silicon.
  virtual void journal(std::string_view /*line*/) {}

 protected:
  // Not virtual, so that no image needs operator delete: nobody owns a board by its base.
  ~Board() = default;
};

}  // namespace picoctl::target

// The default image: a Pico that obeys system.*, gpio.*, led and pulse, on GP0 (SDA) and GP1 (SCL).

#include <array>

#include "hardware/gpio.h"
#include "pico/binary_info.h"
#include "picoctl/pico/pico.hpp"

bi_decl(bi_2pins_with_func(0, 1, GPIO_FUNC_I2C));
bi_decl(bi_2pins_with_names(0, "SDA, to the Pi's pin 3 (GPIO2)", 1,
                            "SCL, to the Pi's pin 5 (GPIO3)"));

namespace {

using namespace picoctl;

constexpr std::array<const Module*, 4> modules{&target::system_module, &target::gpio_module,
                                               &target::led_module, &target::pulse_module};
// Nothing besides these modules; buffers for payloads of 64 bytes keep the image in 4 KB of RAM.
constexpr Limits limits{.slots = 4,
                        .commands = 0,
                        .registers = 0,
                        .request = 64,
                        .reply = 64,
                        .modules = modules.size()};

pico::PicoBoard board;
Target<limits> the_target{board, board.address(), modules};

}  // namespace

int main() { board.run(the_target); }

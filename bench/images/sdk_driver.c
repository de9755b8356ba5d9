// The pico-sdk's pico_i2c_slave in its usual form: a memory of 256 bytes behind a byte handler. The first
// byte of a write is the address in it. At 0x17.
#include "hardware/i2c.h"
#include "hardware/sync.h"
#include "pico/i2c_slave.h"
#include "pico/stdlib.h"

enum { address = 0x17, sda = 4, scl = 5 };

static uint8_t memory[256];
static uint8_t at;
static bool at_is_known;

// The emulator looks for this name: a whole write has been told to the program.
__attribute__((noinline, used)) void bench_handler(void) { at_is_known = false; }

static void on_event(i2c_inst_t *i2c, i2c_slave_event_t event) {
  switch (event) {
    case I2C_SLAVE_RECEIVE:
      if (at_is_known) {
        memory[at++] = i2c_read_byte_raw(i2c);
      } else {
        at = i2c_read_byte_raw(i2c);
        at_is_known = true;
      }
      break;
    case I2C_SLAVE_REQUEST:
      i2c_write_byte_raw(i2c, memory[at++]);
      break;
    case I2C_SLAVE_FINISH:
      bench_handler();
      break;
  }
}

int main(void) {
  gpio_set_function(sda, GPIO_FUNC_I2C);
  gpio_set_function(scl, GPIO_FUNC_I2C);
  gpio_pull_up(sda);
  gpio_pull_up(scl);
  i2c_init(i2c0, 400 * 1000);
  i2c_slave_init(i2c0, address, on_event);
  while (true) __wfi();
}

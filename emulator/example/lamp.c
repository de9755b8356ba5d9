// A lamp on the I2C bus, at 0x17: 32 registers, of which number 25 switches the LED at the end of a
// write. Made with nothing but the pico-sdk.
#include "hardware/gpio.h"
#include "hardware/i2c.h"
#include "hardware/sync.h"
#include "pico/i2c_slave.h"
#include "pico/stdlib.h"

enum { address = 0x17, sda = 4, scl = 5, led = 25, lamp = 25, count = 32 };

static uint8_t registers[count];
static uint8_t at;
static bool at_is_known;

static void on_event(i2c_inst_t *i2c, i2c_slave_event_t event) {
  switch (event) {
    case I2C_SLAVE_RECEIVE: {
      const uint8_t byte = i2c_read_byte_raw(i2c);
      if (at_is_known) {
        registers[at++ % count] = byte;
      } else {
        at = byte;
        at_is_known = true;
      }
      break;
    }
    case I2C_SLAVE_REQUEST:
      i2c_write_byte_raw(i2c, registers[at++ % count]);
      break;
    case I2C_SLAVE_FINISH:
      at_is_known = false;
      gpio_put(led, registers[lamp] != 0);
      break;
  }
}

int main(void) {
  gpio_init(led);
  gpio_set_dir(led, true);
  gpio_set_function(sda, GPIO_FUNC_I2C);
  gpio_set_function(scl, GPIO_FUNC_I2C);
  gpio_pull_up(sda);
  gpio_pull_up(scl);
  i2c_init(i2c0, 400 * 1000);
  i2c_slave_init(i2c0, address, on_event);
  while (true) __wfi();
}

// MicroPython's unix port as a Pico on the virtual bus: the features of a Pico's build, and
// machine.I2CTarget with a backend of our own.
#define MICROPY_CONFIG_ROM_LEVEL (MICROPY_CONFIG_ROM_LEVEL_EXTRA_FEATURES)

#define MICROPY_PY_MACHINE_I2C_TARGET (1)
#define MICROPY_PY_MACHINE_I2C_TARGET_INCLUDEFILE "i2c_target.h"  // beside this file
#define MICROPY_PY_MACHINE_I2C_TARGET_MAX (2)
#define MICROPY_PY_MACHINE_I2C_TARGET_HARD_IRQ (0)  // no Python in the thread that is the interrupt
#define MICROPY_PY_MACHINE_I2C_TARGET_FINALISER (0)

#include "ports/unix/variants/mpconfigvariant_common.h"

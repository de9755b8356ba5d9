# What the library's tests need of MicroPython, and no foreign library besides.
FROZEN_MANIFEST ?= $(VARIANT_DIR)/manifest.py
MICROPY_PY_BTREE = 0
MICROPY_PY_FFI = 0
MICROPY_PY_SSL = 0
MICROPY_PY_SOCKET = 0
MICROPY_USE_READLINE = 0
# machine.idle() waits for the bus instead of only giving way: see i2c_target.h.
LDFLAGS_EXTRA += -Wl,--wrap=sched_yield
# The unix port knows no interrupts; machine.I2CTarget.irq() does.
SHARED_SRC_C += shared/runtime/mpirq.c

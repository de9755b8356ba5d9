// import _picoctl: what picoctl/linked.py and i2cSlave.py stand on. Not for programs.

#include "objects.h"
#include "py/runtime.h"

picoctl_pins picoctl_pins_of(mp_obj_t block, mp_obj_t sda, mp_obj_t scl) {
  const picoctl_pins pins = {(uint8_t)mp_obj_get_int(block), (uint8_t)mp_obj_get_int(sda),
                             (uint8_t)mp_obj_get_int(scl)};
  if (pins.block > 1 || pins.sda >= NUM_BANK0_GPIOS || pins.scl >= NUM_BANK0_GPIOS) {
    mp_raise_ValueError(MP_ERROR_TEXT("no such pins"));
  }
  return pins;
}

void picoctl_check_opening(picoctl_opening opening, unsigned block) {
  if (opening == picoctl_open_foreign) {
    mp_raise_msg_varg(&mp_type_RuntimeError,
                      MP_ERROR_TEXT("I2C%u belongs to a machine.I2CTarget of this program: call its "
                                    "deinit(), or leave it out; picoctl is the target itself"),
                      block);
  }
}

void picoctl_raise_taken(void) {
  mp_raise_msg(&mp_type_RuntimeError,
               MP_ERROR_TEXT("something else in this program has taken the I2C block: another target, or a "
                             "machine.I2C or machine.I2CTarget; give that pins of the other block"));
}

static const mp_rom_map_elem_t globals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__picoctl)},
    // Counts what linked.py must know of: it wants this very number.
    {MP_ROM_QSTR(MP_QSTR_API), MP_ROM_INT(1)},
    {MP_ROM_QSTR(MP_QSTR_Link), MP_ROM_PTR(&picoctl_link_type)},
    {MP_ROM_QSTR(MP_QSTR_Bytes), MP_ROM_PTR(&picoctl_bytes_type)},
};
static MP_DEFINE_CONST_DICT(globals, globals_table);

const mp_obj_module_t picoctl_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&globals,
};
MP_REGISTER_MODULE(MP_QSTR__picoctl, picoctl_module);

// Whoever is open is reached by interrupts only, and must not be collected.
MP_REGISTER_ROOT_POINTER(mp_obj_t picoctl_users[2]);

// _picoctl.Bytes(block, sda, scl, address): what i2cSlave.py stands on.

#include "objects.h"
#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/runtime.h"

typedef struct {
  mp_obj_base_t base;
  picoctl_bytes *bytes;
  uint8_t block;
} bytes_obj_t;

static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
  mp_arg_check_num(n_args, n_kw, 4, 4, false);
  const picoctl_pins pins = picoctl_pins_of(args[0], args[1], args[2]);
  bytes_obj_t *self = mp_obj_malloc_with_finaliser(bytes_obj_t, type);
  self->bytes = NULL;  // until it is made: what follows may collect or raise
  self->block = pins.block;
  self->bytes = picoctl_bytes_make(m_new(byte, picoctl_bytes_size()), mp_obj_get_int(args[3]));
  picoctl_check_opening(picoctl_bytes_open(self->bytes, &pins), pins.block);
  MP_STATE_VM(picoctl_users)[pins.block] = MP_OBJ_FROM_PTR(self);
  return MP_OBJ_FROM_PTR(self);
}

static mp_obj_t bytes_close(mp_obj_t self_in) {
  bytes_obj_t *self = MP_OBJ_TO_PTR(self_in);
  if (self->bytes != NULL) {
    picoctl_bytes_close(self->bytes);
  }
  if (MP_STATE_VM(picoctl_users)[self->block] == self_in) {
    MP_STATE_VM(picoctl_users)[self->block] = MP_OBJ_NULL;
  }
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(bytes_close_obj, bytes_close);

static picoctl_bytes *bytes_of(mp_obj_t self_in) {
  picoctl_bytes *bytes = ((bytes_obj_t *)MP_OBJ_TO_PTR(self_in))->bytes;
  if (!picoctl_bytes_is_open(bytes)) {
    picoctl_raise_taken();
  }
  return bytes;
}

static mp_obj_t bytes_any(mp_obj_t self_in) {
  return mp_obj_new_bool(picoctl_bytes_any(bytes_of(self_in)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(bytes_any_obj, bytes_any);

static mp_obj_t bytes_any_read(mp_obj_t self_in) {
  return mp_obj_new_bool(picoctl_bytes_is_asked(bytes_of(self_in)));
}
static MP_DEFINE_CONST_FUN_OBJ_1(bytes_any_read_obj, bytes_any_read);

// Waits until there is one.
static mp_obj_t bytes_get(mp_obj_t self_in) {
  int byte;
  while ((byte = picoctl_bytes_get(bytes_of(self_in))) < 0) {
    mp_event_handle_nowait();
  }
  return MP_OBJ_NEW_SMALL_INT(byte);
}
static MP_DEFINE_CONST_FUN_OBJ_1(bytes_get_obj, bytes_get);

// Waits until a controller asks.
static mp_obj_t bytes_put(mp_obj_t self_in, mp_obj_t byte) {
  while (!picoctl_bytes_is_asked(bytes_of(self_in))) {
    mp_event_handle_nowait();
  }
  picoctl_bytes_put(bytes_of(self_in), (uint8_t)mp_obj_get_int(byte));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(bytes_put_obj, bytes_put);

static const mp_rom_map_elem_t locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&bytes_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&bytes_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_any), MP_ROM_PTR(&bytes_any_obj)},
    {MP_ROM_QSTR(MP_QSTR_anyRead), MP_ROM_PTR(&bytes_any_read_obj)},
    {MP_ROM_QSTR(MP_QSTR_get), MP_ROM_PTR(&bytes_get_obj)},
    {MP_ROM_QSTR(MP_QSTR_put), MP_ROM_PTR(&bytes_put_obj)},
};
static MP_DEFINE_CONST_DICT(locals, locals_table);

MP_DEFINE_CONST_OBJ_TYPE(picoctl_bytes_type, MP_QSTR_Bytes, MP_TYPE_FLAG_NONE, make_new, make_new,
                         locals_dict, &locals);

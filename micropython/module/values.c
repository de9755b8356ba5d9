#include "values.h"

#include <string.h>

#include "py/binary.h"
#include "py/objstr.h"
#include "py/unicode.h"

// How far one type goes in the list of them.
static size_t type_size(byte letter) {
  return letter == 's' || letter == 'y' ? 2 : 1;
}

static int number_of(const byte *types, size_t size) {
  int count = 0;
  for (size_t at = 0; at < size; at += type_size(types[at])) {
    ++count;
  }
  return count;
}

static size_t size_of(byte letter) {
  size_t align;
  return letter == '?' ? 1 : mp_binary_get_size('<', (char)letter, &align);
}

// The value at `*data`, which goes on behind it; MP_OBJ_NULL: it is none.
static mp_obj_t unpack_one(const byte *type, const uint8_t **data, const uint8_t *end) {
  const uint8_t *at = *data;
  if (*type == 's' || *type == 'y') {
    if (at == end || *at > type[1] || *at > end - at - 1) {
      return MP_OBJ_NULL;
    }
    *data = at + 1 + *at;
    if (*type == 'y') {
      return mp_obj_new_bytes(at + 1, *at);
    }
    return utf8_check(at + 1, *at) ? mp_obj_new_str((const char *)at + 1, *at) : MP_OBJ_NULL;
  }
  const size_t size = size_of(*type);
  if (size > (size_t)(end - at) || (*type == '?' && *at > 1)) {
    return MP_OBJ_NULL;
  }
  *data = at + size;
  if (*type == '?') {
    return mp_obj_new_bool(*at);
  }
  byte *from = (byte *)at;
  return mp_binary_get_val('<', (char)*type, from, &from);
}

int picoctl_unpack(const byte *types, size_t types_size, const uint8_t *data, size_t size,
                   mp_obj_t *values) {
  const uint8_t *const end = data + size;
  int count = 0;
  for (size_t at = 0; at < types_size; at += type_size(types[at])) {
    values[count] = unpack_one(types + at, &data, end);
    if (values[count++] == MP_OBJ_NULL) {
      return -1;
    }
  }
  return data == end ? count : -1;
}

static bool fits(byte letter, size_t size, mp_obj_t value) {
  if (letter == 'f' || letter == 'd') {
    return mp_obj_is_float(value);
  }
  if (value == mp_const_true || value == mp_const_false) {
    return true;
  }
  if (!mp_obj_is_small_int(value)) {
    return false;
  }
  const mp_int_t number = MP_OBJ_SMALL_INT_VALUE(value);
  if (letter == '?') {
    return number == 0 || number == 1;
  }
  const bool is_signed = letter >= 'a';
  if (size >= sizeof(mp_int_t)) {
    return is_signed || number >= 0;
  }
  const mp_int_t low = is_signed ? -((mp_int_t)1 << (8 * size - 1)) : 0;
  return number >= low && number - low < (mp_int_t)1 << (8 * size);
}

// How many bytes; 0: this is not a plain case.
static size_t pack_one(const byte *type, mp_obj_t value, uint8_t *room, size_t left) {
  if (*type == 's' || *type == 'y') {
    if (*type == 's' ? !mp_obj_is_str(value) : !mp_obj_is_type(value, &mp_type_bytes)) {
      return 0;
    }
    size_t size;
    const char *const data = mp_obj_str_get_data(value, &size);
    if (size > type[1] || size >= left) {
      return 0;
    }
    room[0] = (uint8_t)size;
    memcpy(room + 1, data, size);
    return size + 1;
  }
  const size_t size = size_of(*type);
  if (size > left || !fits(*type, size, value)) {
    return 0;
  }
  if (*type == '?') {
    room[0] = mp_obj_is_true(value);
    return 1;
  }
  mp_binary_set_val('<', (char)*type, value, room, &room);
  return size;
}

int picoctl_pack(const byte *types, size_t types_size, mp_obj_t result, uint8_t *room, size_t size) {
  const int count = number_of(types, types_size);
  mp_obj_t *values = &result;
  if (count != 1) {
    size_t length = 0;
    if (count != 0 && !mp_obj_is_type(result, &mp_type_tuple)) {
      return -1;
    }
    if (count != 0) {
      mp_obj_tuple_get(result, &length, &values);
    }
    if (length != (size_t)count) {
      return -1;
    }
  }
  size_t used = 0;
  for (size_t at = 0; at < types_size; at += type_size(types[at])) {
    const size_t more = pack_one(types + at, *values++, room + used, size - used);
    if (more == 0) {
      return -1;
    }
    used += more;
  }
  return (int)used;
}

// _picoctl.Link: a target; picoctl/linked.py makes one and tells it what runs.

#include <string.h>

#include "objects.h"
#include "py/mphal.h"
#include "py/mpstate.h"
#include "py/objlist.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "values.h"

typedef struct {
  mp_obj_base_t base;
  picoctl_link *link;
  mp_obj_t failed;        // failed(command, exception) -> a FAILED answer's payload
  mp_obj_t written;       // written(register)
  mp_obj_t raised;        // what ends the loop: Ctrl-C within a handler, SystemExit
  uint8_t block;
  bool polling;
  bool restart;
} link_obj_t;

// What an entry's state points at.
typedef struct {
  link_obj_t *owner;
  mp_obj_t handler;  // of a plain command
  mp_obj_t command;  // picoctl.commands.Command, which knows the rest; or a Register
  mp_obj_t args;     // quick types as bytes; None: only Python knows them
  mp_obj_t reply;
} entry_t;

// --- running a command ---

static int unpack(const entry_t *entry, const uint8_t *args, size_t size, mp_obj_t *values) {
  if (entry->args == mp_const_none) {
    return -1;
  }
  size_t types_size;
  const byte *types = (const byte *)mp_obj_str_get_data(entry->args, &types_size);
  return picoctl_unpack(types, types_size, args, size, values);
}

static mp_obj_t ask(mp_obj_t command, qstr method, mp_obj_t argument) {
  mp_obj_t call[3];
  mp_load_method(command, method, call);
  call[2] = argument;
  return mp_call_method_n_kw(1, 0, call);
}

static size_t put(mp_obj_t data, uint8_t *room, size_t most) {
  mp_buffer_info_t info;
  mp_get_buffer_raise(data, &info, MP_BUFFER_READ);
  const size_t size = MIN(info.len, most);
  memcpy(room, info.buf, size);
  return size;
}

// The reply's size. Raises whatever the handler does.
static size_t call(const entry_t *entry, const uint8_t *args, size_t size, bool run, uint8_t *room) {
  mp_obj_t plain[picoctl_max_values];
  mp_obj_t *values = plain;
  int count = unpack(entry, args, size, plain);
  if (count < 0) {  // Python takes them apart, or says what is wrong
    mp_obj_t list = ask(entry->command, MP_QSTR_values, mp_obj_new_bytes(args, size));
    size_t length;
    mp_obj_get_array(list, &length, &values);
    count = (int)length;
  }
  if (!run) {
    return 0;
  }
  mp_obj_t result = mp_call_function_n_kw(entry->handler, count, 0, values);
  if (entry->reply != mp_const_none) {
    size_t types_size;
    const byte *types = (const byte *)mp_obj_str_get_data(entry->reply, &types_size);
    const int used = picoctl_pack(types, types_size, result, room, picoctl_room);
    if (used >= 0) {
      return (size_t)used;
    }
  }
  return put(ask(entry->command, MP_QSTR_packed, result), room, picoctl_room);
}

static bool ends_the_loop(mp_obj_t raised) {
  return !mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(raised)),
                                  MP_OBJ_FROM_PTR(&mp_type_Exception));
}

enum { handler_failed = 0x44 };  // link/error.def

// The code of what was raised; its text goes to `room`.
static uint8_t explain(const entry_t *entry, mp_obj_t raised, uint8_t *room, size_t *used) {
  *used = 0;
  if (ends_the_loop(raised)) {
    entry->owner->raised = raised;
    return handler_failed;
  }
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {  // no memory for the words, or Ctrl-C meanwhile
    if (ends_the_loop(MP_OBJ_FROM_PTR(nlr.ret_val))) {
      entry->owner->raised = MP_OBJ_FROM_PTR(nlr.ret_val);
    }
    return handler_failed;
  }
  mp_obj_t payload = mp_call_function_2(entry->owner->failed, entry->command, raised);
  uint8_t code_and_text[1 + picoctl_max_text];
  const size_t size = put(payload, code_and_text, sizeof(code_and_text));
  nlr_pop();
  *used = size - 1;
  memcpy(room, code_and_text + 1, *used);
  return code_and_text[0];
}

uint8_t picoctl_call(void *state, const uint8_t *args, size_t size, bool run, uint8_t *room,
                     size_t *used) {
  const entry_t *entry = state;
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {
    return explain(entry, MP_OBJ_FROM_PTR(nlr.ret_val), room, used);
  }
  *used = call(entry, args, size, run, room);
  nlr_pop();
  return 0;
}

void picoctl_written(void *state) {
  const entry_t *entry = state;
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {
    entry->owner->raised = MP_OBJ_FROM_PTR(nlr.ret_val);
    return;
  }
  mp_call_function_1(entry->owner->written, entry->command);
  nlr_pop();
}

void picoctl_restart_is_due(void *owner) { ((link_obj_t *)owner)->restart = true; }

// --- the type ---

static const char *text_of(mp_obj_t text, size_t *size) { return mp_obj_str_get_data(text, size); }

static entry_t *new_entry(link_obj_t *self, mp_obj_t handler, mp_obj_t object) {
  entry_t *entry = m_new_obj(entry_t);
  *entry = (entry_t){self, handler, object, mp_const_none, mp_const_none};
  return entry;
}

// (line, handler, command, quick argument types, quick reply types, largest reply, alone)
static void add_command(link_obj_t *self, size_t at, mp_obj_t given) {
  mp_obj_t *part;
  mp_obj_get_array_fixed_n(given, 7, &part);
  entry_t *entry = new_entry(self, part[1], part[2]);
  entry->args = part[3];
  entry->reply = part[4];
  picoctl_command command = {.max_reply = (uint16_t)mp_obj_get_int(part[5]),
                             .alone = mp_obj_is_true(part[6]),
                             .state = entry};
  command.line = text_of(part[0], &command.size);
  picoctl_link_command(self->link, at, &command);
}

// (number, size, line, register)
static void add_register(link_obj_t *self, size_t at, mp_obj_t given) {
  mp_obj_t *part;
  mp_obj_get_array_fixed_n(given, 4, &part);
  picoctl_register entry = {.number = (uint8_t)mp_obj_get_int(part[0]),
                            .size = (uint8_t)mp_obj_get_int(part[1]),
                            .state = new_entry(self, mp_const_none, part[3])};
  entry.line = text_of(part[2], &entry.line_size);
  picoctl_link_register(self->link, at, &entry);
}

// Link(address, slots, chip, boot_id, unique_id as 8 bytes, failed, written, commands, registers)
static mp_obj_t make_new(const mp_obj_type_t *type, size_t n_args, size_t n_kw,
                         const mp_obj_t *args) {
  mp_arg_check_num(n_args, n_kw, 9, 9, false);
  size_t commands, registers;
  mp_obj_t *command, *entry;
  mp_obj_get_array(args[7], &commands, &command);
  mp_obj_get_array(args[8], &registers, &entry);
  picoctl_who who = {.address = (uint8_t)mp_obj_get_int(args[0]),
                     .slots = (uint8_t)mp_obj_get_int(args[1]),
                     .chip = (uint8_t)mp_obj_get_int(args[2]),
                     .registers = (uint8_t)registers,
                     .commands = (uint16_t)commands,
                     .boot_id = (uint32_t)mp_obj_get_int_truncated(args[3])};
  size_t id_size;
  const char *id = text_of(args[4], &id_size);
  for (size_t i = 0; i < id_size; ++i) {
    who.unique_id = who.unique_id << 8 | (byte)id[i];
  }
  link_obj_t *self = mp_obj_malloc_with_finaliser(link_obj_t, type);
  self->link = NULL;  // until it is made: what follows may collect or raise
  self->failed = args[5];
  self->written = args[6];
  self->raised = MP_OBJ_NULL;
  self->polling = self->restart = false;
  self->link = picoctl_link_make(m_new(byte, picoctl_link_bytes(&who)), &who, self);
  for (size_t i = 0; i < commands; ++i) {
    add_command(self, i, command[i]);
  }
  for (size_t i = 0; i < registers; ++i) {
    add_register(self, i, entry[i]);
  }
  return MP_OBJ_FROM_PTR(self);
}

static link_obj_t *self_of(mp_obj_t object) { return MP_OBJ_TO_PTR(object); }

static mp_obj_t link_open(size_t n_args, const mp_obj_t *args) {
  (void)n_args;
  link_obj_t *self = self_of(args[0]);
  const picoctl_pins pins = picoctl_pins_of(args[1], args[2], args[3]);
  picoctl_check_opening(picoctl_link_open(self->link, &pins), pins.block);
  self->block = pins.block;
  MP_STATE_VM(picoctl_users)[pins.block] = args[0];
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(link_open_obj, 4, 4, link_open);

// Also when it is collected, and before a soft reset empties the heap.
static mp_obj_t link_close(mp_obj_t self_in) {
  link_obj_t *self = self_of(self_in);
  if (self->link != NULL) {
    picoctl_link_close(self->link);
  }
  if (MP_STATE_VM(picoctl_users)[self->block] == self_in) {
    MP_STATE_VM(picoctl_users)[self->block] = MP_OBJ_NULL;
  }
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(link_close_obj, link_close);

static bool poll(link_obj_t *self) {
  if (picoctl_link_was_taken(self->link)) {
    picoctl_raise_taken();
  }
  if (self->polling) {
    mp_raise_msg(&mp_type_RuntimeError, MP_ERROR_TEXT("a handler cannot take the next command"));
  }
  self->polling = true;
  const bool worked = picoctl_link_poll(self->link);
  self->polling = false;
  if (self->raised != MP_OBJ_NULL) {
    mp_obj_t raised = self->raised;
    self->raised = MP_OBJ_NULL;
    nlr_raise(raised);
  }
  return worked;
}

// True: there was something to do; None: the Pico is to restart.
static mp_obj_t link_poll(mp_obj_t self_in) {
  link_obj_t *self = self_of(self_in);
  const bool worked = poll(self);
  return self->restart ? mp_const_none : mp_obj_new_bool(worked);
}
static MP_DEFINE_CONST_FUN_OBJ_1(link_poll_obj, link_poll);

// Until the Pico is to restart, or an exception. It never sleeps: an answer that is ready before
// the controller asks saves a transaction.
static mp_obj_t link_run(mp_obj_t self_in) {
  link_obj_t *self = self_of(self_in);
  while (!self->restart) {
    poll(self);
    mp_event_handle_nowait();
  }
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(link_run_obj, link_run);

static mp_obj_t link_restart(mp_obj_t self_in) {
  picoctl_link_restart(self_of(self_in)->link);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(link_restart_obj, link_restart);

static mp_obj_t link_get(mp_obj_t self_in, mp_obj_t number) {
  const uint32_t value = picoctl_link_get(self_of(self_in)->link, mp_obj_get_int(number));
  return mp_obj_new_int_from_uint(value);
}
static MP_DEFINE_CONST_FUN_OBJ_2(link_get_obj, link_get);

static mp_obj_t link_set(mp_obj_t self_in, mp_obj_t number, mp_obj_t value) {
  picoctl_link_set(self_of(self_in)->link, mp_obj_get_int(number), mp_obj_get_int_truncated(value));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_3(link_set_obj, link_set);

static mp_obj_t link_describe(mp_obj_t self_in, mp_obj_t offset_in, mp_obj_t room_in) {
  picoctl_link *link = self_of(self_in)->link;
  const size_t offset = mp_obj_get_int(offset_in);
  const size_t whole = picoctl_link_description_size(link);
  vstr_t text;
  vstr_init_len(&text, offset < whole ? MIN(whole - offset, (size_t)mp_obj_get_int(room_in)) : 0);
  picoctl_link_describe(link, offset, (uint8_t *)text.buf, text.len);
  return mp_obj_new_bytes_from_vstr(&text);
}
static MP_DEFINE_CONST_FUN_OBJ_3(link_describe_obj, link_describe);

static mp_obj_t link_stats(mp_obj_t self_in) {
  uint32_t stats[picoctl_stats];
  picoctl_link_stats(self_of(self_in)->link, stats);
  mp_obj_t values[picoctl_stats];
  for (size_t i = 0; i < picoctl_stats; ++i) {
    values[i] = mp_obj_new_int_from_uint(stats[i]);
  }
  return mp_obj_new_tuple(picoctl_stats, values);
}
static MP_DEFINE_CONST_FUN_OBJ_1(link_stats_obj, link_stats);

static const mp_rom_map_elem_t locals_table[] = {
    {MP_ROM_QSTR(MP_QSTR___del__), MP_ROM_PTR(&link_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_open), MP_ROM_PTR(&link_open_obj)},
    {MP_ROM_QSTR(MP_QSTR_close), MP_ROM_PTR(&link_close_obj)},
    {MP_ROM_QSTR(MP_QSTR_poll), MP_ROM_PTR(&link_poll_obj)},
    {MP_ROM_QSTR(MP_QSTR_run), MP_ROM_PTR(&link_run_obj)},
    {MP_ROM_QSTR(MP_QSTR_restart), MP_ROM_PTR(&link_restart_obj)},
    {MP_ROM_QSTR(MP_QSTR_get), MP_ROM_PTR(&link_get_obj)},
    {MP_ROM_QSTR(MP_QSTR_set), MP_ROM_PTR(&link_set_obj)},
    {MP_ROM_QSTR(MP_QSTR_describe), MP_ROM_PTR(&link_describe_obj)},
    {MP_ROM_QSTR(MP_QSTR_stats), MP_ROM_PTR(&link_stats_obj)},
};
static MP_DEFINE_CONST_DICT(locals, locals_table);

MP_DEFINE_CONST_OBJ_TYPE(picoctl_link_type, MP_QSTR_Link, MP_TYPE_FLAG_NONE, make_new, make_new,
                         locals_dict, &locals);

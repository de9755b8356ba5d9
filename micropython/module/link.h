#pragma once
// Where the module's two languages meet: module.c, link_type.c, values.c and bytes_type.c know
// MicroPython's objects, the .cpp files know picoctl and the chip. Memory of both is the garbage
// collector's, which moves nothing. No C++ is on the stack when an exception of Python passes.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// --- blocks.cpp: who has an I2C block ---

typedef enum {
  picoctl_open_done,     // whoever of picoctl's had it before has lost it
  picoctl_open_foreign,  // a machine.I2CTarget has it
} picoctl_opening;

typedef struct {
  uint8_t block;
  uint8_t sda;
  uint8_t scl;
} picoctl_pins;

// --- link.cpp: a target ---

typedef struct picoctl_link picoctl_link;

typedef struct {
  uint8_t address;  // 7 bits
  uint8_t slots;    // 1-7
  uint8_t chip;     // as IDENTITY has it
  uint8_t registers;
  uint16_t commands;
  uint32_t boot_id;
  uint64_t unique_id;
} picoctl_who;

typedef struct {
  const char* line;  // of the description; stays where it is
  size_t size;
  uint16_t max_reply;
  bool alone;
  void* state;  // for picoctl_call()
} picoctl_command;

typedef struct {
  uint8_t number;
  uint8_t size;
  const char* line;  // without the number; stays where it is
  size_t line_size;
  void* state;  // for picoctl_written()
} picoctl_register;

enum { picoctl_room = 240, picoctl_max_text = 63, picoctl_stats = 9 };

size_t picoctl_link_bytes(const picoctl_who* who);
// `memory`: picoctl_link_bytes() of them, aligned for any object. Then tell it all its commands and
// registers, and open it.
picoctl_link* picoctl_link_make(void* memory, const picoctl_who* who, void* owner);
void picoctl_link_command(picoctl_link* link, size_t at, const picoctl_command* command);
void picoctl_link_register(picoctl_link* link, size_t at, const picoctl_register* entry);

bool picoctl_link_poll(picoctl_link* link);
bool picoctl_link_has_work(picoctl_link* link);
void picoctl_link_restart(picoctl_link* link);
// Of a register that there is.
uint32_t picoctl_link_get(picoctl_link* link, uint8_t number);
void picoctl_link_set(picoctl_link* link, uint8_t number, uint32_t value);
size_t picoctl_link_description_size(picoctl_link* link);
size_t picoctl_link_describe(picoctl_link* link, size_t offset, uint8_t* out, size_t room);
void picoctl_link_stats(picoctl_link* link, uint32_t* stats);

// --- link_bus.cpp: a target on its block ---

picoctl_opening picoctl_link_open(picoctl_link* link, const picoctl_pins* pins);
void picoctl_link_close(picoctl_link* link);
bool picoctl_link_is_open(const picoctl_link* link);
// Something else in the program has taken the block since; it is closed then.
bool picoctl_link_was_taken(const picoctl_link* link);

// --- link_type.c: called from within picoctl_link_poll() ---

// What a command does with its arguments: 0, and its reply in `room` (picoctl_room bytes); or an
// error's code, and its text (picoctl_max_text bytes at most). `run` false: it only says whether
// the arguments decode.
uint8_t picoctl_call(void* state, const uint8_t* args, size_t size, bool run, uint8_t* room,
                     size_t* used);
void picoctl_written(void* state);
void picoctl_restart_is_due(void* owner);

// --- bytes.cpp: a target that passes bytes on, as i2cSlave has it ---

typedef struct picoctl_bytes picoctl_bytes;

size_t picoctl_bytes_size(void);
picoctl_bytes* picoctl_bytes_make(void* memory, uint8_t address);
picoctl_opening picoctl_bytes_open(picoctl_bytes* bytes, const picoctl_pins* pins);
void picoctl_bytes_close(picoctl_bytes* bytes);
// What follows is for one that is: something else may have taken its block.
bool picoctl_bytes_is_open(const picoctl_bytes* bytes);
// The oldest byte that came; -1: none.
int picoctl_bytes_get(picoctl_bytes* bytes);
bool picoctl_bytes_any(const picoctl_bytes* bytes);
// A controller waits for a byte, holding on.
bool picoctl_bytes_is_asked(const picoctl_bytes* bytes);
// Only if one does.
void picoctl_bytes_put(picoctl_bytes* bytes, uint8_t byte);

#ifdef __cplusplus
}
#endif

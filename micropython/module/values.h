#pragma once
// The values of plain commands, without Python's help: numbers, bools, str and bytes. Types are given
// as in a description's quick form (picoctl/types.py): a letter of `struct` each, or "s" or "y" (str
// or bytes) and a byte that says how long it may be.

#include <stddef.h>
#include <stdint.h>

#include "py/obj.h"

enum { picoctl_max_values = 16 };  // what is more is not plain

// How many values; -1: the bytes are not of these types. May raise MemoryError.
int picoctl_unpack(const byte *types, size_t types_size, const uint8_t *data, size_t size,
                   mp_obj_t *values);
// How many bytes; -1: it is none of the plain cases, Python may know what to do.
int picoctl_pack(const byte *types, size_t types_size, mp_obj_t result, uint8_t *room, size_t size);

#pragma once
// What the Python types of the module share.

#include "link.h"
#include "py/obj.h"

extern const mp_obj_type_t picoctl_link_type;
extern const mp_obj_type_t picoctl_bytes_type;

picoctl_pins picoctl_pins_of(mp_obj_t block, mp_obj_t sda, mp_obj_t scl);
// Raises what an opening that failed means.
void picoctl_check_opening(picoctl_opening opening, unsigned block);
MP_NORETURN void picoctl_raise_taken(void);

/* The time, for choices between ways that give the same bits. */
#ifndef KRON_EYE_BASE_CLOCK_H
#define KRON_EYE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds of a clock that never goes back, until a test puts another in its place (before any
   other thread runs). */
extern uint64_t (*kron_eye_base_clock)(void);

#endif

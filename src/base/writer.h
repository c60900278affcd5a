/* Text that ends where the capacity does and goes on being counted, as that of snprintf. */
#ifndef KRON_EYE_BASE_WRITER_H
#define KRON_EYE_BASE_WRITER_H

#include <stddef.h>
#include <stdio.h>

struct kron_eye_writer {
  char *text;
  size_t capacity, length;
};

/* Appends what the format and its arguments say. */
#define WRITE(writer, ...)                                                                         \
  ((writer)->length += (size_t)snprintf(                                                           \
       (writer)->length < (writer)->capacity ? (writer)->text + (writer)->length : NULL,           \
       (writer)->length < (writer)->capacity ? (writer)->capacity - (writer)->length : 0,          \
       __VA_ARGS__))

#endif

/* Statuses in words. */
#ifndef KRON_EYE_BASE_STATUS_H
#define KRON_EYE_BASE_STATUS_H

/* A static string for any int: argument position, run-time failure or unknown. */
const char *kron_eye_base_status_text(int status);

#endif

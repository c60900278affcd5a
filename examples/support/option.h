/* option.h - what getopt_long() found wrong on the command line, in words. */
#ifndef KRON_EYE_EXAMPLES_OPTION_H
#define KRON_EYE_EXAMPLES_OPTION_H

#include "support/failure.h"

/**
 * For what getopt_long() returns where it does not know an option ('?') or misses its value (':').
 * The short options have to be ":", so that it prints nothing itself and tells the two apart.
 * Returns false.
 */
bool option_explain(int letter, char *const *argv, failure *why);

#endif

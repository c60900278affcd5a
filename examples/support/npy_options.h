/* npy_options.h - the command line that npy_apply and npy_apply_mpi share. */
#ifndef KRON_EYE_EXAMPLES_NPY_OPTIONS_H
#define KRON_EYE_EXAMPLES_NPY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { NPY_MOST_FACTORS = 64 };

/** One of --weights and --identity. */
typedef struct npy_factor {
  const char *weights; /**< NULL: an identity */
  bool transpose;      /**< of the weights */
  size_t identity;     /**< its order */
} npy_factor;

typedef struct npy_options {
  npy_factor factors[NPY_MOST_FACTORS]; /**< of W, in the order of the command line */
  size_t factor_count;
  const char *data;
  const char *out;
  size_t blocks; /**< 0: as many as a row of the data holds */
  size_t right;  /**< 0: not given, and 1 */
  bool has_axis; /**< multiply along an axis, instead of blocks of rows */
  bool from_end; /**< the axis is counted from the end, the last being 1 */
  size_t axis;
  size_t threads; /**< 0: as many as the program thinks best */
  double scale;   /**< alpha */
  bool same_isa;  /**< npy_apply_mpi: all ranks use the least of their instruction sets */
  bool progress;  /**< npy_apply_mpi: show the bar whatever standard error is */
  bool times;     /**< npy_apply_mpi: say where the time went */
} npy_options;

/** Which program asks. */
typedef struct npy_program {
  const char *name;
  const char *summary; /**< lines of --help after the first, each with its newline */
  const char *more;    /**< lines of --help for options and notes of its own */
  bool ranks;          /**< has the options of npy_apply_mpi */
} npy_program;

typedef enum npy_request {
  NPY_REQUEST_APPLY, /**< go on */
  NPY_REQUEST_DONE,  /**< --help or --version: printed */
  NPY_REQUEST_BAD,   /**< a line on standard error says why */
} npy_request;

/** Reads the command line; prints what --help and --version ask for, and complaints. */
npy_request npy_options_parse(int argc, char **argv, const npy_program *program,
                              npy_options *chosen);

/** What a message about this factor begins with: its file, or the option. */
const char *npy_factor_name(const npy_factor *factor);

/** The files that are read, for atomic_file_check(). Returns how many. */
size_t npy_options_inputs(const npy_options *chosen, const char *inputs[NPY_MOST_FACTORS + 1]);

/** A line on standard error: "PROGRAM: WHAT: TEXT". Returns false. */
bool npy_complain(const npy_program *program, const char *what, const char *text);

#endif

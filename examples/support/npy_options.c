#include "support/npy_options.h"

#include "support/npy.h"
#include "support/number.h"
#include "support/option.h"

#include <kron_eye.h>

#include <getopt.h>
#include <stdint.h>
#include <stdio.h>

static const char SHARED_OPTIONS[] =
    "\n"
    "  --weights FILE  W, m x n, float32 or float64, in C or Fortran order\n"
    "  --transpose     after --weights: multiply by the transpose of that matrix, op(W), m x n\n"
    "  --identity N    with --weights once or more: W is the Kronecker product of these matrices "
    "and\n"
    "                  identities, in the order given here; m x n is then the size of all "
    "together\n"
    "  --data FILE     X, rows x (k n) or rows x k x n, in C order; larger than memory if need be\n"
    "  --out FILE      Y, rows x (k m) or rows x k x m as X is; appears whole or not at all\n"
    "  --blocks K      fail unless a row of X has K blocks (default: any number)\n"
    "  --right R       a row of X is k x n x R, and of Y k x m x R: I_k (x) W (x) I_R\n"
    "  --axis A        X has any number of dimensions; multiply along axis A, from 0, or from -1\n"
    "                  for the last one; not with --blocks or --right\n"
    "  --scale S       factor of the product (default 1): a number or a quotient, as 1/255\n";

static const char SHARED_END[] =
    "  --help          this text\n"
    "  --version       the version\n"
    "\n"
    "    X        W        Y\n"
    "    float32  float32  float32\n"
    "    float64  float64  float64\n"
    "    float32  float64  float64\n"
    "    uint8    float32  float32\n"
    "Of several factors all are float32 or all float64, and so is X. They are applied one by one.\n"
    "\n"
    "npy_apply and npy_apply_mpi use the library's own kernels only, never a BLAS: on one\n"
    "instruction set both write the same bytes, with any number of threads and ranks, except for\n"
    "what a NaN carries beside being one.\n";

bool npy_complain(const npy_program *program, const char *what, const char *text) {
  fprintf(stderr, "%s: %s: %s\n", program->name, what, text);
  return false;
}

const char *npy_factor_name(const npy_factor *factor) {
  return factor->weights != NULL ? factor->weights : "--identity";
}

size_t npy_options_inputs(const npy_options *chosen, const char *inputs[NPY_MOST_FACTORS + 1]) {
  size_t count = 0;
  for (size_t f = 0; f < chosen->factor_count; ++f) {
    if (chosen->factors[f].weights != NULL) inputs[count++] = chosen->factors[f].weights;
  }
  inputs[count++] = chosen->data;
  return count;
}

static npy_request after_printing(void) {
  return fflush(stdout) == 0 ? NPY_REQUEST_DONE : NPY_REQUEST_BAD;
}

static npy_request print_help(const npy_program *program) {
  printf("Usage: %s --weights W.npy --data X.npy --out Y.npy [OPTION]...\n%s%s%s%s", program->name,
         program->summary, SHARED_OPTIONS, program->more, SHARED_END);
  return after_printing();
}

static npy_request print_version(const npy_program *program) {
  printf("%s (kron_eye) %s\n", program->name, kron_eye_version());
  return after_printing();
}

static bool take_size(const npy_program *program, const char *name, const char *text,
                      size_t *number) {
  failure why;
  return number_parse_size(text, 1, PTRDIFF_MAX, number, &why) ||
         npy_complain(program, name, why.text);
}

static bool take_scale(const npy_program *program, const char *text, double *scale) {
  failure why;
  return number_parse_real(text, scale, &why) || npy_complain(program, "--scale", why.text);
}

/* An axis, as NumPy counts them. */
static bool take_axis(const npy_program *program, const char *text, npy_options *chosen) {
  failure why;
  chosen->has_axis = true;
  chosen->from_end = text[0] == '-';
  return number_parse_size(text + chosen->from_end, chosen->from_end, NPY_MAX_DIMS, &chosen->axis,
                           &why) ||
         npy_complain(program, "--axis", why.text);
}

/* The next factor, or NULL with a line that there is no place for one more. */
static npy_factor *add_factor(const npy_program *program, const char *name, npy_options *chosen) {
  if (chosen->factor_count < NPY_MOST_FACTORS) return &chosen->factors[chosen->factor_count++];
  failure why;
  explain(&why, "is one factor too many: %d are possible", NPY_MOST_FACTORS);
  npy_complain(program, name, why.text);
  return NULL;
}

static bool take_weights(const npy_program *program, const char *text, npy_options *chosen) {
  npy_factor *added = add_factor(program, text, chosen);
  if (added != NULL) added->weights = text;
  return added != NULL;
}

static bool take_identity(const npy_program *program, const char *text, npy_options *chosen) {
  npy_factor *added = add_factor(program, "--identity", chosen);
  return added != NULL && take_size(program, "--identity", text, &added->identity);
}

static bool take_transpose(const npy_program *program, npy_options *chosen) {
  npy_factor *last = chosen->factors + chosen->factor_count - 1;
  if (chosen->factor_count == 0 || last->weights == NULL) {
    return npy_complain(program, "--transpose", "comes after the --weights that it is for");
  }
  if (last->transpose) return npy_complain(program, "--transpose", "comes twice after --weights");
  return last->transpose = true;
}

static bool take_option(const npy_program *program, int letter, const char *text,
                        npy_options *chosen) {
  switch (letter) {
  case 'w':
    return take_weights(program, text, chosen);
  case 'I':
    return take_identity(program, text, chosen);
  case 'd':
    chosen->data = text;
    return true;
  case 'o':
    chosen->out = text;
    return true;
  case 'k':
    return take_size(program, "--blocks", text, &chosen->blocks);
  case 'r':
    return take_size(program, "--right", text, &chosen->right);
  case 'a':
    return take_axis(program, text, chosen);
  case 'x':
    return take_transpose(program, chosen);
  case 't':
    return take_size(program, "--threads", text, &chosen->threads);
  case 's':
    return take_scale(program, text, &chosen->scale);
  case 'i':
    return chosen->same_isa = true;
  case 'p':
    return chosen->progress = true;
  default:
    return chosen->times = true;
  }
}

/* Two words of a line that names no file. */
static bool say(const npy_program *program, const char *what, const char *text) {
  fprintf(stderr, "%s: %s%s\n", program->name, what, text);
  return false;
}

static bool has_weights(const npy_options *chosen) {
  for (size_t f = 0; f < chosen->factor_count; ++f) {
    if (chosen->factors[f].weights != NULL) return true;
  }
  return false;
}

static bool check_files(const npy_program *program, const npy_options *chosen) {
  static const char missing[] = " is missing; see --help";
  if (!has_weights(chosen)) return say(program, "--weights", missing);
  if (chosen->data == NULL) return say(program, "--data", missing);
  return chosen->out != NULL || say(program, "--out", missing);
}

static bool check_axis(const npy_program *program, const npy_options *chosen) {
  return !chosen->has_axis || (chosen->blocks == 0 && chosen->right == 0) ||
         npy_complain(program, "--axis", "excludes --blocks and --right");
}

npy_request npy_options_parse(int argc, char **argv, const npy_program *program,
                              npy_options *chosen) {
  enum { OF_RANKS = 3 }; /* options at the beginning that only npy_apply_mpi has */
  static const struct option table[] = {{"isa", no_argument, NULL, 'i'},
                                        {"progress", no_argument, NULL, 'p'},
                                        {"times", no_argument, NULL, 'T'},
                                        {"weights", required_argument, NULL, 'w'},
                                        {"identity", required_argument, NULL, 'I'},
                                        {"data", required_argument, NULL, 'd'},
                                        {"out", required_argument, NULL, 'o'},
                                        {"blocks", required_argument, NULL, 'k'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"right", required_argument, NULL, 'r'},
                                        {"axis", required_argument, NULL, 'a'},
                                        {"transpose", no_argument, NULL, 'x'},
                                        {"scale", required_argument, NULL, 's'},
                                        {"help", no_argument, NULL, 'h'},
                                        {"version", no_argument, NULL, 'v'},
                                        {NULL, 0, NULL, 0}};
  const struct option *options = program->ranks ? table : table + OF_RANKS;
  *chosen = (npy_options){.scale = 1};
  failure why;
  for (int letter; (letter = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
    if (letter == '?' || letter == ':') {
      option_explain(letter, argv, &why);
      say(program, why.text, "");
      return NPY_REQUEST_BAD;
    }
    if (letter == 'h') return print_help(program);
    if (letter == 'v') return print_version(program);
    if (!take_option(program, letter, optarg, chosen)) return NPY_REQUEST_BAD;
  }
  if (optind != argc) {
    npy_complain(program, argv[optind], "is not an option; see --help");
    return NPY_REQUEST_BAD;
  }
  return check_files(program, chosen) && check_axis(program, chosen) ? NPY_REQUEST_APPLY
                                                                     : NPY_REQUEST_BAD;
}

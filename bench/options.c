#include "options.h"

#include "util.h"

#include <kron_eye.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: kron_eye_bench [OPTION]...\n"
    "Measures every way to compute y = (I_k (x) W) x side by side.\n"
    "\n"
    "What is measured\n"
    "  --case NAME        birth (default: 1666 rows, 30 blocks, W 30 x 784), birth-row (the same\n"
    "                     with 1 row), layer-two (1666 rows, 30 blocks, W 10 x 30)\n"
    "  --rows R --blocks K --m M --n N   change the case\n"
    "  --data KIND        digits|fashion|dense|random50|random20|random1|mixture|published, or\n"
    "                     randomP for P percent non-zero; default: digits with --images, else\n"
    "                     fashion if Debian's dataset-fashion-mnist is installed, else random20\n"
    "  --images FILE      IDX file of images for digits and fashion, plain or gzip\n"
    "  --types LIST       of f32,f64,f32_f64,u8_f32 (default: all)\n"
    "  --forms TEXT|TEXT  only forms whose name contains one of the texts\n"
    "  --threads LIST     numbers of threads, one session for each (default: 1 and all)\n"
    "  --sweep            many shapes, or only those with the given --rows, --m, --n; f32\n"
    "                     unless --types is given\n"
    "  --sweep-bytes B    most bytes of x per shape (default 64M; suffixes K, M and G)\n"
    "  --sweep-products P most multiply-adds per shape (default 4G)\n"
    "Additional forms\n"
    "  --blas PATH[:PREFIX]  also this CBLAS library, whose symbols start with PREFIX\n"
    "  --with COMMAND     also the forms of another program, such as numpy_forms.py\n"
    "Method\n"
    "  --rounds N         most rounds (default 15; sweep: 7)\n"
    "  --seconds S        start no round after S seconds of a session (default 60)\n"
    "  --sample-ms T      repeat a form until a sample takes T ms (default 2; sweep: 0.5)\n"
    "  --settle-ms T      wait at most T ms for idle threads before a sample (default 300)\n"
    "  --huge-pages       ask for large pages for all large arrays (Linux)\n"
    "Output\n"
    "  --against TEXT     compare with the first form whose name contains TEXT, instead of the\n"
    "                     fastest form that is not kron_eye's\n"
    "  --json FILE        all samples and figures, in Google Benchmark's schema\n";

struct named_case {
  const char *name;
  struct dimensions size;
};

static const struct named_case cases[] = {
    {"birth", {1666, 30, 30, 784}},
    {"birth-row", {1, 30, 30, 784}},
    {"layer-two", {1666, 30, 10, 30}},
};

/* A number with an optional K, M or G (powers of 1024). */
static double read_number(const char *option, const char *text) {
  char *end;
  double value = strtod(text, &end);
  const char *const units = "KMG";
  const char *unit = *end ? strchr(units, *end) : NULL;
  if (unit) {
    for (const char *u = units; u <= unit; ++u) value *= 1024;
    ++end;
  }
  if (end == text || *end || !(value >= 0) || value > 1e15)
    die("%s %s: not a number", option, text);
  return value;
}

static size_t read_size(const char *option, const char *text) {
  double value = read_number(option, text);
  if (value < 1) die("%s must be at least 1", option);
  return (size_t)value;
}

static void read_case(struct options *options, const char *name) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
    if (strcmp(cases[i].name, name) == 0) {
      options->case_name = name;
      options->size = cases[i].size;
      return;
    }
  die("--case %s: unknown", name);
}

static unsigned read_types(char *list) {
  unsigned types = 0;
  for (char *at = strtok(list, ","); at; at = strtok(NULL, ",")) {
    enum type type = TYPE_F32;
    while (type < TYPE_COUNT && strcmp(type_name(type), at) != 0) ++type;
    if (type == TYPE_COUNT) die("--types %s: unknown", at);
    types |= 1U << type;
  }
  return types;
}

static void read_threads(struct options *options, char *list) {
  options->thread_count = 0;
  for (char *at = strtok(list, ","); at; at = strtok(NULL, ",")) {
    if (options->thread_count == MOST_THREAD_COUNTS) die("--threads: too many values");
    options->threads[options->thread_count++] = read_size("--threads", at);
  }
}

/* Reads one option with its value. */
static void read_option(struct options *o, const char *option, char *value) {
  if (strcmp(option, "--case") == 0)
    read_case(o, value);
  else if (strcmp(option, "--rows") == 0)
    o->size.rows = o->only.rows = read_size(option, value);
  else if (strcmp(option, "--blocks") == 0)
    o->size.blocks = read_size(option, value);
  else if (strcmp(option, "--m") == 0)
    o->size.m = o->only.m = read_size(option, value);
  else if (strcmp(option, "--n") == 0)
    o->size.n = o->only.n = read_size(option, value);
  else if (strcmp(option, "--data") == 0)
    o->data = value;
  else if (strcmp(option, "--images") == 0)
    o->images = value;
  else if (strcmp(option, "--types") == 0)
    o->types = read_types(value);
  else if (strcmp(option, "--forms") == 0)
    o->forms = value;
  else if (strcmp(option, "--threads") == 0)
    read_threads(o, value);
  else if (strcmp(option, "--sweep-bytes") == 0)
    o->sweep_bytes = read_number(option, value);
  else if (strcmp(option, "--sweep-products") == 0)
    o->sweep_products = read_number(option, value);
  else if (strcmp(option, "--rounds") == 0)
    o->rounds = read_size(option, value);
  else if (strcmp(option, "--seconds") == 0)
    o->seconds = read_number(option, value);
  else if (strcmp(option, "--sample-ms") == 0)
    o->sample_seconds = 1e-3 * read_number(option, value);
  else if (strcmp(option, "--settle-ms") == 0)
    o->settle_seconds = 1e-3 * read_number(option, value);
  else if (strcmp(option, "--against") == 0)
    o->against = value;
  else if (strcmp(option, "--json") == 0)
    o->json = value;
  else if (strcmp(option, "--blas") == 0 && o->blas_count < MOST_BLAS)
    o->blas[o->blas_count++] = value;
  else if (strcmp(option, "--with") == 0 && o->with_count < MOST_WITH)
    o->with[o->with_count++] = value;
  else
    die("%s: unknown option, or given too often; see --help", option);
}

/* Fills in what was not given: some defaults differ for a sweep. */
static void fill_in(struct options *options) {
  bool sweep = options->sweep;
  if (!options->data && options->images) options->data = "digits";
  if (!options->data) options->data = data_has_fashion() && !sweep ? "fashion" : "random20";
  if (!options->types) options->types = sweep ? SET_F32 : SET_ALL;
  if (!options->rounds) options->rounds = sweep ? 7 : 15;
  if (options->sample_seconds < 0) options->sample_seconds = sweep ? 5e-4 : 2e-3;
  if (options->settle_seconds < 0) options->settle_seconds = 0.3;
  if (options->thread_count == 0) {
    options->threads[options->thread_count++] = 1;
    if (all_threads() > 1) options->threads[options->thread_count++] = all_threads();
  }
}

void options_read(struct options *options, int count, char **arguments) {
  *options = (struct options){.seconds = 60,
                              .sample_seconds = -1,
                              .settle_seconds = -1,
                              .sweep_bytes = 64 << 20,
                              .sweep_products = 4e9};
  read_case(options, "birth");
  for (int i = 1; i < count; ++i) {
    const char *option = arguments[i];
    if (strcmp(option, "--help") == 0) {
      fputs(usage, stdout);
      exit(EXIT_SUCCESS);
    }
    if (strcmp(option, "--version") == 0) {
      printf("kron_eye_bench (kron_eye) %s\n", kron_eye_version());
      exit(EXIT_SUCCESS);
    }
    if (strcmp(option, "--sweep") == 0) {
      options->sweep = true;
      continue;
    }
    if (strcmp(option, "--huge-pages") == 0) {
      allocate_huge_pages();
      continue;
    }
    if (i + 1 == count) die("%s: unknown option, or its value is missing; see --help", option);
    read_option(options, option, arguments[++i]);
  }
  fill_in(options);
}

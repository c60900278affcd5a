/*
 * test_npy_apply_mpi.c - npy_apply_mpi under mpirun: the bytes that npy_apply writes, whatever the
 * number of ranks; one rank's failure is one line, no file, and no hang. The second program is the
 * same with slabs, rounds and messages of a few bytes, and with a malloc that can refuse.
 */
#include "check.h"
#include "mpi_run.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/npy.h"

enum { ROWS = 5, K = 3, M = 4, N = 7, ALL = 1 << 30 };

static const char ALONE[] = KRON_EYE_NPY_APPLY;
static const char WHOLE[] = KRON_EYE_NPY_APPLY_MPI, PIECES[] = KRON_EYE_NPY_APPLY_MPI_PIECES;

/* ---------------------------------------------------------------- files */

static void set(void *values, npy_type type, size_t i, double value) {
  if (type == NPY_UINT8) ((unsigned char *)values)[i] = (unsigned char)(int)(value * 256);
  if (type == NPY_FLOAT32) ((float *)values)[i] = (float)(value - 0.4);
  if (type == NPY_FLOAT64) ((double *)values)[i] = value - 0.4;
}

/* Values whose sums are rounded. */
static void write_array(scratch *s, const char *name, npy_type type, size_t ndim,
                        const size_t *dims) {
  size_t count = 1;
  failure why;
  for (size_t d = 0; d < ndim; d++) count *= dims[d];
  double *values = malloc((count + 1) * sizeof *values); /* room for the widest type */
  assert_non_null(values);
  for (size_t i = 0; i < count; i++) set(values, type, i, (double)(i * 7919 % 10007) / 10007);
  assert_true(npy_write(scratch_path(s, name), type, ndim, dims, values, &why));
  free(values);
}

static const size_t w_dims[] = {M, N}, turned[] = {N, M}, a_dims[] = {5, K};
static const size_t flat[] = {ROWS, K *N}, deep[] = {ROWS, K, N};
/* N along axis 1, N*K along axis 1, and twice as much in each row. */
static const size_t image[] = {ROWS, N, 2, 3}, grid[] = {ROWS, N *K, 2}, wide[] = {ROWS, N *K * 4};

static int setup(void **state) {
  if (scratch_setup(state) != 0) return -1;
  write_array(*state, "w4.npy", NPY_FLOAT32, 2, w_dims);
  write_array(*state, "w8.npy", NPY_FLOAT64, 2, w_dims);
  write_array(*state, "x1.npy", NPY_UINT8, 2, flat);
  write_array(*state, "x4.npy", NPY_FLOAT32, 2, flat);
  write_array(*state, "x8.npy", NPY_FLOAT64, 2, flat);
  write_array(*state, "x4deep.npy", NPY_FLOAT32, 3, deep);
  return 0;
}

enum { SETUP_FILES = 6 };

/* More of them, for the jobs of the next test. */
static size_t write_more(scratch *s) {
  write_array(s, "t4.npy", NPY_FLOAT32, 2, turned);
  write_array(s, "t8.npy", NPY_FLOAT64, 2, turned);
  write_array(s, "a4.npy", NPY_FLOAT32, 2, a_dims);
  write_array(s, "a8.npy", NPY_FLOAT64, 2, a_dims);
  write_array(s, "image1.npy", NPY_UINT8, 4, image);
  write_array(s, "image4.npy", NPY_FLOAT32, 4, image);
  write_array(s, "image8.npy", NPY_FLOAT64, 4, image);
  write_array(s, "grid8.npy", NPY_FLOAT64, 3, grid);
  write_array(s, "wide1.npy", NPY_UINT8, 2, wide);
  write_array(s, "wide4.npy", NPY_FLOAT32, 2, wide);
  return scratch_count(s);
}

/* ---------------------------------------------------------------- running */

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define FILES(w, x, y) "--weights", w, "--data", x, "--out", y

static void run_alone(scratch *s, const char *const *words) {
  outcome result;
  scratch_run(s, words, 0, &result);
  if (result.status != 0) fail_msg("npy_apply: status %d: %s", result.status, result.err);
}

static size_t own_lines(const char *text) {
  return mpi_run_count(text, "npy_apply_mpi: ");
}

static void check_success(const outcome *result) {
  if (result->status != 0) fail_msg("status %d: %s", result->status, result->err);
  assert_int_equal(own_lines(result->err), 0);
}

static void check_same(scratch *s, const char *name, const char *other) {
  static char first[1 << 16], second[sizeof first];
  const size_t size = scratch_read(s, name, first, sizeof first);
  assert_true(size < sizeof first);
  assert_int_equal(scratch_read(s, other, second, sizeof second), size);
  assert_memory_equal(first, second, size);
}

/* ---------------------------------------------------------------- the same bytes */

static const char *const rank_numbers[] = {"1", "2", "3", "4", "7"};
enum { RANK_NUMBERS = sizeof rank_numbers / sizeof *rank_numbers };

/* program, words of a job, --out name */
static void put_job(const char *words[MPI_RUN_MOST_ARGUMENTS], const char *program,
                    const char *const *job, const char *name) {
  size_t count = 0;
  words[count++] = program;
  for (; *job != NULL; job++) words[count++] = *job;
  words[count++] = "--out";
  words[count++] = name;
  words[count] = NULL;
}

#define WEIGHTS(w) "--weights", w
#define TURNED(w) "--weights", w, "--transpose"
#define IDENTITY(n) "--identity", n
#define DATA(x) "--data", x

/* Each of the types, with every option that changes what is multiplied, and chains. There are fewer
   rows than ranks on 7. */
static void every_number_of_ranks_writes_the_same(void **state) {
  scratch *s = *state;
  const char *const *const jobs[] = {
      WORDS(WEIGHTS("w4.npy"), DATA("x4.npy"), "--scale", "-0.75"),
      WORDS(WEIGHTS("w8.npy"), DATA("x8.npy")),
      WORDS(WEIGHTS("w8.npy"), DATA("x4.npy"), "--scale", "3"),
      WORDS(WEIGHTS("w4.npy"), DATA("x1.npy"), "--scale", "1/255"),
      WORDS(WEIGHTS("w4.npy"), DATA("x4deep.npy"), "--blocks", "3"),
      WORDS(TURNED("t4.npy"), DATA("x1.npy")),
      WORDS(WEIGHTS("w4.npy"), DATA("image4.npy"), "--axis", "1"),
      WORDS(WEIGHTS("w8.npy"), DATA("image4.npy"), "--axis", "-3"),
      WORDS(WEIGHTS("w4.npy"), DATA("image1.npy"), "--axis", "1"),
      WORDS(TURNED("t8.npy"), DATA("image8.npy"), "--axis", "1"),
      WORDS(WEIGHTS("w4.npy"), DATA("wide1.npy"), "--right", "6"),
      WORDS(TURNED("t8.npy"), DATA("wide4.npy"), "--right", "4"),
      WORDS(WEIGHTS("a4.npy"), WEIGHTS("w4.npy"), DATA("x4.npy")),
      WORDS(WEIGHTS("a8.npy"), IDENTITY("1"), TURNED("t8.npy"), DATA("x8.npy"), "--scale", "1/3"),
      WORDS(IDENTITY("2"), WEIGHTS("w4.npy"), WEIGHTS("a4.npy"), DATA("wide4.npy")),
      WORDS(TURNED("t8.npy"), WEIGHTS("a8.npy"), DATA("grid8.npy"), "--axis", "1"),
      WORDS(WEIGHTS("a4.npy"), IDENTITY("2"), TURNED("t4.npy"), DATA("wide4.npy"), "--right", "2"),
  };
  enum { JOBS = sizeof jobs / sizeof *jobs };
  const size_t files = write_more(s);
  size_t cases = 0;
  outcome result;
  for (size_t f = 0; f < JOBS; f++) {
    const char *words[MPI_RUN_MOST_ARGUMENTS];
    put_job(words, ALONE, jobs[f], "alone.npy");
    run_alone(s, words);
    for (size_t r = 0; r < RANK_NUMBERS; r++) {
      if (!check_full() && (f + r) % 2 != 0) continue;
      put_job(words, (f / 2 + r / 2) % 2 ? PIECES : WHOLE, jobs[f], "y.npy");
      mpi_run(s, rank_numbers[r], words, 0, &result);
      check_success(&result);
      check_same(s, "y.npy", "alone.npy");
      assert_int_equal(scratch_count(s), files + 2);
      assert_int_equal(remove(scratch_path(s, "y.npy")), 0);
      cases++;
    }
  }
  check_cases("jobs and numbers of ranks", cases, check_full() ? JOBS * RANK_NUMBERS : 43);
}

/* A chain whose rows are longer than what a thread takes at once, by other numbers of threads. */
static void a_large_chain_writes_the_same(void **state) {
  scratch *s = *state;
  static const size_t b[] = {20, 30}, c[] = {16, 24}, dims[] = {7, 30 * 3 * 16};
  static const char *const others[][3] = {{"2", WHOLE, "2"}, {"3", PIECES, "1"}, {"7", WHOLE, "1"}};
  size_t cases = 0;
  write_array(s, "b.npy", NPY_FLOAT32, 2, b);
  write_array(s, "c.npy", NPY_FLOAT32, 2, c);
  write_array(s, "x.npy", NPY_FLOAT32, 2, dims);
#define JOB WEIGHTS("b.npy"), IDENTITY("3"), TURNED("c.npy"), DATA("x.npy"), "--threads"
  run_alone(s, WORDS(ALONE, JOB, "1", "--out", "alone.npy"));
  for (; cases < sizeof others / sizeof *others; cases++) {
    outcome result;
    mpi_run(s, others[cases][0], WORDS(others[cases][1], JOB, others[cases][2], "--out", "y.npy"),
            0, &result);
    check_success(&result);
    check_same(s, "y.npy", "alone.npy");
  }
#undef JOB
  check_cases("ranks and threads", cases, 3);
}

/* Several rounds on each rank, of unequal length on the last, by both programs. */
static void rounds_make_one_result(void **state) {
  scratch *s = *state;
  static const size_t dims[] = {101, K * N};
  outcome result;
  write_array(s, "x.npy", NPY_FLOAT64, 2, dims);
  run_alone(s, WORDS(ALONE, FILES("w8.npy", "x.npy", "alone.npy")));
  mpi_run(s, "3", WORDS(PIECES, FILES("w8.npy", "x.npy", "y.npy"), "--threads", "1"), 0, &result);
  check_success(&result);
  check_same(s, "y.npy", "alone.npy");
  mpi_run(s, "2", WORDS(WHOLE, FILES("w8.npy", "x.npy", "y.npy"), "--times", "--progress"), 0,
          &result);
  assert_int_equal(result.status, 0);
  check_same(s, "y.npy", "alone.npy");
  if (strstr(result.out, "write s\n   0        153 ") == NULL) fail_msg("%s", result.out);
  if (strstr(result.out, "\n   1        150 ") == NULL) fail_msg("%s", result.out);
}

static void empty_arrays_have_their_shapes(void **state) {
  scratch *s = *state;
  static const struct {
    size_t w[2], x[2];
  } runs[] = {{{2, 3}, {0, 6}}, {{2, 3}, {5, 0}}, {{0, 3}, {4, 6}}, {{2, 0}, {5, 0}}};
  size_t cases = 0;
  outcome result;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    write_array(s, "w.npy", NPY_FLOAT32, 2, runs[cases].w);
    write_array(s, "x.npy", NPY_FLOAT32, 2, runs[cases].x);
    const char *blocks = runs[cases].w[1] == 0 ? "--blocks" : NULL;
    run_alone(s, WORDS(ALONE, FILES("w.npy", "x.npy", "alone.npy"), blocks, "4"));
    mpi_run(s, "3", WORDS(WHOLE, FILES("w.npy", "x.npy", "y.npy"), blocks, "4"), 0, &result);
    check_success(&result);
    check_same(s, "y.npy", "alone.npy");
  }
  check_cases("empty arrays", cases, 4);
}

/* Ranks that differ are told of; --isa makes them one machine of the lesser kind. */
static void instruction_sets(void **state) {
  scratch *s = *state;
  outcome result;
  const char *best = check_isa_expected();
  assert_non_null(best);
  if (strcmp(best, "portable") == 0) skip();
  mpi_run(s, "2",
          WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), ":", KRON_EYE_MPIEXEC_NUMPROC_FLAG, "1",
                "env", "KRON_EYE_ISA=portable", WHOLE),
          0, &result);
  assert_int_equal(result.status, 0);
  assert_int_equal(own_lines(result.err), 1);
  if (strstr(result.err, "differ in instruction set, from portable to ") == NULL)
    fail_msg("%s", result.err);
  run_alone(s, WORDS("/usr/bin/env", "KRON_EYE_ISA=portable", ALONE,
                     FILES("w4.npy", "x4.npy", "alone.npy")));
  mpi_run(s, "2",
          WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), "--isa", ":",
                KRON_EYE_MPIEXEC_NUMPROC_FLAG, "1", "env", "KRON_EYE_ISA=portable", WHOLE),
          0, &result);
  assert_int_equal(result.status, 0);
  if (strstr(result.err, ": all use portable") == NULL) fail_msg("%s", result.err);
  check_same(s, "y.npy", "alone.npy");
}

static void help_and_version_come_once(void **state) {
  scratch *s = *state;
  outcome result;
  mpi_run(s, "3", WORDS(WHOLE, "--help"), 0, &result);
  assert_int_equal(result.status, 0);
  const char *usage = strstr(result.out, "Usage: npy_apply_mpi ");
  assert_non_null(usage);
  assert_null(strstr(usage + 1, "Usage: "));
  static const char *const options[] = {"--weights", "--data",    "--out",      "--blocks",
                                        "--right",   "--axis",    "--identity", "--transpose",
                                        "--scale",   "--threads", "--isa",      "--progress",
                                        "--times",   "--help",    "--version",  "own kernels only"};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++)
    if (strstr(result.out, options[i]) == NULL) fail_msg("no %s in the help", options[i]);
  mpi_run(s, "2", WORDS(WHOLE, "--version"), 0, &result);
  assert_int_equal(result.status, 0);
  assert_string_equal(result.out, "npy_apply_mpi (kron_eye) " KRON_EYE_TEST_PROJECT_VERSION "\n");
}

/* ---------------------------------------------------------------- failures */

/* One line that holds `expected`, and nothing new in the folder. */
static void check_failure(scratch *s, const outcome *result, const char *expected, size_t files) {
  assert_int_not_equal(result->status, 0);
  if (strstr(result->err, expected) == NULL) fail_msg("'%s' is not in:\n%s", expected, result->err);
  assert_int_equal(own_lines(result->err), 1);
  assert_string_equal(result->out, "");
  assert_int_equal(scratch_count(s), files);
}

static void bad_input_gives_one_line(void **state) {
  scratch *s = *state;
  char file[512];
  const size_t size = scratch_read(s, "x4.npy", file, sizeof file);
  scratch_write(s, "cut.npy", file, size < 300 ? size - 1 : 300);
  scratch_write(s, "header.npy", file, 40);
  assert_int_equal(symlink("/dev/full", scratch_path(s, "full")), 0);
  write_array(s, "side.npy", NPY_FLOAT32, 2, (const size_t[]){N, ROWS});
  const size_t files = scratch_count(s);
  const struct {
    const char *const *words;
    const char *expected;
  } runs[] = {
      {WORDS(WHOLE, FILES("w4.npy", "absent", "y.npy")), ": absent: cannot be opened"},
      {WORDS(WHOLE, FILES("absent", "x4.npy", "y.npy")), ": absent: cannot be opened"},
      {WORDS(WHOLE, FILES("w4.npy", "header.npy", "y.npy")), ": header.npy: ends inside its"},
      {WORDS(WHOLE, FILES("w4.npy", "cut.npy", "y.npy")), ": cut.npy: claims 420 bytes of data"},
      {WORDS(WHOLE, FILES("x4deep.npy", "x4.npy", "y.npy")), ": x4deep.npy: has 3 dimensions"},
      {WORDS(WHOLE, FILES("w4.npy", "x8.npy", "y.npy")), ": x8.npy: holds float64, which does"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "no/y.npy")), ": no/y.npy: cannot be written: No"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "full")), ": full: cannot be written: not a reg"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), "more"), ": more: is not an option"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "x4.npy")), ": x4.npy: cannot be written: it is the"},
      {WORDS(WHOLE, "--weights", "w4.npy", "--data", "x4.npy"), "--out"},
      {WORDS(WHOLE, FILES("w4.npy", "side.npy", "y.npy"), "--axis", "0"),
       ": side.npy: has no rows"},
      {WORDS(WHOLE, FILES("w4.npy", "side.npy", "y.npy"), "--axis", "-2"),
       ": side.npy: has no row"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), IDENTITY("2"), WEIGHTS("w8.npy")),
       ": w8.npy: holds float64, but the weights before it are float32"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), IDENTITY("2"), WEIGHTS("absent")),
       ": absent: cannot be opened"},
      {WORDS(WHOLE, FILES("w4.npy", "x1.npy", "y.npy"), IDENTITY("3")),
       ": x1.npy: holds uint8, which does not go with several factors"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "y.npy"), IDENTITY("9223372036854775807")),
       ": --identity: makes the product of all factors too large"},
      {WORDS(WHOLE, FILES("w4.npy", "x4.npy", "w8.npy"), WEIGHTS("w8.npy")), ": w8.npy: holds fl"},
  };
  size_t cases = 0;
  outcome result;
  for (; cases < sizeof runs / sizeof *runs; cases++) {
    mpi_run(s, "3", runs[cases].words, 0, &result);
    check_failure(s, &result, runs[cases].expected, files);
  }
  check_cases("bad inputs", cases, 18);
}

/* Each allocation of the last of three ranks refused in turn, a chain's workspace among them. */
static void refused_memory_on_one_rank(void **state) {
  scratch *s = *state;
  outcome result;
  size_t cases = 0;
  write_array(s, "a4.npy", NPY_FLOAT32, 2, a_dims);
  for (;; cases++) {
    char refuse[64];
    snprintf(refuse, sizeof refuse, "KRON_EYE_TEST_REFUSE=%zu", cases + 1);
    mpi_run(s, "2",
            WORDS(PIECES, FILES("w4.npy", "x4.npy", "y.npy"), WEIGHTS("a4.npy"), ":",
                  KRON_EYE_MPIEXEC_NUMPROC_FLAG, "1", "env", refuse, PIECES),
            0, &result);
    if (result.status == 0) break; /* there was no allocation of that number */
    check_failure(s, &result, "(rank 2 of 3)", SETUP_FILES + 1);
  }
  print_message("# %zu refusals\n", cases);
  assert_in_range(cases, 7, 20);
}

/* A file of holes: bytes, all 0. */
static void make_sparse(scratch *s, const char *name, size_t rows, size_t columns) {
  char header[NPY_FORMATTED];
  const size_t dims[2] = {rows, columns};
  const size_t size = npy_format_header(header, NPY_UINT8, 2, dims);
  const char *path = scratch_write(s, name, header, size);
  assert_int_equal(truncate(path, (off_t)(size + rows * columns)), 0);
}

/* The disk is full where the last rank writes (a file-size limit does the same): the others stop,
   and the old result stays. */
static void full_disk_on_one_rank(void **state) {
  scratch *s = *state;
  outcome result;
  char content[8] = "";
  /* 80 MB of result, and a limit that leaves room for what an MPI keeps in files. */
  enum { LIMIT = 64 << 20, LONG = 5000000 };
  make_sparse(s, "long.npy", LONG, N);
  scratch_write(s, "y.npy", "old", 3);
  mpi_run(s, "3", WORDS(WHOLE, FILES("w4.npy", "long.npy", "y.npy"), "--threads", "1"), LIMIT,
          &result);
  check_failure(s, &result, ": y.npy: cannot be written: ", SETUP_FILES + 2);
  if (strstr(result.err, "(rank 2 of 3)") == NULL) fail_msg("%s", result.err);
  assert_int_equal(scratch_read(s, "y.npy", content, sizeof content), 3);
  assert_memory_equal(content, "old", 3);
}

/* ---------------------------------------------------------------- long runs */

enum { LONG_N = 1 << 10, LONG_ROWS = 1 << 26 /* 64 GiB of bytes, all of them holes */ };

static void pause_a_little(void) {
  const struct timespec moment = {0, 20 * 1000 * 1000};
  nanosleep(&moment, NULL);
}

/* Starts the long job, and waits until it writes (a minute at most). */
static pid_t start_long_job(scratch *s, size_t files) {
  const char *arguments[MPI_RUN_MOST_ARGUMENTS];
  static const size_t dims[2] = {1, LONG_N};
  write_array(s, "w.npy", NPY_FLOAT32, 2, dims);
  make_sparse(s, "x.npy", LONG_ROWS, LONG_N);
  mpi_run_arguments(arguments, "3",
                    WORDS(WHOLE, FILES("w.npy", "x.npy", "y.npy"), "--threads", "1"));
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (chdir(s->folder) != 0 || freopen("err", "w", stderr) == NULL) _exit(126);
    execvp(arguments[0], (char *const *)arguments);
    _exit(127);
  }
  for (int i = 0; i < 3000 && scratch_count(s) < files; i++) pause_a_little();
  return child;
}

/* What ends mpirun leaves nothing behind. */
static void a_long_run_can_be_ended(void **state) {
  scratch *s = *state;
  const size_t files = SETUP_FILES + 3; /* w, x, err; and then what becomes y */
  int status = 0;
  const pid_t child = start_long_job(s, files + 1);
  const size_t seen = scratch_count(s);
  kill(child, SIGTERM);
  assert_int_equal(waitpid(child, &status, 0), child);
  for (int i = 0; i < 3000 && scratch_count(s) > files; i++) pause_a_little();
  assert_int_equal(seen, files + 1);
  assert_int_equal(scratch_count(s), files);
  assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The data get shorter under two of the ranks. */
static void shrinking_data_leave_nothing(void **state) {
  scratch *s = *state;
  const size_t files = SETUP_FILES + 3;
  char text[SCRATCH_TEXT] = "";
  int status = 0;
  const pid_t child = start_long_job(s, files + 1);
  assert_int_equal(truncate(scratch_path(s, "x.npy"), (off_t)LONG_ROWS * LONG_N / 3), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  scratch_read(s, "err", text, sizeof text - 1);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 0);
  assert_int_equal(own_lines(text), 1);
  if (strstr(text, "became shorter while it was read (rank 1 of 3)") == NULL) fail_msg("%s", text);
  assert_int_equal(scratch_count(s), files);
}

/* In full: data and offsets beyond 2^32 bytes. */
static void five_gigabytes(void **state) {
  scratch *s = *state;
  enum { COLUMNS = 1 << 12, MANY = 5 << 18 };
  static const size_t dims[2] = {2, COLUMNS};
  outcome result;
  if (!check_full()) skip();
  write_array(s, "w.npy", NPY_FLOAT32, 2, dims);
  make_sparse(s, "x.npy", MANY, COLUMNS);
  const int file = open(scratch_path(s, "x.npy"), O_WRONLY);
  const off_t end = lseek(file, 0, SEEK_END);
  for (off_t i = 1; i <= 5; i++) /* something in every part, at no even place */
    assert_int_equal(pwrite(file, "kron", 4, end / 5 * i - 4 * i), 4);
  close(file);
  run_alone(s, WORDS(ALONE, FILES("w.npy", "x.npy", "alone.npy")));
  mpi_run(s, "3", WORDS(WHOLE, FILES("w.npy", "x.npy", "y.npy")), 0, &result);
  check_success(&result);
  npy_array first, second;
  failure why;
  assert_true(npy_read(scratch_path(s, "alone.npy"), ALL, &first, &why));
  assert_true(npy_read(scratch_path(s, "y.npy"), ALL, &second, &why));
  assert_int_equal(first.header.data_bytes, (size_t)MANY * 2 * sizeof(float));
  assert_int_equal(second.header.data_bytes, first.header.data_bytes);
  assert_int_equal(memcmp(first.values, second.values, first.header.data_bytes), 0);
  size_t nonzero = 0;
  for (size_t i = 0; i < (size_t)MANY * 2; i++) nonzero += ((const float *)first.values)[i] != 0;
  assert_in_range(nonzero, 10, 20);
  npy_free(&first);
  npy_free(&second);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(every_number_of_ranks_writes_the_same),
      TEST(a_large_chain_writes_the_same),
      TEST(rounds_make_one_result),
      TEST(empty_arrays_have_their_shapes),
      TEST(instruction_sets),
      TEST(help_and_version_come_once),
      TEST(bad_input_gives_one_line),
      TEST(refused_memory_on_one_rank),
      TEST(full_disk_on_one_rank),
      TEST(a_long_run_can_be_ended),
      TEST(shrinking_data_leave_nothing),
      TEST(five_gigabytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

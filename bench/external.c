#include "external.h"

#include "support/npy.h"
#include "util.h"

#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The state of one form of the program. */
struct state {
  struct external *external;
  int number;
  struct task task;
};

static void path_of(const struct external *external, const char *name, char *path,
                    size_t capacity) {
  snprintf(path, capacity, "%s/%s", external->directory, name);
}

/* One line from the program, without its newline. */
static void answer(struct external *external, char *line, size_t capacity) {
  if (!fgets(line, (int)capacity, external->answers)) die("the --with program ended early");
  line[strcspn(line, "\n")] = '\0';
}

__attribute__((format(printf, 2, 3))) static void command(struct external *external,
                                                          const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(external->commands, format, arguments);
  va_end(arguments);
  if (fflush(external->commands) != 0) die("the --with program does not read its commands");
}

static void write_array(const struct external *external, const char *name, npy_type type,
                        size_t rows, size_t columns, const void *values) {
  char path[300];
  failure why;
  path_of(external, name, path, sizeof path);
  const size_t dims[] = {rows, columns};
  if (!npy_write(path, type, 2, dims, values, &why)) die("%s: %s", path, why.text);
}

/* Copies y from the program to where the session's forms write it. */
static int save(void *state_) {
  const struct state *state = state_;
  const struct task *task = &state->task;
  char line[64], path[300];
  command(state->external, "save %d\n", state->number);
  answer(state->external, line, sizeof line);
  if (strcmp(line, "saved") != 0) die("the --with program answered \"%s\" to save", line);
  path_of(state->external, "y.npy", path, sizeof path);
  size_t bytes = task->rows * task->blocks * task->m * y_size(task->type);
  npy_array y;
  failure why;
  if (!npy_read(path, bytes, &y, &why)) die("%s: %s", path, why.text);
  bool same = y.header.data_bytes == bytes && npy_type_size(y.header.type) == y_size(task->type);
  if (same) memcpy(task->y, y.values, bytes);
  npy_free(&y);
  return !same;
}

static struct times take_time(void *state_, size_t count) {
  const struct state *state = state_;
  char line[128];
  struct times times;
  command(state->external, "time %d %zu\n", state->number, count);
  answer(state->external, line, sizeof line);
  if (sscanf(line, "%lf %lf", &times.wall, &times.processor) != 2)
    die("the --with program answered \"%s\" to time", line);
  return times;
}

static void *prepare(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  snprintf(note, NOTE_SIZE, "%s", form->note);
  struct state *state = allocate(1, sizeof *state);
  *state = (struct state){form->context, form->parameter, *task};
  return state;
}

static void *leave_out(const struct form *form, const struct task *task, char note[NOTE_SIZE]) {
  (void)task;
  snprintf(note, NOTE_SIZE, "%s", form->note);
  return NULL;
}

static char *copy(const char *text) {
  size_t size = strlen(text) + 1;
  return memcpy(allocate(size, 1), text, size);
}

/* "form TYPE<tab>NAME<tab>NOTE" or "absent ...". */
static void add_form(struct external *external, char *line, int *number) {
  const char *kind = strtok(line, " "), *type = strtok(NULL, "\t"), *name = strtok(NULL, "\t");
  const char *note = strtok(NULL, "\t");
  if (!kind || !type || !name) die("the --with program listed a form without a type or a name");
  struct form form = {.group = GROUP_PEER, .run = save, .timed = take_time, .destroy = free};
  bool here = strcmp(kind, "form") == 0;
  form.prepare = here ? prepare : leave_out;
  form.parameter = here ? (*number)++ : 0;
  form.context = external;
  form.name = copy(name);
  form.note = copy(note ? note : "");
  for (enum type t = TYPE_F32; t < TYPE_COUNT; ++t)
    if (strcmp(type_name(t), type) == 0) form.types = 1U << t;
  external->forms = realloc(external->forms, (external->count + 1) * sizeof *external->forms);
  if (!external->forms) die("no memory");
  external->forms[external->count++] = form;
}

static void ask_forms(struct external *external, const struct dataset *data, unsigned types) {
  char line[512];
  command(external, "load %s %zu %zu", external->directory, data->size.rows, data->size.blocks);
  for (enum type type = TYPE_F32; type < TYPE_COUNT; ++type)
    if (types >> type & 1U) command(external, " %s", type_name(type));
  command(external, "\n");
  int number = 0;
  for (answer(external, line, sizeof line); strcmp(line, "ready") != 0;
       answer(external, line, sizeof line))
    add_form(external, line, &number);
}

static void remove_array(const struct external *external, const char *name) {
  char path[300];
  path_of(external, name, path, sizeof path);
  unlink(path);
}

/* The directories that exist, so that a run that ends early can remove them. */
static const struct external *opened[8];

static void remember(const struct external *external, bool open) {
  const struct external *from = open ? NULL : external, *to = open ? external : NULL;
  for (size_t i = 0; i < sizeof opened / sizeof *opened; ++i)
    if (opened[i] == from) {
      opened[i] = to;
      return;
    }
}

static void remove_directory(const struct external *external) {
  remove_array(external, "x.npy");
  remove_array(external, "w.npy");
  remove_array(external, "y.npy");
  rmdir(external->directory);
}

static void remove_opened(void) {
  for (size_t i = 0; i < sizeof opened / sizeof *opened; ++i)
    if (opened[i]) remove_directory(opened[i]);
}

static void make_directory(struct external *external) {
  static bool registered;
  const char *parent = getenv("TMPDIR");
  snprintf(external->directory, sizeof external->directory, "%s/kron_eye_bench.XXXXXX",
           parent ? parent : "/tmp");
  if (!mkdtemp(external->directory)) die("%s: cannot be created", external->directory);
  if (!registered) registered = atexit(remove_opened) == 0;
  remember(external, true);
}

/* In the child: sets the numbers of threads that libraries read when they start. */
static void set_thread_variables(size_t threads) {
  static const char *const names[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
                                      "BLIS_NUM_THREADS"};
  char number[24];
  snprintf(number, sizeof number, "%zu", threads);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) setenv(names[i], number, 1);
}

static void start(struct external *external, const char *shell_command, size_t threads) {
  int commands[2], answers[2];
  if (pipe(commands) != 0 || pipe(answers) != 0) die("cannot create a pipe for the --with program");
  fflush(NULL);
  external->process = fork();
  if (external->process < 0) die("cannot start a process for the --with program");
  if (external->process == 0) {
    dup2(commands[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    for (size_t i = 0; i < 2; ++i) {
      close(commands[i]);
      close(answers[i]);
    }
    set_thread_variables(threads);
    execl("/bin/sh", "sh", "-c", shell_command, (char *)NULL);
    _exit(127);
  }
  close(commands[0]);
  close(answers[1]);
  external->commands = fdopen(commands[1], "w");
  external->answers = fdopen(answers[0], "r");
  if (!external->commands || !external->answers) die("no memory");
}

void external_open(struct external *external, const char *shell_command, const struct dataset *data,
                   unsigned types, size_t threads) {
  memset(external, 0, sizeof *external);
  signal(SIGPIPE, SIG_IGN); /* if the program has ended, fflush() fails, and we print a message */
  make_directory(external);
  const struct dimensions *size = &data->size;
  write_array(external, "x.npy", NPY_FLOAT32, size->rows, size->blocks * size->n, data->x_f32);
  write_array(external, "w.npy", NPY_FLOAT64, size->m, size->n, data->w_f64);
  start(external, shell_command, threads);
  ask_forms(external, data, types);
  remove_array(external, "x.npy"); /* read by now */
  remove_array(external, "w.npy");
}

struct form_list external_forms(const struct external *external) {
  return (struct form_list){external->count, external->forms};
}

void external_close(struct external *external) {
  fclose(external->commands);
  fclose(external->answers);
  waitpid(external->process, NULL, 0);
  remove_directory(external);
  remember(external, false);
}

void external_free(struct external *external) {
  for (size_t i = 0; i < external->count; ++i) {
    free((void *)(uintptr_t)external->forms[i].name);
    free((void *)(uintptr_t)external->forms[i].note);
  }
  free(external->forms);
}

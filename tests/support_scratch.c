/* support_scratch.c - see the header. Every failure here fails the test. */
#include "support_scratch.h"

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

int scratch_setup(void **state) {
  scratch *s = calloc(1, sizeof *s);
  if (s == NULL) return -1;
  strcpy(s->folder, "/tmp/kron_eye_test_XXXXXX");
  *state = s;
  return mkdtemp(s->folder) == NULL ? -1 : 0;
}

/* Calls visit on every entry's path; returns how many there are. */
static size_t each_entry(const scratch *s, int (*visit)(const char *path)) {
  size_t count = 0;
  DIR *folder = opendir(s->folder);
  assert_non_null(folder);
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char path[SCRATCH_TEXT];
    snprintf(path, sizeof path, "%s/%s", s->folder, entry->d_name);
    if (visit != NULL) visit(path);
    ++count;
  }
  closedir(folder);
  return count;
}

int scratch_teardown(void **state) {
  scratch *s = *state;
  each_entry(s, remove);
  const int status = rmdir(s->folder);
  free(s);
  return status;
}

size_t scratch_count(const scratch *s) {
  return each_entry(s, NULL);
}

const char *scratch_path(scratch *s, const char *name) {
  snprintf(s->path, sizeof s->path, "%s/%s", s->folder, name);
  return s->path;
}

const char *scratch_write(scratch *s, const char *name, const void *data, size_t size) {
  FILE *file = fopen(scratch_path(s, name), "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
  return s->path;
}

const char *scratch_write_gzip(scratch *s, const char *name, const void *data, size_t size) {
  gzFile file = gzopen(scratch_path(s, name), "wb1");
  assert_non_null(file);
  if (size > 0) assert_int_equal(gzwrite(file, data, (unsigned)size), size);
  assert_int_equal(gzclose(file), Z_OK);
  return s->path;
}

size_t scratch_read(scratch *s, const char *name, void *data, size_t capacity) {
  FILE *file = fopen(scratch_path(s, name), "rb");
  assert_non_null(file);
  const size_t size = fread(data, 1, capacity, file);
  fclose(file);
  return size;
}

/* In the child: sets the directory, the limit and the outputs, then runs the program. */
static void become(const char *folder, const char *const *arguments, size_t file_limit,
                   const int output[2]) {
  const struct rlimit limit = {file_limit, file_limit};
  if (file_limit != 0 && setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(126);
  if (chdir(folder) != 0 || dup2(output[0], 1) < 0 || dup2(output[1], 2) < 0) _exit(126);
  execv(arguments[0], (char *const *)arguments);
  _exit(127);
}

/* An unnamed file for a program's output. */
static int unnamed_file(const scratch *s) {
  char path[SCRATCH_TEXT];
  snprintf(path, sizeof path, "%s/output_XXXXXX", s->folder);
  const int descriptor = mkstemp(path);
  assert_true(descriptor >= 0);
  unlink(path);
  return descriptor;
}

static void take_output(int descriptor, char text[SCRATCH_TEXT]) {
  const ssize_t size = pread(descriptor, text, SCRATCH_TEXT - 1, 0);
  assert_true(size >= 0);
  text[size] = '\0';
  close(descriptor);
}

void scratch_run(scratch *s, const char *const *arguments, size_t file_limit, outcome *result) {
  const int output[2] = {unnamed_file(s), unnamed_file(s)};
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) become(s->folder, arguments, file_limit, output);
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  result->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  take_output(output[0], result->out);
  take_output(output[1], result->err);
}

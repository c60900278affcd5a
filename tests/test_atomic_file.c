/* test_atomic_file.c - a file appears under its name complete or not at all, whatever happens. */
#include "check.h"
#include "support_scratch.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/atomic_file.h"

static const char OLD[] = "what was there before";
static const char NEW[] = "the new content, a little longer";

/* The output's path, which later calls of scratch_path() do not change. */
static const char *out_path(const scratch *s) {
  static char path[sizeof s->folder + sizeof "/out"];
  snprintf(path, sizeof path, "%s/out", s->folder);
  return path;
}

static void check_content(scratch *s, const char *expected) {
  char content[256];
  const size_t size = scratch_read(s, "out", content, sizeof content);
  assert_int_equal(size, strlen(expected));
  assert_memory_equal(content, expected, size);
}

/* Until the commit, the name is missing or has the old content; no second file remains. */
static void commit_makes_the_file_appear(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  atomic_file file;
  failure why;
  for (int round = 0; round < 2; round++) {
    if (round == 1) scratch_write(s, "out", OLD, strlen(OLD));
    assert_true(atomic_file_begin(&file, path, &why));
    assert_true(atomic_file_write(&file, NEW, 3, &why));
    assert_true(atomic_file_write(&file, NEW + 3, strlen(NEW) - 3, &why));
    assert_int_equal(access(path, F_OK) == 0, round == 1);
    if (round == 1) check_content(s, OLD);
    assert_true(atomic_file_commit(&file, &why));
    check_content(s, NEW);
    assert_int_equal(scratch_count(s), 1);
  }
}

static void abandon_leaves_what_was_there(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  scratch_write(s, "out", OLD, strlen(OLD));
  atomic_file file;
  failure why;
  assert_true(atomic_file_begin(&file, path, &why));
  assert_true(atomic_file_write(&file, NEW, strlen(NEW), &why));
  atomic_file_abandon(&file);
  check_content(s, OLD);
  assert_int_equal(scratch_count(s), 1);
}

static void permissions_of_the_old_file_stay(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  scratch_write(s, "out", OLD, strlen(OLD));
  assert_int_equal(chmod(path, 0600), 0);
  atomic_file file;
  failure why;
  assert_true(atomic_file_begin(&file, path, &why));
  assert_true(atomic_file_commit(&file, &why));
  struct stat now;
  assert_int_equal(stat(path, &now), 0);
  assert_int_equal(now.st_mode & 0777, 0600);
}

/*
 * A rename over a device or a directory would be harmful or confusing, so it is refused at once.
 * Devices are reached through links in the scratch directory, so that a broken library harms only
 * the links.
 */
static void only_plain_files_are_replaced(void **state) {
  scratch *s = *state;
  static const char *const names[] = {"null", "full", "pipe", "folder", "absent/out"};
  assert_int_equal(symlink("/dev/null", scratch_path(s, "null")), 0);
  assert_int_equal(symlink("/dev/full", scratch_path(s, "full")), 0);
  assert_int_equal(symlink(s->folder, scratch_path(s, "folder")), 0);
  assert_int_equal(mkfifo(scratch_path(s, "pipe"), 0600), 0);
  atomic_file file;
  failure why;
  size_t cases = 0;
  for (; cases < sizeof names / sizeof *names; cases++) {
    assert_false(atomic_file_begin(&file, scratch_path(s, names[cases]), &why));
    assert_string_equal(why.text, cases < 4 ? "cannot be written: not a regular file"
                                            : "cannot be written: No such file or directory");
  }
  check_cases("names that are no plain file", cases, 5);
  assert_false(atomic_file_begin(&file, "", &why));
  assert_string_equal(why.text, "cannot be written: the name is empty");
  assert_int_equal(scratch_count(s), 4);
}

/* The link stays, and the file that it leads to, in another folder, is replaced. */
static void a_symbolic_link_stays_one(void **state) {
  scratch *s = *state;
  char folder[SCRATCH_TEXT], target[SCRATCH_TEXT];
  snprintf(folder, sizeof folder, "%s/folder", s->folder);
  snprintf(target, sizeof target, "%.200s/target", folder);
  assert_int_equal(mkdir(folder, 0700), 0);
  assert_int_equal(symlink("folder/target", scratch_path(s, "out")), 0);
  scratch_write(s, "folder/target", OLD, strlen(OLD));
  atomic_file file;
  failure why;
  if (!atomic_file_begin(&file, out_path(s), &why)) fail_msg("%s", why.text);
  assert_true(atomic_file_write(&file, NEW, strlen(NEW), &why));
  assert_true(atomic_file_commit(&file, &why));
  struct stat entry;
  assert_int_equal(lstat(out_path(s), &entry), 0);
  assert_true(S_ISLNK(entry.st_mode));
  check_content(s, NEW);
  assert_int_equal(lstat(target, &entry), 0);
  assert_true(S_ISREG(entry.st_mode));
  assert_int_equal(scratch_count(s), 2);
  assert_int_equal(remove(target), 0);
  assert_false(atomic_file_begin(&file, out_path(s), &why)); /* now it leads nowhere */
  assert_non_null(strstr(why.text, "leads nowhere"));
  assert_int_equal(scratch_count(s), 2);
}

/* A check leaves what was there, and nothing else. */
static void check_finds_what_begin_would(void **state) {
  scratch *s = *state;
  char folder[SCRATCH_TEXT];
  snprintf(folder, sizeof folder, "%s", s->folder);
  failure why;
  assert_true(atomic_file_check(out_path(s), NULL, 0, &why));
  assert_int_equal(scratch_count(s), 0);
  scratch_write(s, "out", OLD, strlen(OLD));
  assert_int_equal(symlink("out", scratch_path(s, "link")), 0);
  const char *const others[] = {"/dev/null", folder};
  const char *const inputs[] = {"/dev/null", s->path};
  assert_true(atomic_file_check(out_path(s), others, 2, &why));
  assert_false(atomic_file_check(out_path(s), inputs, 2, &why));
  assert_non_null(strstr(why.text, "is the input"));
  assert_false(atomic_file_check("-", NULL, 0, &why));
  assert_false(atomic_file_check(folder, NULL, 0, &why));
  check_content(s, OLD);
  assert_int_equal(scratch_count(s), 2);
}

static void second_file_waits_for_the_first(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  atomic_file first;
  atomic_file second;
  failure why;
  assert_true(atomic_file_begin(&first, path, &why));
  assert_false(atomic_file_begin(&second, scratch_path(s, "other"), &why));
  assert_true(atomic_file_commit(&first, &why));
  assert_true(atomic_file_begin(&second, scratch_path(s, "other"), &why));
  atomic_file_abandon(&second);
  assert_int_equal(scratch_count(s), 1);
}

/* If a directory appears under the name meanwhile, the rename fails and the temporary file is
 * removed. */
static void failed_rename_leaves_nothing(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  atomic_file file;
  failure why;
  assert_true(atomic_file_begin(&file, path, &why));
  assert_int_equal(mkdir(path, 0700), 0);
  assert_false(atomic_file_commit(&file, &why));
  assert_non_null(strstr(why.text, "Is a directory"));
  assert_int_equal(scratch_count(s), 1);
}

/* In a child with the signals handled and a file of at most 64 bytes half written: raises the
 * signal or, for 0, writes beyond the limit. */
static int half_write(const char *path, int number) {
  const struct rlimit limit = {64, 64};
  const char block[100] = {0};
  atomic_file file;
  failure why;
  atomic_file_handle_signals();
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  if (!atomic_file_begin(&file, path, &why) || !atomic_file_write(&file, NEW, 5, &why)) return 3;
  if (number != 0) raise(number);
  if (atomic_file_write(&file, block, sizeof block, &why)) return 4;
  atomic_file_abandon(&file);
  return strstr(why.text, "File too large") != NULL ? 0 : 5;
}

static int run_half_write(const char *path, int number) {
  fflush(NULL);
  const pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(half_write(path, number));
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void failed_write_and_signals_leave_nothing(void **state) {
  scratch *s = *state;
  static const int numbers[] = {0, SIGINT, SIGTERM, SIGHUP};
  const char *path = out_path(s);
  size_t cases = 0;
  for (int before = 0; before < 2; before++) {
    if (before) scratch_write(s, "out", OLD, strlen(OLD));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++, cases++) {
      const int status = run_half_write(path, numbers[i]);
      if (numbers[i] == 0) {
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
      } else {
        assert_true(WIFSIGNALED(status)); /* the signal still ends the process */
        assert_int_equal(WTERMSIG(status), numbers[i]);
      }
      assert_int_equal(scratch_count(s), before);
      if (before) check_content(s, OLD);
    }
  }
  check_cases("interrupted writes", cases, 8);
}

/* A signal that was ignored before (nohup) stays ignored. */
static void ignored_signals_stay_ignored(void **state) {
  scratch *s = *state;
  const char *path = out_path(s);
  void (*before)(int) = signal(SIGHUP, SIG_IGN);
  const int status = run_half_write(path, SIGHUP);
  signal(SIGHUP, before);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
  const struct CMUnitTest tests[] = {
      TEST(commit_makes_the_file_appear),
      TEST(abandon_leaves_what_was_there),
      TEST(permissions_of_the_old_file_stay),
      TEST(only_plain_files_are_replaced),
      TEST(second_file_waits_for_the_first),
      TEST(failed_rename_leaves_nothing),
      TEST(failed_write_and_signals_leave_nothing),
      TEST(ignored_signals_stay_ignored),
      TEST(a_symbolic_link_stays_one),
      TEST(check_finds_what_begin_would),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "support/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The temporary file's name, read by the signal handler; valid while `pending` is set. */
static char temporary[PATH_MAX];
static atomic_bool pending;
static char final[PATH_MAX]; /* what the temporary file becomes */

static void forget_temporary(void) {
  atomic_store(&pending, false);
}

static void remove_temporary(void) {
  unlink(temporary);
  forget_temporary();
}

/* SA_RESETHAND has put the default action back, so the second raise ends the process. */
static void on_signal(int number) {
  if (atomic_load(&pending)) unlink(temporary);
  raise(number);
}

void atomic_file_handle_signals(void) {
  const int fatal[] = {SIGINT, SIGTERM, SIGHUP, SIGBUS /* a mapped input that was truncated */};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; ++i) {
    struct sigaction before;
    if (sigaction(fatal[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(fatal[i], &action, NULL);
    }
  }
  signal(SIGXFSZ, SIG_IGN);
}

/* rename() would replace a device or a pipe by a regular file, so only regular files are replaced.
 */
static bool find_mode(const char *path, mode_t *mode, failure *why) {
  struct stat existing;
  if (stat(path, &existing) != 0) {
    if (errno != ENOENT) return explain(why, "cannot be written: %s", strerror(errno));
    *mode = 0666;
    return true;
  }
  if (!S_ISREG(existing.st_mode)) return explain(why, "cannot be written: not a regular file");
  *mode = existing.st_mode & 0777;
  return true;
}

/* The name itself, or the file that a symbolic link leads to. */
static bool find_final(const char *path, failure *why) {
  struct stat entry;
  if (lstat(path, &entry) == 0 && S_ISLNK(entry.st_mode)) {
    if (realpath(path, final) != NULL) return true;
    return explain(why, "cannot be written: a symbolic link that leads nowhere: %s",
                   strerror(errno));
  }
  const int length = snprintf(final, sizeof final, "%s", path);
  if (length >= 0 && (size_t)length < sizeof final) return true;
  return explain(why, "cannot be written: its name is too long");
}

bool atomic_file_begin(atomic_file *file, const char *path, failure *why) {
  mode_t mode = 0;
  if (atomic_load(&pending)) return explain(why, "cannot be written: another output is still open");
  if (path[0] == '\0') return explain(why, "cannot be written: the name is empty");
  if (!find_mode(path, &mode, why) || !find_final(path, why)) return false;
  const int length = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", final, (long)getpid());
  if (length < 0 || (size_t)length >= sizeof temporary) {
    return explain(why, "cannot be written: its name is too long");
  }
  /* Announced before it exists: the handler's unlink() of a missing file does no harm. */
  atomic_store(&pending, true);
  const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (descriptor < 0) {
    forget_temporary();
    return explain(why, "cannot be written: %s", strerror(errno));
  }
  *file = (atomic_file){descriptor};
  return true;
}

const char *atomic_file_temporary(void) {
  return temporary;
}

void atomic_file_guard(const char *name) {
  forget_temporary();
  if (name == NULL || strlen(name) >= sizeof temporary) return;
  strcpy(temporary, name);
  atomic_store(&pending, true);
}

bool atomic_file_write(atomic_file *file, const void *data, size_t size, failure *why) {
  const size_t longest = (size_t)1 << 30; /* bytes; Linux transfers less than 2 GiB per call */
  const char *bytes = data;
  while (size > 0) {
    const ssize_t step = write(file->descriptor, bytes, size < longest ? size : longest);
    if (step < 0 && errno == EINTR) continue;
    if (step < 0) return explain(why, "cannot be written: %s", strerror(errno));
    bytes += step;
    size -= (size_t)step;
  }
  return true;
}

bool atomic_file_commit(atomic_file *file, failure *why) {
  const bool synced = fsync(file->descriptor) == 0;
  const int sync_error = errno;
  const bool closed = close(file->descriptor) == 0;
  if (synced && closed && rename(temporary, final) == 0) {
    forget_temporary();
    return true;
  }
  explain(why, "cannot be written: %s", strerror(synced ? errno : sync_error));
  remove_temporary();
  return false;
}

void atomic_file_abandon(atomic_file *file) {
  close(file->descriptor);
  remove_temporary();
}

bool atomic_file_check(const char *path, const char *const *inputs, size_t count, failure *why) {
  struct stat output;
  struct stat input;
  if (strcmp(path, "-") == 0) {
    return explain(why, "is no name for an output: ./- is a file of that name, and there is no "
                        "writing to standard output");
  }
  const bool exists = stat(path, &output) == 0;
  for (size_t i = 0; exists && i < count; ++i) {
    if (stat(inputs[i], &input) == 0 && input.st_dev == output.st_dev &&
        input.st_ino == output.st_ino) {
      return explain(why, "cannot be written: it is the input %s", inputs[i]);
    }
  }
  atomic_file file;
  if (!atomic_file_begin(&file, path, why)) return false;
  atomic_file_abandon(&file);
  return true;
}

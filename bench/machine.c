#define _GNU_SOURCE /* sched_getaffinity, getloadavg */
#include "machine.h"

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of the first line "key : value" of /proc/cpuinfo. */
static bool cpuinfo(const char *key, char *value, size_t capacity) {
  FILE *file = fopen("/proc/cpuinfo", "r");
  char line[512];
  bool found = false;
  while (file && !found && fgets(line, sizeof line, file)) {
    char *colon = strchr(line, ':');
    if (strncmp(line, key, strlen(key)) != 0 || !colon) continue;
    line[strcspn(line, "\n")] = '\0';
    snprintf(value, capacity, "%s", colon + 1 + strspn(colon + 1, " \t"));
    found = true;
  }
  if (file) fclose(file);
  return found;
}

static bool cache_file(int index, const char *name, char *text, size_t capacity) {
  char path[96];
  snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
  FILE *file = fopen(path, "r");
  bool good = file && fgets(text, (int)capacity, file);
  if (file) fclose(file);
  if (good) text[strcspn(text, "\n")] = '\0';
  return good;
}

/* CPUs in a list such as "0-3,8-11". */
static int list_length(const char *list) {
  int count = 0;
  for (const char *at = list; *at;) {
    char *end;
    long first = strtol(at, &end, 10), last = first;
    if (end == at) break;
    if (*end == '-') last = strtol(end + 1, &end, 10);
    count += (int)(last - first + 1);
    at = *end == ',' ? end + 1 : end;
  }
  return count;
}

static void find_caches(struct machine *machine) {
  const int most = sizeof machine->caches / sizeof *machine->caches;
  char text[128];
  for (int i = 0; i < most && cache_file(i, "size", text, sizeof text); ++i) {
    struct cache *cache = &machine->caches[machine->cache_count++];
    cache->bytes = (size_t)strtoul(text, NULL, 10) * (strchr(text, 'M') ? 1048576 : 1024);
    if (cache_file(i, "level", text, sizeof text)) cache->level = (int)strtol(text, NULL, 10);
    cache_file(i, "type", cache->type, sizeof cache->type);
    if (cache_file(i, "shared_cpu_list", text, sizeof text)) cache->sharing = list_length(text);
  }
}

void machine_describe(struct machine *machine) {
  memset(machine, 0, sizeof *machine);
  char text[64];
  if (!cpuinfo("model name", machine->cpu, sizeof machine->cpu))
    strcpy(machine->cpu, "unknown CPU");
  if (cpuinfo("cpu MHz", text, sizeof text)) machine->mhz = strtod(text, NULL);
  cpu_set_t set;
  machine->cpus = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) machine->cpus = (size_t)CPU_COUNT(&set);
  if (getloadavg(machine->load, 3) < 0) memset(machine->load, 0, sizeof machine->load);
  gethostname(machine->host, sizeof machine->host - 1);
  find_caches(machine);
}

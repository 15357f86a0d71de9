#define _GNU_SOURCE
#include "on_demand.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void *lenscap_find(const char *names, const char *name) {
  void *handle = NULL;
  for (const char *next = names; !handle && *next; next += strlen(next) + 1) handle = dlopen(next, RTLD_NOW | RTLD_LOCAL);
  // For its error: the first name is the usual one.
  if (!handle) handle = dlopen(names, RTLD_NOW | RTLD_LOCAL);
  void *function = handle ? dlsym(handle, name) : NULL;
  if (!function) {
    fprintf(stderr, "%s: a shared library cannot be used: %s\n", program_invocation_short_name, dlerror());
    _exit(127);
  }
  return function;
}

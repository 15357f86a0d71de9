#define _GNU_SOURCE
#include "on_demand.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

void *lenscap_find(const char *library, const char *name) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  void *function = handle ? dlsym(handle, name) : NULL;
  if (!function) {
    fprintf(stderr, "%s: a shared library cannot be used: %s\n", program_invocation_short_name, dlerror());
    _exit(127);
  }
  return function;
}

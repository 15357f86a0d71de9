#pragma once

/// A function of a shared library that is loaded when the first of its functions is called. Most commands call none, and a library with all
/// that it needs takes memory and time at every start. Ends the program with 127, as the loader does, where the library is not there.
///
/// names: of the library, on different systems, each with a zero behind it; an empty one ends the list.
void *lenscap_find(const char *names, const char *name);

/// Defines a function of the library that `LIBRARY` names, under its own name. Its header has to be included before.
#define LENSCAP_ON_DEMAND(type, name, parameters, arguments)                                                                             \
  type name parameters {                                                                                                                 \
    static __typeof__(name) *_Atomic function;                                                                                           \
    if (!function) function = (__typeof__(name) *)lenscap_find(LIBRARY, #name);                                                          \
    return function arguments;                                                                                                           \
  }

#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer with the options of a command line, over a function that takes one input. Linking with `-sanitize=fuzzer` brings it.
int LLVMFuzzerRunDriver(int *_Nonnull argc, char *_Nullable *_Nonnull *_Nonnull argv, int (*_Nonnull body)(const uint8_t *_Nonnull, size_t));

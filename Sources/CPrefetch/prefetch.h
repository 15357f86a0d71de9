#pragma once

/* Asks for the cache line at an address, which need not be valid. Swift has no such instruction. */
static inline void lenscap_prefetch(const void *_Nullable address) { __builtin_prefetch(address, 1, 3); }

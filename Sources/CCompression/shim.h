#include <lzma.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

// Macros with casts, which Swift does not import.
static inline uint32_t lenscap_lzma_concatenated(void) { return LZMA_CONCATENATED; }
static inline int lenscap_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

/// Limits against decompression bombs. Memory is bounded anyway, so they bound time.
///
/// The densest real capture is a flood of equal packets: per 1,500 bytes only a time stamp changes, at most about 300 : 1.
struct DecompressionLimits: Sendable {
  /// Bytes of output from which on the ratio is judged.
  var ratioAppliesFrom: UInt64 = 64 << 20
  /// Bytes of output per byte of input. Deflate itself ends at 1,032.
  var ratio: UInt64 = 1000
  /// Bytes of output altogether.
  var total: UInt64 = 256 << 30

  /// Bytes that xz may allocate; `xz -9` needs 65 MiB.
  static let xzMemory = 256 << 20
  /// The logarithm of zstd's window: 128 MiB, as the zstd tool allows without `--long`.
  static let zstdWindowLog: Int32 = 27

  func allow(output: UInt64, from input: UInt64) -> Bool {
    guard output <= total else { return false }
    return output <= ratioAppliesFrom || output / max(input, 1) <= ratio
  }
}

/// Limits against decompression bombs. They bound time; memory is bounded anyway.
///
/// The densest real capture is a flood of equal packets: only the time stamp differs in each 1,500 bytes, which gives about 300 : 1.
struct DecompressionLimits: Sendable {
  /// Bytes of output after which the ratio is checked.
  var ratioAppliesFrom: UInt64 = 64 << 20
  /// Bytes of output per byte of input. Deflate reaches 1,032 at most.
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

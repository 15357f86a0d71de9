/// A decompressor that works piece by piece.
protocol Decoder: AnyObject {
  /// Decompresses some of `input` into `output`, which must not be empty. `isLast`: no more input follows.
  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep
}

/// The result of one call of a decoder. The output is valid even if the outcome is a fault.
struct DecodeStep {
  enum Outcome {
    case more
    case finished
    case fault(DecompressionFault)
  }

  var consumed = 0
  var produced = 0
  var outcome = Outcome.more
}

extension Compression {
  /// Nil if there is not enough memory.
  func makeDecoder() -> (any Decoder)? {
    switch self {
    case .gzip: GzipDecoder()
    case .xz: XZDecoder()
    case .zstd: ZstdDecoder()
    }
  }
}

/// A decompressor that is fed pieces and gives pieces.
protocol Decoder: AnyObject {
  /// Turns some of `input` to some of `output`, which is not empty. `isLast`: no input follows this one.
  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep
}

/// What one call of a decoder did. Output is good even where the outcome is a fault.
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
  /// Nil where memory is short.
  func makeDecoder() -> (any Decoder)? {
    switch self {
    case .gzip: GzipDecoder()
    case .xz: XZDecoder()
    case .zstd: ZstdDecoder()
    }
  }
}

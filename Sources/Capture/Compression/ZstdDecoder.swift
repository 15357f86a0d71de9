import CCompression

/// RFC 8878: consecutive frames, including skippable ones, are one stream.
final class ZstdDecoder: Decoder {
  private let context: OpaquePointer
  private var isBetweenFrames = false

  init?() {
    guard let context = ZSTD_createDCtx() else { return nil }
    self.context = context
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, DecompressionLimits.zstdWindowLog)
  }

  deinit { ZSTD_freeDCtx(context) }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep {
    if isBetweenFrames, input.isEmpty { return DecodeStep(outcome: isLast ? .finished : .more) }
    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = ZSTD_decompressStream(context, &target, &source)
    var step = DecodeStep(consumed: source.pos, produced: target.pos)
    if ZSTD_isError(result) != 0 {
      step.outcome = .fault(
        ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
          ? .needsMemory(limit: 1 << Int(DecompressionLimits.zstdWindowLog))
          : .damaged(String(cString: ZSTD_getErrorName(result))))
    } else {
      isBetweenFrames = result == 0
    }
    return step
  }
}

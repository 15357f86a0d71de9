import CCompression

/// RFC 8878: consecutive frames, including skippable ones, are one stream.
@safe final class ZstdDecoder: Decoder {
  private let context: OpaquePointer
  private var isBetweenFrames = false

  init?() {
    guard let context = unsafe ZSTD_createDCtx() else { return nil }
    unsafe self.context = unsafe context
    unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, DecompressionLimits.zstdWindowLog)
  }

  deinit { unsafe ZSTD_freeDCtx(context) }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep {
    if isBetweenFrames, unsafe input.isEmpty { return DecodeStep(outcome: isLast ? .finished : .more) }
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(context, &target, &source)
    var step = unsafe DecodeStep(consumed: source.pos, produced: target.pos)
    if ZSTD_isError(result) != 0 {
      step.outcome = unsafe .fault(
        ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
          ? .needsMemory(limit: 1 << Int(DecompressionLimits.zstdWindowLog))
          : .damaged(String(cString: ZSTD_getErrorName(result))))
    } else {
      isBetweenFrames = result == 0
    }
    return step
  }
}

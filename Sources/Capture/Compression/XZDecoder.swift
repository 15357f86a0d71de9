import CCompression

/// .xz streams, concatenated and padded as the format allows (section 2.2 of its description).
@safe final class XZDecoder: Decoder {
  private let stream: UnsafeMutablePointer<lzma_stream>

  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())  // all zero, which is LZMA_STREAM_INIT
    let code = unsafe lzma_stream_decoder(stream, UInt64(DecompressionLimits.xzMemory), lenscap_lzma_concatenated())
    guard code == LZMA_OK else {
      unsafe stream.deallocate()
      return nil
    }
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep {
    unsafe stream.pointee.next_in = unsafe input.assumingMemoryBound(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_in = input.count
    unsafe stream.pointee.next_out = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = output.count
    let code = unsafe lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
    let outcome: DecodeStep.Outcome =
      switch code {
      case LZMA_OK, LZMA_BUF_ERROR: .more
      case LZMA_STREAM_END: .finished
      case LZMA_MEMLIMIT_ERROR: .fault(.needsMemory(limit: DecompressionLimits.xzMemory))
      case LZMA_MEM_ERROR: .fault(.damaged("out of memory"))
      case LZMA_FORMAT_ERROR: .fault(.damaged("other data follows its end"))
      case LZMA_OPTIONS_ERROR: .fault(.damaged("unsupported options"))
      default: .fault(.damaged("corrupt data"))
      }
    return unsafe DecodeStep(
      consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out, outcome: outcome)
  }
}

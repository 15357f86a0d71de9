import CCompression

/// RFC 1952: consecutive members are one stream; zero bytes after a member are padding, such as that of tape blocks.
@safe final class GzipDecoder: Decoder {
  // On the heap, because zlib's state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = false

  init?() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe lenscap_inflate_init_gzip(stream) == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep {
    var step = DecodeStep()
    if isBetweenMembers {
      step.consumed = unsafe input.prefix { $0 == 0 }.count
      if step.consumed == input.count {
        if isLast { step.outcome = .finished }
        return step
      }
      guard unsafe input[step.consumed] == 0x1f else {
        step.outcome = .fault(.damaged("other data follows its end"))
        return step
      }
      isBetweenMembers = false
      unsafe inflateReset(stream)
    }
    let rest = unsafe UnsafeRawBufferPointer(rebasing: input[step.consumed...])
    let room = min(output.count, Int(UInt32.max))
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: rest.assumingMemoryBound(to: UInt8.self).baseAddress)
    unsafe stream.pointee.avail_in = UInt32(clamping: rest.count)
    unsafe stream.pointee.next_out = unsafe output.assumingMemoryBound(to: UInt8.self).baseAddress
    unsafe stream.pointee.avail_out = UInt32(room)
    let offered = unsafe Int(stream.pointee.avail_in)
    let code = unsafe inflate(stream, Z_NO_FLUSH)
    unsafe step.consumed += offered - Int(stream.pointee.avail_in)
    step.produced = unsafe room - Int(stream.pointee.avail_out)
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      isBetweenMembers = true
      if isLast, step.consumed == input.count { step.outcome = .finished }
    default:
      step.outcome = unsafe .fault(.damaged(stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib error \(code)"))
    }
    return step
  }
}

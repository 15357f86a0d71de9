import CCompression

/// RFC 1952: consecutive members are one stream; zero bytes after a member are padding, such as that of tape blocks.
final class GzipDecoder: Decoder {
  // On the heap, because zlib's state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var isBetweenMembers = false

  init?() {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    guard lenscap_inflate_init_gzip(stream) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  func decode(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, isLast: Bool) -> DecodeStep {
    var step = DecodeStep()
    if isBetweenMembers {
      step.consumed = input.prefix { $0 == 0 }.count
      if step.consumed == input.count {
        if isLast { step.outcome = .finished }
        return step
      }
      guard input[step.consumed] == 0x1f else {
        step.outcome = .fault(.damaged("other data follows its end"))
        return step
      }
      isBetweenMembers = false
      inflateReset(stream)
    }
    let rest = UnsafeRawBufferPointer(rebasing: input[step.consumed...])
    let room = min(output.count, Int(UInt32.max))
    stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.assumingMemoryBound(to: UInt8.self).baseAddress)
    stream.pointee.avail_in = UInt32(clamping: rest.count)
    stream.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
    stream.pointee.avail_out = UInt32(room)
    let offered = Int(stream.pointee.avail_in)
    let code = inflate(stream, Z_NO_FLUSH)
    step.consumed += offered - Int(stream.pointee.avail_in)
    step.produced = room - Int(stream.pointee.avail_out)
    switch code {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      isBetweenMembers = true
      if isLast, step.consumed == input.count { step.outcome = .finished }
    default:
      step.outcome = .fault(.damaged(stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)"))
    }
    return step
  }
}

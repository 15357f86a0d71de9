import Glibc

/// The bytes of a file or of standard input, decompressed if they begin like gzip, xz or zstd.
///
/// Never seeks, so it can read a pipe. Memory is bounded by the input buffer and the limits of `DecompressionLimits`.
@safe final class ByteSource {
  /// Bytes of compressed input read at once.
  static let inputCapacity = 256 << 10
  /// Bytes read at first, to see whether the input is compressed.
  private static let firstCapacity = 4 << 10

  let path: String
  private(set) var compression: Compression?
  /// Bytes delivered, after decompression.
  private(set) var produced: UInt64 = 0

  /// Called before each wait for input, and ten times a second while none arrives; false ends the input.
  private let whileWaiting: (() -> Bool)?
  private static let longestWait: Int32 = 100  // milliseconds

  private let descriptor: Int32
  private let limits: DecompressionLimits
  private var decoder: (any Decoder)?
  /// Bytes read and not yet used: the first bytes of a plain file, or compressed input.
  private var input: UnsafeMutableRawBufferPointer
  private var inputStart = 0
  private var inputEnd = 0
  private var inputTotal: UInt64 = 0
  private var isAtEndOfInput = false
  private var fault: CaptureError.Reason?
  private var isFinished = false

  init(
    path: String, limits: DecompressionLimits = DecompressionLimits(), whileWaiting: (() -> Bool)? = nil
  ) throws(CaptureError) {
    self.path = path
    self.whileWaiting = whileWaiting
    self.limits = limits
    descriptor = try Self.open(path)
    unsafe input = .allocate(byteCount: Self.firstCapacity, alignment: 16)
    while inputEnd < Compression.magicLength, !isAtEndOfInput { try refill() }
    compression = unsafe Compression(magic: UnsafeRawBufferPointer(rebasing: input[..<inputEnd]))
    if let compression {
      guard let decoder = compression.makeDecoder() else { throw error(.io(errno: ENOMEM)) }
      self.decoder = decoder
      enlargeInput()
    }
  }

  private func enlargeInput() {
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.inputCapacity, alignment: 16)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<inputEnd]))
    unsafe input.deallocate()
    unsafe input = unsafe larger
  }

  deinit {
    if descriptor != STDIN_FILENO { close(descriptor) }
    unsafe input.deallocate()
  }

  private static func open(_ path: String) throws(CaptureError) -> Int32 {
    if path == "-" { return STDIN_FILENO }
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw CaptureError(path: path, reason: code == ENOENT || code == ENOTDIR ? .noSuchFile : .notReadable(errno: code))
    }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      close(descriptor)
      throw CaptureError(path: path, reason: .notReadable(errno: EISDIR))
    }
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    return descriptor
  }

  /// Reads into `output`, which must not be empty, and returns the number of bytes; 0 at the end. Waits only for the first byte.
  ///
  /// A damaged stream first returns the bytes that could be decompressed; the next call and all after it throw the error.
  func read(into output: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    let count = unsafe decoder == nil ? try readPlain(into: output) : try readDecoded(into: output)
    produced += UInt64(count)
    return count
  }

  private func readPlain(into output: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    guard inputStart == inputEnd else {
      let count = min(inputEnd - inputStart, output.count)
      unsafe output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[inputStart..<inputStart + count]))
      inputStart += count
      return count
    }
    return unsafe isAtEndOfInput ? 0 : try readDescriptor(into: output)
  }

  private func readDecoded(into output: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    if let fault { throw error(fault) }
    guard let decoder, let compression else { return 0 }
    while !isFinished {
      if inputStart == inputEnd, !isAtEndOfInput { try refill() }
      let offered = unsafe UnsafeRawBufferPointer(rebasing: input[inputStart..<inputEnd])
      let step = unsafe decoder.decode(offered, into: output, isLast: isAtEndOfInput)
      inputStart += step.consumed
      switch step.outcome {
      case .finished: isFinished = true
      case .fault(let what): fault = .decompression(compression, what)
      case .more where step.consumed == 0 && step.produced == 0 && isAtEndOfInput: fault = .decompression(compression, .cut)
      case .more: break
      }
      if fault == nil, !limits.allow(output: produced + UInt64(step.produced), from: inputTotal - UInt64(inputEnd - inputStart)) {
        fault = .decompression(compression, .expandsTooMuch)
      }
      if step.produced > 0 { return step.produced }
      if let fault { throw error(fault) }
    }
    return 0
  }

  /// Reads more into `input`, after moving unused bytes to its front.
  private func refill() throws(CaptureError) {
    if inputStart > 0 {
      unsafe input.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[inputStart..<inputEnd]))
      inputEnd -= inputStart
      inputStart = 0
    }
    let count = try unsafe readDescriptor(into: UnsafeMutableRawBufferPointer(rebasing: input[inputEnd...]))
    inputEnd += count
    inputTotal += UInt64(count)
    isAtEndOfInput = count == 0
  }

  /// True if reading must stay on the caller's thread, because `whileWaiting` runs there.
  var isWaitedFor: Bool { whileWaiting != nil }

  private func readDescriptor(into output: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    while true {
      if let whileWaiting, !arrives(whileWaiting) { return 0 }
      let count = unsafe Glibc.read(descriptor, output.baseAddress, output.count)
      if count >= 0 { return count }
      let code = errno
      if code != EINTR { throw error(.io(errno: code)) }
    }
  }

  private func arrives(_ whileWaiting: () -> Bool) -> Bool {
    while whileWaiting() {
      var wish = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      // The reader finds errors.
      if unsafe poll(&wish, 1, Self.longestWait) > 0 { return true }
    }
    return false
  }

  private func error(_ reason: CaptureError.Reason) -> CaptureError {
    CaptureError(path: path, offset: produced, reason: reason)
  }
}

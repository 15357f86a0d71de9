import Capture
import Detection
import Glibc
import SignatureFiles

/// One executable for all targets; `FUZZ_TARGET` says which: `frames`, `files`, `signatures`, `datagrams` or `streams` (any
/// recognizer, which the first byte chooses), or `datagram-NAME` and `stream-NAME` of one recognizer.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  target(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}

nonisolated(unsafe) private let target = chosenTarget()

/// What was observed is added up here and looked at, or the optimiser would take the parsers away.
nonisolated(unsafe) var consumed = 0

private func chosenTarget() -> (UnsafeRawBufferPointer) -> Void {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  switch name {
  case "frames": return fuzzFrames
  case "files": return fuzzFile
  case "signatures": return fuzzSignatures
  case "datagrams": return { bytes in choose(bytes, fuzzDatagrams) }
  case "streams": return { bytes in choose(bytes, fuzzStream) }
  default:
    for recognizer in Registry.recognizers {
      if name == "datagram-\(recognizer.name)" { return { fuzzDatagrams(recognizer, $0) } }
      if name == "stream-\(recognizer.name)" { return { fuzzStream(recognizer, $0) } }
    }
    fatalError("FUZZ_TARGET is \"\(name)\"; recognizers: \(Registry.recognizers.map(\.name).joined(separator: " "))")
  }
}

private func choose(_ bytes: UnsafeRawBufferPointer, _ body: (any Recognizer, UnsafeRawBufferPointer) -> Void) {
  guard let first = bytes.first else { return }
  body(Registry.recognizers[Int(first) % Registry.recognizers.count], UnsafeRawBufferPointer(rebasing: bytes.dropFirst()))
}

func consume(_ sink: borrowing ObservationSink) {
  for observation in sink.observations { consumed &+= observation.text.utf8.count &+ observation.bytes.count &+ observation.length }
  consumed &+= sink.streams.count &+ sink.expectations.count
}

// MARK: Signatures

private func fuzzSignatures(_ bytes: UnsafeRawBufferPointer) {
  let (signatures, problems) = SignatureLoader.read(yaml: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
  for problem in problems { consumed &+= "\(problem)".utf8.count }
  consumed &+= SignatureSet(signatures.map(\.signature)).signatures.count
}

// MARK: Files

/// The bytes as a file in memory, read to the end.
private func fuzzFile(_ bytes: UnsafeRawBufferPointer) {
  let name = "/dev/shm/lenscap-fuzz-\(getpid())"
  let descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
  precondition(descriptor >= 0, "no file in memory")
  unlink(name)
  defer { close(descriptor) }
  guard bytes.isEmpty || write(descriptor, bytes.baseAddress, bytes.count) == bytes.count else { return }
  do {
    let file = try CaptureFile(path: "/proc/self/fd/\(descriptor)", index: 0)
    while try file.advance() {
      file.withFrame { frame in
        consumed &+= frame.originalLength &+ frame.bytes.byteCount
        if frame.bytes.byteCount > 0 { consumed &+= Int(frame.bytes.u8(frame.bytes.byteCount - 1)) }
      }
    }
    consumed &+= file.linkTypes.count
  } catch {
    consumed &+= "\(error)".utf8.count
  }
}

import Capture
import Detection
import Glibc
import SignatureFiles

func fuzzSignatures(_ bytes: UnsafeRawBufferPointer) {
  let (signatures, problems) = SignatureLoader.read(yaml: String(decoding: bytes, as: UTF8.self), file: "fuzz.yaml")
  for problem in problems { consumed &+= "\(problem)".utf8.count }
  for signature in signatures { consumed &+= signature.exampleProblems().count }
  consumed &+= SignatureSet(signatures.map(\.signature)).signatures.count
}

/// The bytes as a file in memory, read to its end.
func fuzzFile(_ bytes: UnsafeRawBufferPointer) {
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
        for index in 0..<min(frame.bytes.byteCount, 4) { consumed &+= Int(frame.bytes.u8(frame.bytes.byteCount - 1 - index)) }
      }
    }
    consumed &+= file.linkTypes.count &+ Int(file.packets)
  } catch {
    consumed &+= "\(error)".utf8.count
  }
}

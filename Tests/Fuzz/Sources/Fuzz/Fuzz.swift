import CFuzzer
import Detection
import Glibc

/// One executable for all targets: `FUZZ_TARGET` says which. Without it, their names are printed.
///
/// - `datagram-NAME`, `stream-NAME`: one recognizer, as its carriers go (`Conversation.swift`).
/// - `conversations`, `frames`: the engine with all of them, from payloads and from frames.
/// - `pcap`, `pcapng`, `compressed`: capture files; they differ in their seeds.
/// - `signatures`: the signature loader.
nonisolated(unsafe) private let targets: [(name: String, body: (UnsafeRawBufferPointer) -> Void)] = {
  var targets: [(name: String, body: (UnsafeRawBufferPointer) -> Void)] = [
    ("frames", fuzzFrames), ("conversations", fuzzConversations), ("pcap", fuzzFile), ("pcapng", fuzzFile), ("compressed", fuzzFile),
    ("signatures", fuzzSignatures),
  ]
  for recognizer in Registry.recognizers {
    let datagrams = recognizer.transports.subtracting(.tcp)
    if !datagrams.isEmpty { targets.append(("datagram-\(recognizer.name)", { fuzzDatagrams(recognizer, $0) })) }
    if recognizer.transports.contains(.tcp) { targets.append(("stream-\(recognizer.name)", { fuzzStream(recognizer, $0) })) }
  }
  return targets
}()

/// What was observed is added up here, or the optimiser would take the parsers away.
nonisolated(unsafe) var consumed = 0

nonisolated(unsafe) private var target: (UnsafeRawBufferPointer) -> Void = { _ in }

@main struct Fuzz {
  static func main() {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) }
    guard let chosen = targets.first(where: { $0.name == name }) else {
      for target in targets { print(target.name) }
      exit(name == nil ? 0 : 64)
    }
    target = chosen.body
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let status = LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
      target(UnsafeRawBufferPointer(start: bytes, count: count))
      return 0
    }
    exit(status)
  }
}

/// The bytes of an input, taken from its front. Each run is a copy of its own, so that reading beyond it is found.
struct Input {
  private var rest: Slice<UnsafeRawBufferPointer>

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  /// Zero at the end.
  mutating func u8() -> UInt8 { rest.popFirst() ?? 0 }
  mutating func u16() -> UInt16 { UInt16(u8()) << 8 | UInt16(u8()) }

  /// As many as are left, where they are fewer.
  mutating func run(_ count: UInt16) -> [UInt8] {
    defer { rest = rest.dropFirst(Int(count)) }
    return Array(rest.prefix(Int(count)))
  }
}

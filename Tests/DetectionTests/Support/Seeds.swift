import Glibc
import Synchronization
import Testing

@testable import Detection

/// What the tests show to recognizers and to the engine, kept as inputs for the fuzzer where `LENSCAP_SEEDS` names a folder: one folder
/// a fuzz target there. The form is that of `Tests/Fuzz/Sources/Fuzz`.
enum Seeds {
  /// Torture makes thousands of inputs, which the fuzzer does better.
  @TaskLocal static var isPaused = false

  /// Inputs that one test function keeps for one target: some show thousands.
  private static let limit = 32
  private static let kept = Mutex<[String: Int]>([:])

  private static let folder = getenv("LENSCAP_SEEDS").map { String(cString: $0) }

  struct Piece {
    var fromOriginator = true
    var bytes: [UInt8]
    /// In a stream before these, of a datagram behind them.
    var isMissingBytes = false
    var isExpected = false
  }

  static func keep(
    _ recognizers: [any Recognizer], _ transport: Transports, from: UInt16, to: UInt16, _ pieces: @autoclosure () -> [Piece]
  ) {
    guard folder != nil, !isPaused else { return }
    var input = FrameBuilder.big(from) + FrameBuilder.big(to)
    for piece in pieces() where piece.bytes.count <= UInt16.max {
      input.append((piece.fromOriginator ? 0 : 1) | (piece.isMissingBytes ? 2 : 0) | (piece.isExpected ? 4 : 0))
      input += FrameBuilder.big(UInt16(piece.bytes.count)) + piece.bytes
    }
    for recognizer in recognizers { write(input, "\(transport == .tcp ? "stream" : "datagram")-\(recognizer.name)") }
  }

  static func keep(frame: [UInt8], _ link: LinkType, length: Int? = nil) {
    guard folder != nil, !isPaused, frame.count <= UInt16.max else { return }
    let missing: UInt8 = length ?? frame.count > frame.count ? 16 : 0
    let head = [UInt8(truncatingIfNeeded: link.rawValue), missing | (link.rawValue & 256 != 0 ? 128 : 0)]
    write(head + FrameBuilder.big(UInt16(frame.count)) + frame, "frames")
  }

  /// Named by what is in them, so that each is there once.
  private static func write(_ input: [UInt8], _ target: String) {
    guard let folder, input.count <= 16384 else { return }
    let test = Test.current.map { "\($0.id)" } ?? ""
    let number = kept.withLock { kept in
      kept[test + target, default: 0] += 1
      return kept[test + target]!
    }
    guard number <= limit else { return }
    let hash = input.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    mkdir(folder, 0o755)
    mkdir("\(folder)/\(target)", 0o755)
    guard let file = fopen("\(folder)/\(target)/test-\(String(hash, radix: 16))", "w") else { return }
    fwrite(input, 1, input.count, file)
    fclose(file)
  }
}

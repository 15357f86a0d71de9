import Detection

/// Several capture files as one recording: their packets sorted by time, as far as each file is sorted itself.
///
/// A file is opened when the recording reaches its first packet, so that only files which overlap in time are open together.
public final class CaptureSequence {
  /// Files open at once. If more overlap, the others are read late.
  static let openLimit = 128
  private static let progressPeriod = 65_536

  /// The result of reading one file.
  public struct Summary: Sendable {
    public let path: String
    public internal(set) var packets: UInt64 = 0
    public internal(set) var capturedBytes: UInt64 = 0
    public internal(set) var truncatedPackets: UInt64 = 0
    public internal(set) var linkTypes: [LinkType] = []
    public internal(set) var firstSeen: Timestamp?
    public internal(set) var lastSeen: Timestamp?
    public internal(set) var error: CaptureError?

    init(path: String) { self.path = path }
  }

  /// One for each file, in the order given; `PacketReference.file` is the index.
  public private(set) var files: [Summary]
  /// Files whose first packet is still to come, latest first.
  private var waiting: [(first: Timestamp, index: Int)] = []
  private var active: [(file: CaptureFile, index: Int)] = []
  /// Standard input can be opened only once.
  private var openStreams: [Int: CaptureFile] = [:]

  private let interfaces: CaptureInterfaces
  private let threads: ReaderThreads?

  /// - Parameters:
  ///   - interfaces: assigns numbers to the interfaces that the files name.
  ///   - jobs: threads to use, with the caller's; the others read ahead in large files. The packets are the same.
  public init(paths: [String], interfaces: CaptureInterfaces = CaptureInterfaces(), jobs: Int = 1) {
    self.interfaces = interfaces
    threads = jobs > 1 ? ReaderThreads(limit: jobs - 1) : nil
    files = paths.map(Summary.init)
    for index in paths.indices {
      guard let file = open(index) else { continue }
      waiting.append((file.time, index))
      if paths[index] == "-" || paths.count == 1 { openStreams[index] = file }
    }
    waiting.sort { ($0.first, $0.index) > ($1.first, $1.index) }
  }

  /// The earliest of the files' first packets, before `run`; nil if no file has a packet.
  public var start: Timestamp? { waiting.last?.first }

  /// Opens a file and reads its first packet; nil if there is none.
  private func open(_ index: Int) -> CaptureFile? {
    do throws(CaptureError) {
      let source = try ByteSource(path: files[index].path)
      let file = try CaptureFile(source: source, index: UInt32(index), interfaces: interfaces, threads: threads)
      if advance(file, index) { return file }
    } catch {
      files[index].error = error
    }
    return nil
  }

  private func advance(_ file: CaptureFile, _ index: Int) -> Bool {
    do throws(CaptureError) {
      if try file.advance() { return true }
    } catch {
      files[index].error = error
    }
    summarise(file, index)
    return false
  }

  private func summarise(_ file: CaptureFile, _ index: Int) {
    files[index].packets = file.packets
    files[index].capturedBytes = file.capturedBytes
    files[index].truncatedPackets = file.truncatedPackets
    files[index].linkTypes = file.linkTypes
    files[index].firstSeen = file.firstSeen
    files[index].lastSeen = file.lastSeen
  }

  private func activate() {
    guard let next = waiting.popLast() else { return }
    if let file = openStreams.removeValue(forKey: next.index) ?? open(next.index) { active.append((file, next.index)) }
  }

  /// Delivers the packets of all files. Calls `progress` with the current file's index about every 65,536 packets. Stops if `body` throws.
  @inlinable
  public func run<E: Error>(progress: (Int) -> Void = { _ in }, _ body: (borrowing Frame) throws(E) -> Void) throws(E) {
    var failure: E?
    deliver(progress: progress) { frame in
      do throws(E) {
        try body(frame)
        return true
      } catch {
        failure = error
        return false
      }
    }
    if let failure { throw failure }
  }

  /// Delivers the packets of all files until `body` returns false. Calls `progress` with the current file's index about every 65,536 packets.
  public func deliver(progress: (Int) -> Void = { _ in }, _ body: (borrowing Frame) -> Bool) {
    var left = Self.progressPeriod
    while !active.isEmpty || !waiting.isEmpty {
      let earliest = active.indices.min { active[$0].file.time < active[$1].file.time }
      if let next = waiting.last, active.count < Self.openLimit, earliest.map({ active[$0].file.time >= next.first }) ?? true {
        activate()
        continue
      }
      guard let earliest else { continue }
      // Stays with this file until another one is earlier.
      let others = active.indices.filter { $0 != earliest }.map { active[$0].file.time }.min() ?? .distantFuture
      let limit = min(others, active.count < Self.openLimit ? waiting.last?.first ?? .distantFuture : .distantFuture)
      let (file, index) = active[earliest]
      switch deliver(file, index, upTo: limit, atMost: &left, body) {
      case .stopped: return
      case .ended: active.remove(at: earliest)
      case .paused: break
      }
      if left == 0 {
        summarise(file, index)
        progress(index)
        left = Self.progressPeriod
      }
    }
  }

  private func deliver(
    _ file: CaptureFile, _ index: Int, upTo limit: Timestamp, atMost left: inout Int, _ body: (borrowing Frame) -> Bool
  ) -> Stop {
    var stop = Stop.ended
    do throws(CaptureError) {
      stop = try file.deliver(upTo: limit, atMost: &left, body)
    } catch {
      files[index].error = error
    }
    if stop == .ended { summarise(file, index) }
    return stop
  }
}

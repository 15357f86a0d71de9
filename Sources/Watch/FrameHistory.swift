import Detection

/// The beginnings of the last frames of all devices, in memory only: when a device becomes suspected, what led to that is still there.
struct FrameHistory {
  /// Bytes of all frames.
  static let capacity = 16 << 20
  /// Bytes of a frame.
  static let frameLimit = 512
  static let entryLimit = capacity / 128

  private struct Entry {
    let start: Int
    let count: Int
    let originalLength: Int
    let time: Timestamp
    let reference: PacketReference
    let interface: UInt16
    var sender: MACAddress
    var receiver: MACAddress
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// The oldest entry, once there are as many as there may be.
  private var oldest = 0
  private var end = 0

  /// Remembers an Ethernet frame; others have no addresses at a known place.
  mutating func add(_ frame: borrowing Frame) {
    guard frame.linkType == .ethernet, frame.bytes.byteCount >= 14 else { return }
    if bytes.isEmpty {
      bytes = [UInt8](repeating: 0, count: Self.capacity)
      entries.reserveCapacity(Self.entryLimit)
    }
    let count = min(frame.bytes.byteCount, Self.frameLimit)
    if end + count > Self.capacity { end = 0 }
    let start = end
    unsafe frame.bytes.withUnsafeBytes { source in
      unsafe bytes.withUnsafeMutableBytes { unsafe $0[start..<start + count].copyBytes(from: source.prefix(count)) }
    }
    end += count
    let entry = Entry(
      start: start, count: count, originalLength: max(frame.originalLength, frame.bytes.byteCount), time: frame.time,
      reference: frame.reference, interface: frame.interface, sender: address(at: start + 6), receiver: address(at: start))
    if entries.count < Self.entryLimit {
      entries.append(entry)
    } else {
      entries[oldest] = entry
      oldest = (oldest + 1) % entries.count
    }
  }

  /// The frames that a device sent or got, oldest first, but for the last one of all.
  func replay(_ mac: MACAddress, _ body: (borrowing Frame) -> Void) {
    var free = end
    var kept: [Entry] = []
    // From the newest back, until the bytes were written over.
    var total = 0
    for back in 0..<entries.count {
      let entry = entries[(oldest + entries.count - 1 - back) % entries.count]
      total += entry.start + entry.count <= free ? free - entry.start : free + Self.capacity - entry.start
      guard total <= Self.capacity else { break }
      free = entry.start
      if back > 0, entry.sender == mac || entry.receiver == mac { kept.append(entry) }
    }
    for entry in kept.reversed() {
      let copy = Array(bytes[entry.start..<entry.start + entry.count])
      unsafe body(
        Frame(
          bytes: copy.span.bytes, originalLength: entry.originalLength, linkType: .ethernet, time: entry.time, reference: entry.reference,
          interface: entry.interface))
    }
  }

  /// Nobody finds the frames of these devices any more.
  mutating func forget(_ devices: Set<MACAddress>) {
    for index in entries.indices where devices.contains(entries[index].sender) || devices.contains(entries[index].receiver) {
      (entries[index].sender, entries[index].receiver) = (.none, .none)
    }
  }

  private func address(at place: Int) -> MACAddress {
    MACAddress(bits: bytes[place..<place + 6].reduce(0) { $0 << 8 | UInt64($1) })
  }
}

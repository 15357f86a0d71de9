/// What a conversation sends over time, by the number of its flow.
struct FlowActivity {
  /// When its second at hand began.
  var touched: Timestamp
  /// Payload that each direction may still have in the second at hand without being looked at.
  var room = Room()
  /// What it remembers of the upload that it belongs to, or belonged to; 0 if of none.
  var upload: UInt32 = 0
  /// There is an `Uploaded` of it.
  var hasUploaded = false

  init(touched: Timestamp) { self.touched = touched }
}

/// The number of a flow, as a key.
struct FlowNumber: PacketKey {
  let number: Int

  init(_ number: Int) { self.number = number }

  var words: (UInt64, UInt64) { (UInt64(number), 0) }
}

/// Payload of a conversation while it belonged to uploads, since the last clip.
struct Uploaded {
  var forward: UInt64 = 0
  var backward: UInt64 = 0

  mutating func add(_ length: UInt64, forward isForward: Bool) {
    if isForward { forward &+= length } else { backward &+= length }
  }
}

/// Payload that may still come in the second at hand before somebody looks: what uploads little costs one subtraction a packet.
struct Room {
  /// Added to a direction that is not to be looked at in this second.
  private static let ignored: Int32 = 1 << 30

  private(set) var forward = Int32(Upload.activeBytes)
  private(set) var backward = Int32(Upload.activeBytes)

  /// - Returns: there is none left.
  @inline(__always)
  mutating func take(_ length: Int, forward isForward: Bool) -> Bool {
    let length = Int32(truncatingIfNeeded: length)
    if isForward {
      forward &-= length
      return forward < 0
    }
    backward &-= length
    return backward < 0
  }

  mutating func ignore(forward isForward: Bool) {
    if isForward { forward &+= Self.ignored } else { backward &+= Self.ignored }
  }

  /// Every packet with payload is to be looked at.
  mutating func close() { (forward, backward) = (0, 0) }

  /// Payload in the second at hand.
  func taken(forward isForward: Bool) -> Int {
    let left = isForward ? forward : backward
    return max(0, Upload.activeBytes - Int(left > Upload.activeBytes ? left &- Self.ignored : left))
  }
}

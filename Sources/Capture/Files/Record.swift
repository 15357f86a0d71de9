import Detection

/// A packet's place in the read buffer and what its record's header says. The bytes stay until the buffer is next filled.
struct Record {
  var bytes: UnsafeRawPointer?
  /// The packet's 1-based number, as packet analysers show it.
  var number: UInt64 = 0
  var capturedLength = 0
  var originalLength = 0
  var linkType = LinkType(rawValue: 0)
  var interface = CaptureInterfaces.unnamed
  var time = Timestamp.zero
  /// False for pcapng's Simple Packet Block, which has no time: `time` is then that of the packet before.
  var hasTime = false

  /// Captured bytes of one packet beyond which its length is taken for damage, and bytes of a block that must be held whole.
  static let lengthLimit = 16 << 20
}

import Detection

/// A packet in the read buffer, with the values of its record's header. Its bytes are valid until the buffer is next filled.
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

  /// Largest captured length of a packet, and largest block that is read whole; larger ones are treated as damage.
  static let lengthLimit = 16 << 20
}

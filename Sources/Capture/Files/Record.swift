import Detection

/// A packet in the read buffer, with the values of its record's header. Its bytes are valid until the buffer is next filled. Small, because
/// another processor may have to fetch it.
@safe struct Record {
  var bytes: UnsafeRawPointer?
  /// The packet's 1-based number, as packet analysers show it.
  var number: UInt64 = 0
  var time = Timestamp.zero
  var capturedLength: UInt32 = 0
  var originalLength: UInt32 = 0
  var linkType = LinkType(rawValue: 0)
  var interface = CaptureInterfaces.unnamed
  /// False for pcapng's Simple Packet Block, which has no time: `time` is then that of the packet before.
  var hasTime = false

  /// Largest captured length of a packet, and largest block that is read whole; larger ones are treated as damage.
  static let lengthLimit = 16 << 20
}

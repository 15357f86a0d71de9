import CPcap

/// Owns a `pcap_t`. Only `pcap_breakloop` may be called on it from another thread.
final class PcapHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { self.pointer = pointer }

  deinit { pcap_close(pointer) }

  /// libpcap's message for the last error.
  var message: String { String(cString: pcap_geterr(pointer)) }
}

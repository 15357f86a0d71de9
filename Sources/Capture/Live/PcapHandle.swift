import CPcap

/// Owns a `pcap_t`. Only `pcap_breakloop` may be called on it from another thread.
@safe final class PcapHandle: @unchecked Sendable {
  let pointer: OpaquePointer

  init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

  deinit { unsafe pcap_close(pointer) }

  /// libpcap's message for the last error.
  var message: String { unsafe String(cString: pcap_geterr(pointer)) }
}

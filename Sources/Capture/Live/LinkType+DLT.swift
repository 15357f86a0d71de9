import Detection

/// libpcap names links differently in memory (DLT_…) and in files (LINKTYPE_…). Below 104 some numbers differ: see its
/// pcap-common.c. These are the ones that differ on Linux.
extension LinkType {
  private static let dltToFile: [Int32: UInt16] = [11: 100, 12: 101, 15: 102, 16: 103, 19: 106]
  private static let fileToDLT: [UInt16: Int32] = [
    100: 11, 101: 12, 102: 15, 103: 16, 106: 19,
    14: 12,  // raw IP, as OpenBSD numbers it
  ]

  init(dlt: Int32) { self.init(rawValue: Self.dltToFile[dlt] ?? UInt16(truncatingIfNeeded: dlt)) }

  var dlt: Int32 { Self.fileToDLT[rawValue] ?? Int32(rawValue) }
}

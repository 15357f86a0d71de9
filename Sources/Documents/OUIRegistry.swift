import Detection
import Foundation

/// Names of the registered makers of MAC addresses, from the IEEE lists in Debian's package `ieee-data`. Without it there are no names.
public struct OUIRegistry: Sendable {
  private var names: [MACAddress: String] = [:]

  /// Looks up these addresses only: the lists hold tens of thousands of makers.
  public init(of macs: [MACAddress]) {
    let wanted = Set(macs.filter { !$0.isNone && !$0.isLocallyAdministered })
    guard !wanted.isEmpty else { return }
    // Longer prefixes are more specific.
    for list in MakerList.all {
      let missing = wanted.filter { names[$0] == nil }
      guard !missing.isEmpty else { return }
      let found = list.names(of: Set(missing.map(list.prefix)))
      for mac in missing { names[mac] = found[list.prefix(mac)] }
    }
  }

  public func name(of mac: MACAddress) -> String? { names[mac] }
}

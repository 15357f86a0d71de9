import Detection
import Foundation

/// Names of the registered makers of MAC addresses, from the IEEE lists in Debian's package `ieee-data`. Without it there are no names.
public struct OUIRegistry: Sendable {
  private var names: [MACAddress: String] = [:]
  private var known: Set<MACAddress> = []

  /// Looks up these addresses only: the lists hold tens of thousands of makers.
  public init(of macs: [MACAddress]) {
    var missing = Array(Set(macs.filter { !$0.isNone && !$0.isLocallyAdministered }))
    // Longer prefixes are more specific.
    for list in MakerList.all where !missing.isEmpty {
      let found = list.names(of: Set(missing.map(list.prefix)))
      if found.isEmpty { continue }
      missing.removeAll { mac in
        guard let name = found[list.prefix(mac)] else { return false }
        names[mac] = name
        return true
      }
    }
  }

  /// Looks up further addresses; those looked up before cost nothing.
  ///
  /// - Parameter limit: beyond so many addresses, it begins anew.
  public mutating func add(_ macs: [MACAddress], limit: Int = 20_000) {
    if known.count > limit { self = OUIRegistry(of: []) }
    let new = macs.filter { known.insert($0).inserted }
    guard !new.isEmpty else { return }
    names.merge(OUIRegistry(of: new).names) { _, new in new }
  }

  public func name(of mac: MACAddress) -> String? { names[mac] }
}

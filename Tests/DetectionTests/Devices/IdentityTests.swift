import Testing

@testable import Detection

/// Which device an address is filed under.
@Suite struct IdentityTests {
  static let address = IPAddress("10.0.0.7")!
  static let (first, second, router) = (MACAddress(bits: 7), MACAddress(bits: 8), MACAddress(bits: 9))

  static func station(_ mac: MACAddress) -> Station { Station(mac: mac, address: address) }

  /// With a router: behind it packets have no other name than their address.
  private static func network() -> Identity {
    var identity = Identity(lan: [])
    _ = identity.forwards(ForwarderTable.Finding(segment: .untagged, mac: router, isRouter: true))
    return identity
  }

  private func holder(_ identity: Identity) -> String { identity.device(of: Self.station(Self.router)).description }

  @Test func anAddressOfTwoIsNobodys() {
    var identity = Self.network()
    #expect(!identity.bind(Self.station(Self.first)).isConflict)
    #expect(holder(identity) == "mac:00:00:00:00:00:07")
    #expect(identity.bind(Self.station(Self.second)).isConflict)
    #expect(holder(identity) == "ip:10.0.0.7")
    #expect(!identity.bind(Self.station(Self.second)).isConflict, "the same again is no news")
    // One of them is spoken with.
    #expect(identity.conversed(Self.station(Self.second)) != nil)
    #expect(holder(identity) == "mac:00:00:00:00:00:08")
    // Their own frames say who they are all the while.
    #expect(identity.device(of: Self.station(Self.first)).mac == Self.first)
  }

  @Test func whoIsSpokenWithKeepsTheAddress() {
    var identity = Self.network()
    _ = identity.bind(Self.station(Self.first), hasConversed: true)
    let claim = identity.bind(Self.station(Self.second))
    #expect(claim.isConflict && claim.change == nil)
    #expect(holder(identity) == "mac:00:00:00:00:00:07")
  }

  /// A capture without link addresses of the conversation, but with those in DHCP.
  @Test func whoeverConversesWithoutALinkAddressChangesNothing() {
    var identity = Self.network()
    _ = identity.bind(Self.station(Self.first), isLease: true)
    #expect(identity.conversed(Self.station(.none)) == nil)
    #expect(identity.device(of: Self.station(.none)).mac == Self.first)
  }

  /// A guest left, and DHCP gave the address to the next one.
  @Test func theNextGuestTakesTheAddress() {
    var identity = Self.network()
    _ = identity.bind(Self.station(Self.first), hasConversed: true)
    _ = identity.bind(Self.station(Self.second))
    _ = identity.conversed(Self.station(Self.second))
    #expect(holder(identity) == "mac:00:00:00:00:00:08")
  }

  /// DHCP's word counts for as long as nobody claims the address itself.
  @Test func aLeaseIsWeakerThanAClaim() {
    var identity = Self.network()
    _ = identity.bind(Self.station(Self.first), isLease: true)
    #expect(holder(identity) == "mac:00:00:00:00:00:07")
    #expect(!identity.bind(Self.station(Self.second)).isConflict)
    #expect(holder(identity) == "mac:00:00:00:00:00:08")
    _ = identity.bind(Self.station(Self.first), isLease: true)
    #expect(holder(identity) == "mac:00:00:00:00:00:08")
  }

  @Test func aRivalThatIsGoneClaimsNothing() {
    var identity = Self.network()
    _ = identity.bind(Self.station(Self.first))
    _ = identity.bind(Self.station(Self.second))
    _ = identity.forget(Self.station(Self.second), isLastOfMAC: true)
    #expect(holder(identity) == "mac:00:00:00:00:00:07")
  }

  private static func passes(_ table: inout ForwarderTable, _ network: String, _ directions: [Bool]) -> [Bool] {
    directions.compactMap { table.add(IPAddress(network)!, by: router, in: .untagged, isSource: $0)?.isRouter }
  }

  @Test func forwardingHasTwoDirections() {
    var table = ForwarderTable()
    for last in 0..<20 {
      #expect(Self.passes(&table, "198.51.\(last).1", [true]).isEmpty, "anybody can make up sources")
      #expect(Self.passes(&table, "192.0.\(last).1", [false]).isEmpty)
    }
    #expect(Self.passes(&table, "203.0.113.1", [false, true]) == [false])
    #expect(Self.passes(&table, "203.0.113.2", [false, true]).isEmpty, "the same network")
    #expect(Self.passes(&table, "8.8.8.8", [true, false]) == [true])
    #expect(Self.passes(&table, "9.9.9.9", [true, false]).isEmpty, "known")
    table.forget(Self.router, in: .untagged)
    #expect(Self.passes(&table, "9.9.9.9", [true, false]) == [false])
  }

  /// A host has several IPv6 addresses of its own.
  @Test func networksOfVersion6CountLess() {
    var table = ForwarderTable()
    let found = (1...4).map { Self.passes(&table, "2001:db8:\($0)::1", [false, true]) }
    #expect(found == [[], [false], [], [true]])
  }
}

import Testing

@testable import Detection

/// Which address keeps its number where strangers make up any number of them.
@Suite struct AddressTableTests {
  private static let start = Timestamp(nanoseconds: 1_000_000_000_000)
  private static let address = IPAddress("10.0.0.1")!

  private static func flood(_ addresses: inout AddressTable, from first: UInt32) {
    for junk in 0..<UInt32(AddressTable.capacity + 10) {
      _ = addresses.number(of: IPAddress(v4: first + junk), in: .untagged, at: start)
    }
  }

  @Test func anAddressWithConversationsKeepsItsNumber() {
    var addresses = AddressTable()
    let number = addresses.number(of: Self.address, in: .untagged, at: Self.start)!
    addresses.retain(number)
    Self.flood(&addresses, from: 0x0B00_0000)
    let again = addresses.number(of: Self.address, in: .untagged, at: Self.start)
    #expect(again == number)
    addresses.release(number, at: Self.start)
    Self.flood(&addresses, from: 0x0C00_0000)
    let isStill = addresses.isNumber(number, of: Self.address, in: .untagged)
    #expect(!isStill)
  }

  private static func told(_ addresses: inout AddressTable) -> [UInt32] {
    defer { addresses.clearRenumbered() }
    var numbers: [UInt32] = []
    for place in 0..<addresses.renumbered.count { numbers.append(addresses.renumbered[place]) }
    return numbers
  }

  /// Those who keep something by number learn of each that has a new owner.
  @Test func newOwnersOfNumbersAreTold() {
    var addresses = AddressTable()
    let number = addresses.number(of: Self.address, in: .untagged, at: Self.start)!
    let first = Self.told(&addresses)
    _ = addresses.number(of: Self.address, in: .untagged, at: Self.start)
    let second = Self.told(&addresses)
    #expect(first == [number] && second.isEmpty)
    let free = addresses.forget(before: Self.start + .seconds(10))
    #expect(free == [number])
    let next = addresses.number(of: IPAddress("10.0.0.2")!, in: .untagged, at: Self.start)
    let third = Self.told(&addresses)
    #expect(next == number && third == [number])
  }

  @Test func declaredSendersAreKnown() {
    var addresses = AddressTable()
    let number = addresses.number(of: Self.address, in: .untagged, at: Self.start)!
    addresses.sent(from: number, by: MACAddress("02:00:00:00:00:07")!)
    let before = addresses[number].isDeclared
    addresses.declared = DeclaredDevices(["02:00:00:00:00:07"])
    let after = addresses[number].isDeclared
    addresses.sent(from: number, by: MACAddress("02:00:00:00:00:08")!)
    let later = addresses[number].isDeclared
    #expect(!before && after && !later)
  }
}

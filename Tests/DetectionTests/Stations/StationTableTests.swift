import Testing

@testable import Detection

/// Who has to go where strangers make up any number of stations.
@Suite struct StationTableTests {
  private static let start = Timestamp(nanoseconds: 1_000_000_000_000)

  private static func station(_ number: Int) -> Station {
    Station(mac: MACAddress(bits: 0x02_00_00_00_00_00 + UInt64(number)), address: IPAddress("10.0.0.1")!)
  }

  private static func flood(_ stations: inout StationTable, _ count: Int, from first: Int = 1_000_000, at time: Timestamp) {
    for number in 0..<count {
      _ = stations.number(of: Station(mac: MACAddress(bits: 0x06_00_00_00_00_00 + UInt64(first + number))), at: time)
    }
  }

  @Test func aNewcomerTakesThePlaceOfTheIdlest() {
    var stations = StationTable()
    let first = stations.number(of: Self.station(1), at: Self.start)
    Self.flood(&stations, StationTable.capacity, at: Self.start)
    let early = stations.find(Self.station(1))
    #expect(early == nil)
    let late = Self.station(2)
    let number = stations.number(of: late, at: Self.start)
    let found = stations.find(late)
    #expect(found == number)
    let (removed, evicted) = (stations.drainRemoved(), stations.evicted)
    #expect(removed.first?.id == first)
    #expect(evicted > 0)
  }

  @Test func whatKeepsSendingStays() {
    var stations = StationTable()
    let id = stations.number(of: Self.station(1), at: Self.start)
    stations.count(sentBy: id, bytes: 60, at: Self.start + .seconds(5))
    Self.flood(&stations, 4 * StationTable.capacity, at: Self.start + .seconds(6))
    let found = stations.find(Self.station(1))
    #expect(found == id)
  }

  /// Junk that sends again counts as known, too: within seconds there is more of it than there are places.
  @Test func whatSendsAllTheTimeOutlastsAFloodThatKeepsSending() {
    var stations = StationTable()
    let id = stations.number(of: Self.station(1), at: Self.start)
    for second in 1...20 as ClosedRange<Int64> {
      let time = Self.start + .seconds(2 * second)
      stations.count(sentBy: id, bytes: 60, at: time)
      for number in 0..<10_000 {
        let junk = stations.number(of: Self.station(1000 + Int(second) * 10_000 + number), at: time)
        stations.count(sentBy: junk, bytes: 60, at: time + .seconds(2))
      }
    }
    let found = stations.find(Self.station(1))
    #expect(found == id)
  }

  @Test func evidenceOutlastsAFloodThatKeepsSending() {
    var stations = StationTable()
    let id = stations.number(of: Self.station(1), at: Self.start)
    stations.pin(id)
    for round in 1...3 {
      for number in 0..<StationTable.capacity {
        let junk = stations.number(of: Self.station(1000 + round * StationTable.capacity + number), at: Self.start)
        stations.count(sentBy: junk, bytes: 60, at: Self.start + .seconds(10 * Int64(round)))
      }
    }
    let found = stations.find(Self.station(1))
    #expect(found == id)
  }

  @Test func evidenceIsBoundedToo() {
    var stations = StationTable()
    for number in 0..<2 * StationTable.capacity { stations.pin(stations.number(of: Self.station(number), at: Self.start)) }
    let (first, last) = (stations.find(Self.station(0)), stations.find(Self.station(2 * StationTable.capacity - 1)))
    #expect(first == nil && last != nil)
  }

  @Test func theHolderOfAnAddressGoesWithItsStation() {
    var stations = StationTable()
    let station = Self.station(7)
    stations.renumber(5, isLocal: true)
    let holder = stations.sent(by: 5, mac: station.mac, station, bytes: 60, at: Self.start)
    let before = stations.holder(of: 5)
    Self.flood(&stations, StationTable.capacity, at: Self.start)
    let after = stations.holder(of: 5)
    #expect(before == holder && after == .none)
    // The owner of its number has the same MAC address now.
    var hasNewOwner = false
    for number in 0..<UInt32(2 * StationTable.capacity) where !hasNewOwner {
      hasNewOwner = stations.number(of: Station(mac: station.mac, address: IPAddress(v4: 0x0B00_0000 + number)), at: Self.start) == holder
    }
    #expect(hasNewOwner)
    let again = stations.sent(by: 5, mac: station.mac, station, bytes: 60, at: Self.start)
    #expect(again != holder)
    let found = stations[again].station
    #expect(found == station)
  }

  @Test func anAddressWithAnotherNumberHasNoHolder() {
    var stations = StationTable()
    stations.renumber(5, isLocal: true)
    _ = stations.sent(by: 5, mac: Self.station(7).mac, Self.station(7), bytes: 60, at: Self.start)
    stations.renumber(5, isLocal: false)
    let (holder, isLocal) = (stations.holder(of: 5), stations.isLocal(5))
    #expect(holder == .none && !isLocal)
    stations.setLocal(5)
    let isLocalNow = stations.isLocal(5)
    #expect(isLocalNow)
  }

  @Test func whatWasNotSeenForLongIsForgotten() {
    var stations = StationTable()
    let (gone, spared, pinned, active) = (Self.station(1), Self.station(2), Self.station(3), Self.station(4))
    var ids: [StationID] = []
    for station in [gone, spared, pinned, active] { ids.append(stations.number(of: station, at: Self.start)) }
    stations.pin(ids[2])
    stations.count(sentBy: ids[3], bytes: 60, at: Self.start + .seconds(100))
    stations.forget(before: Self.start + .seconds(50), sparing: [ids[1]])
    var found: [StationID?] = []
    for station in [gone, spared, pinned, active] { found.append(stations.find(station)) }
    #expect(found == [nil, ids[1], nil, ids[3]])
  }
}

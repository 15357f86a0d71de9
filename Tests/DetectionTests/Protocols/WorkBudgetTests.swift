import Testing

@testable import Detection

/// Costly work is done so many times a second for a sender, whatever it changes about itself.
@Suite struct WorkBudgetTests {
  static func taken(_ budget: inout WorkBudget, _ senders: [Station], second: Int64 = 7) -> Int {
    senders.count { budget.take(for: $0, at: Timestamp(nanoseconds: second * 1_000_000_000 + 5)) }
  }

  static func sender(_ address: Int, mac: UInt64 = 1) -> Station {
    Station(mac: MACAddress(bits: 0x02_00_00_00_00_00 + mac), address: IPAddress("10.0.\(address >> 8).\(address & 255)")!)
  }

  @Test func oneAddress() {
    var budget = WorkBudget()
    let flood = [Station](repeating: Self.sender(1), count: 500)
    #expect(Self.taken(&budget, flood) == Int(WorkBudget.addressLimit))
    #expect(Self.taken(&budget, [Self.sender(2, mac: 2)]) == 1, "another one is not concerned")
    #expect(Self.taken(&budget, flood, second: 8) == Int(WorkBudget.addressLimit))
  }

  @Test func addressesOfOneMAC() {
    var budget = WorkBudget()
    #expect(Self.taken(&budget, (0..<5000).map { Self.sender($0) }) == Int(WorkBudget.linkLimit))
  }

  @Test func everything() {
    var budget = WorkBudget()
    #expect(Self.taken(&budget, (0..<5000).map { Self.sender($0, mac: UInt64($0)) }) == Int(WorkBudget.totalLimit))
  }
}

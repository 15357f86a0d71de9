import Testing

@testable import Detection

@Suite struct FewEntriesTests {
  @Test func entriesStayInTheOrderInWhichTheyCame() {
    var entries = FewEntries<Int, String>()
    #expect(entries.isEmpty && entries[7] == nil && entries.place(of: 7) == nil)
    for number in [7, 1, 20, 3, 5, 2, 9, 8, 11, 4] { entries.set(number, "v\(number)") }
    #expect(entries.keys == [7, 1, 20, 3, 5, 2, 9, 8, 11, 4])
    entries.set(20, "new")
    #expect(entries.count == 10 && entries[20] == "new" && Array(entries.values.prefix(3)) == ["v7", "v1", "new"])
    if let place = entries.place(of: 3) { entries[at: place] += "!" }
    #expect(entries[3] == "v3!" && entries[6] == nil)
  }
}

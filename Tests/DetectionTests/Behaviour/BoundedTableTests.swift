import Testing

@testable import Detection

@Suite struct BoundedTableTests {
  @Test func theOldestGoes() {
    var table = BoundedTable<Int, String>(capacity: 3)
    for key in 1...3 { _ = table.insert(key, "\(key)") }
    table.touch(table.find(1)!)
    let place = table.insert(4, "4")
    #expect(table.find(2) == nil)
    #expect(table.evicted == 1)
    #expect(table[place] == "4" && table.key(place) == 4)
    let order = table.places.map { table.key($0) }
    #expect(order == [3, 1, 4])
  }

  @Test func placesAreUsedAgain() {
    var table = BoundedTable<Int, Int>(capacity: 2)
    let first = table.insert(1, 10)
    table.remove(first)
    #expect(!table.isUsed(first) && table.isEmpty && table.oldest == nil)
    #expect(table.insert(2, 20) == first)
    #expect(table.isUsed(first) && !table.isUsed(7))
    table[first] += 1
    #expect(table[first] == 21)
  }

  /// A flood of uploads leaves no more than the table holds.
  @Test func uploadsAreBounded() {
    var scene = Scene()
    for number in 0..<5000 {
      scene.packet(at: Scene.start + Double(number) * 0.0001, 2500, peer: "203.\(number / 250).113.\(number % 250 + 1)")
    }
    #expect(scene.run().engine.coverage.evicted["uploads"] == 5000 - UploadTable.capacity)
  }
}

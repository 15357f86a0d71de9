import Testing

@testable import Detection

@Suite struct FieldNumberTests {
  @Test func theNumberOfAFieldIsItsPlace() {
    #expect(MemoryLayout<Field>.size == 1)
    for (place, field) in Field.allCases.enumerated() { #expect(field.number == place) }
  }
}

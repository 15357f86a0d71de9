import Documents
import Foundation
import Testing

/// What readers of the documents got from Foundation's encoder, they get from this one.
@Suite struct JSONWriterTests {
  struct Document: Encodable {
    struct Part: Encodable {
      var zebra = "last"
      var apple: Int?
      var list: [Double?] = []
    }

    enum Choice: Encodable {
      case text(String)
      case flag(Bool)

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        }
      }
    }

    var texts = [
      "", "plain /path", "\"quoted\\\"", "tab\tline\nreturn\rfeed\u{0C}back\u{08}", "\u{0}\u{1F}", "übung 録画 👩‍👧",
      String(repeating: "long enough to leave the small form ", count: 9),
      String(repeating: "longer than the first buffer ", count: 400),
    ]
    var numbers: [Double] = [
      0, -0.0, 1, 0.1, 1e-7, 1e21, 0.000999, -12.5, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -3, 65_536, 123_456.5,
      999_999_999_999_999, 1e15, 9_007_199_254_740_992,
    ]
    var signed: [Int64] = [.min, -1, 0, .max]
    var unsigned: [UInt64] = [0, 9, 10, 99, 100, 1_234_567_890, 10_000_000_000_000_000_000, .max]
    var small: UInt8 = 255
    var single: Float = 0.5
    var flag = true
    var absent: String?
    var parts = [Part(), Part(zebra: "z", apple: 1, list: [1, nil, 2.5])]
    var choices = [Choice.text("a"), .flag(false)]
    var counts = ["b": 2, "a": 1, "A": 3, "é": 4, "": 5]
    var nothing: [String: Int] = [:]
    var none: [Int] = []
  }

  static func foundation(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  @Test func documentsAreWhatFoundationWrites() throws {
    var document = Document()
    // Joined emoji stay for people, so Foundation's text needs no escapes either.
    #expect(try JSON.text(document) == Self.foundation(document))
    document.parts = []
    document.absent = "here"
    #expect(try JSON.text(document) == Self.foundation(document))
    #expect(try JSON.text([document, document]) == Self.foundation([document, document]))
  }

  @Test func aLineHasItsTypeAmongItsKeys() throws {
    #expect(try JSON.text(Line("device", Document.Part())) == #"{"list":[],"type":"device","zebra":"last"}"#)
  }

  /// Text is looked at eight bytes at once.
  @Test func whatIsEscapedIsFoundInEveryPlace() throws {
    for special in ["\"", "\\", "\n", "\u{1F}", "é"] {
      for before in 0..<17 {
        let text = String(repeating: "~", count: before) + special + String(repeating: " ", count: 9)
        #expect(try JSON.text([text]) == Self.foundation([text]))
      }
    }
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func numbersThatJSONDoesNotHaveAreErrors(number: Double) throws {
    let json = JSON()
    #expect(throws: EncodingError.self) { try json.bytes(["a": ["b": number]]) }
    #expect(try String(decoding: json.bytes(["a": 1]), as: UTF8.self) == #"{"a":1}"#)
  }
}

import Testing

@testable import Detection

extension Harness {

  /// Whether a recognizer claims a datagram.
  static func claims(_ recognizer: any Recognizer, _ bytes: [UInt8], from: UInt16 = 40000, to: UInt16) -> Bool {
    switch datagram(recognizer, bytes, from: from, to: to).0 {
    case .notMine, .needMore: false
    case .message, .mine, .done, .next: true
    }
  }
}

/// The bytes of ASCII text.
func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

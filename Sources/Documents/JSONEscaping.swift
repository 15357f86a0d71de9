import Detection
import Foundation

extension Data {
  /// JSON in which everything that people would not see is escaped.
  var withInvisibleEscaped: Data {
    unsafe withUnsafeBytes { unsafe $0.contains { $0 >= 0x7F } }
      ? Data(String(decoding: self, as: UTF8.self).withInvisibleEscaped.utf8) : self
  }
}

/// A problem at a place in a file.
public struct FileProblem: Error, Equatable, Sendable, CustomStringConvertible {
  public let file: String
  /// Counted from 1, like the column; 0 for the whole file.
  public let line: Int
  public let column: Int
  public let message: String

  public init(file: String, line: Int = 0, column: Int = 0, message: String) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String {
    guard line > 0 else { return "\(file): \(message)" }
    return column > 0 ? "\(file):\(line):\(column): \(message)" : "\(file):\(line): \(message)"
  }
}

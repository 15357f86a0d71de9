import ArgumentParser
import Documents

/// Output of the commands that read the database.
struct ListOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl
  }

  @Option(help: "Output format: table for people; json, one array; jsonl, one object a line.")
  var format: Format = .table

  @Flag(help: "Print times in UTC instead of the local zone. JSON is always in UTC.")
  var utc = false

  /// Prints documents if the format is JSON.
  ///
  /// - Returns: false if the format is a table.
  func printJSON(_ documents: [some Encodable]) -> Bool {
    switch format {
    case .table: return false
    case .json: if let text = try? JSON.text(documents, pretty: true) { printOut(text) }
    case .jsonl: for document in documents { if let text = try? JSON.text(document) { printOut(text) } }
    }
    return true
  }
}

import ArgumentParser
import Detection

/// How the commands on the property's memory print.
struct ListOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl
  }

  @Option(help: "How to print: a table for people; json, one array; jsonl, one object a line.")
  var format: Format = .table

  @Flag(help: "Times in UTC; otherwise in the local zone. JSON is always in UTC.")
  var utc = false

  /// Prints documents as JSON, where that is wanted.
  /// - Returns: false where a table is.
  func printJSON(_ documents: [some Encodable]) throws -> Bool {
    switch format {
    case .table: return false
    case .json: printOut(try JSON.text(documents, pretty: true))
    case .jsonl: for document in documents { printOut(try JSON.text(document)) }
    }
    return true
  }
}

import Documents

/// A text table with columns as wide as their longest cell.
struct TextTable {
  let header: [String]
  /// Columns that are aligned to the right.
  var numbers: Set<Int> = []
  var rows: [[String]] = []

  /// A line for the header and one for each row.
  func lines(_ style: Style) -> [String] {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = ([header] + rows).map { row in
      row.indices.map { numbers.contains($0) ? row[$0].padded(left: widths[$0]) : row[$0].padded(right: widths[$0]) }
        .joined(separator: "  ").trimmedEnd
    }
    return [style.faint(lines[0])] + lines.dropFirst()
  }
}

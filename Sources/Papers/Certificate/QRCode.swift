import CQRencode

/// The picture of a text that telephones read (ISO/IEC 18004), by libqrencode.
struct QRCode: Sendable {
  /// Modules of light around it: ISO/IEC 18004, section 5.3.8.
  private static let quietZone = 4

  private let width: Int
  /// Row by row; true is dark.
  private let modules: [Bool]

  /// Nil if the text is too long for one.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let code = unsafe QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else { return nil }
    defer { unsafe QRcode_free(code) }
    width = unsafe Int(code.pointee.width)
    guard width > 0, let data = unsafe code.pointee.data else { return nil }
    // The lowest bit of each byte is the module.
    modules = (0..<width * width).map { unsafe data[$0] & 1 == 1 }
  }

  /// - Parameter label: for those who cannot see it.
  func html(label: String) -> HTML {
    let size = width + 2 * Self.quietZone
    var path = ""
    for row in 0..<width {
      for column in 0..<width where modules[row * width + column] {
        path += "M\(column + Self.quietZone) \(row + Self.quietZone)h1v1h-1z"
      }
    }
    return """
      <svg class="qr" viewBox="0 0 \(size) \(size)" shape-rendering="crispEdges" role="img" aria-label="\(label)">\
      <rect width="\(size)" height="\(size)" fill="#fff"/><path d="\(HTML(stringLiteral: path))"/></svg>
      """
  }
}

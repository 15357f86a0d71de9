import Detection
import Documents
import Foundation
import Packs
import Store

/// The short text of a certificate that the box signs. A QR code holds it, so that anybody can check it without the page.
public struct CertificateText: Sendable {
  static let head = "lenscap certificate 1"
  private static let signature = "signature: "
  /// Characters of a value, so that a QR code has room for all.
  private static let valueLimit = 80
  /// Bytes of a text with its signature.
  static let sizeLimit = 4096

  /// With the signature.
  public let text: String

  /// - Parameter page: SHA-256 of the page without its signed part.
  /// - Returns: nil if the key cannot sign.
  init?(_ record: InspectionRecord, page: String, signedBy key: SigningKey) {
    func value(_ text: String?) -> String { text?.forPeople(limit: Self.valueLimit) ?? "-" }
    let lines = [
      Self.head, "property: \(value(record.property))", "sensor: \(value(record.sensor?.id))", "month: \(record.month.text)",
      "from: \(record.from.rfc3339)", "to: \(record.to.rfc3339)", "written: \(record.written.rfc3339)",
      "rooms: \(record.rooms.count - record.blindRooms.count) of \(record.rooms.count) watched",
      "hours: \(record.hoursWatched) of \(record.hours) watched",
      "cases: \(record.raised) raised, \(record.count(.open)) open, \(record.count(.acknowledged)) acknowledged, "
        + "\(record.count(.declared)) declared, \(record.count(.dismissed)) dismissed, \(record.erasures.count) erasures",
      "page: \(page)", "key: \(key.publicKey.fingerprint)",
    ]
    let signed = lines.joined(separator: "\n") + "\n"
    guard let signature = key.signature(of: Array(signed.utf8)) else { return nil }
    text = signed + Self.signature + Data(signature).base64EncodedString()
  }
}

/// Whether a certificate is as a box wrote it.
public struct CertificateVerification: Sendable, Equatable {
  /// Why not; nil if it is.
  public private(set) var problem: String?
  /// What the text says, for people; empty if it is not verified.
  public private(set) var lines: [String] = []

  public var isVerified: Bool { problem == nil }

  /// - Parameter bytes: the text, or a page that holds it.
  public init(of bytes: [UInt8], key: PublicKey) {
    guard !bytes.starts(with: "%PDF".utf8) else {
      problem = "it is a PDF: take its text out with `pdfdetach -saveall`, and check certificate.txt"
      return
    }
    if let page = CertificatePage.parts(of: bytes) {
      check(page.text, key)
      guard isVerified, !lines.contains("page: \(PackManifest.sum(of: page.rest))") else { return }
      fail("the page is not the one that was signed")
    } else {
      check(bytes, key)
    }
  }

  private mutating func fail(_ problem: String) { (self.problem, lines) = (problem, []) }

  private mutating func check(_ bytes: [UInt8], _ key: PublicKey) {
    guard bytes.count <= CertificateText.sizeLimit, let given = String(validating: bytes, as: UTF8.self) else {
      return fail("it is no certificate")
    }
    // Whoever copies a text changes the ends of its lines.
    var lines = given.replacing("\r\n", with: "\n").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    guard lines.first == CertificateText.head, let last = lines.popLast(), last.hasPrefix("signature: "),
      let signature = Data(base64Encoded: String(last.dropFirst("signature: ".count)))
    else { return fail("it is no certificate") }
    guard key.verifies(Array(signature), of: Array((lines.joined(separator: "\n") + "\n").utf8)) else {
      let signer = lines.first { $0.hasPrefix("key: ") }.map { String($0.dropFirst(5)) }
      return fail(
        signer == key.fingerprint ? "it was changed since it was signed" : "it was not signed with this key, which is \(key.fingerprint)")
    }
    self.lines = lines
  }
}

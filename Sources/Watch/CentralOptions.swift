import ConfigurationFiles
import Detection
import Foundation
import Releases
import Store
import YAMLReading

/// What the configuration lets central give for use, and how it is checked. `serve` passes it on, but faces the Internet: `watch` believes
/// nothing of what it says.
public struct CentralOptions: Sendable {
  /// What `uplink.accept` names.
  public var takes: Set<CentralPart> = []
  /// Central may have evidence.
  public var givesEvidence = false
  /// Who signs releases; nil if the configuration names no key, or one that cannot be read.
  public var key: ReleaseKey?
  /// Why there is no key.
  public var keyProblem = "uplink.release_key is not set"
  /// Compiles a release together with the installed signatures. Throws what is wrong with it.
  ///
  /// - Parameter isNew: true to check it thoroughly, as `signatures check` does.
  public var compile: (@Sendable (ReleaseArchive, _ isNew: Bool) throws -> SignatureSet)?

  public init() {}

  /// Verifies and compiles a release that was stored, or comes now.
  func signatures(_ text: String, _ signature: String, archive: Data?, isNew: Bool) throws -> (SignedSignatures, SignatureSet) {
    guard let key else { throw CommandRefusal(keyProblem) }
    let signed = try SignedSignatures(text: text, signature: signature, key: key)
    guard let archive else { throw CommandRefusal("its archive is not there") }
    guard let compile else { throw CommandRefusal("this watch takes no releases") }
    return (signed, try compile(try signed.archive(archive), isNew))
  }

  static func rules(_ list: OperatorCommand.RoomList) throws(ConfigurationError) -> [Site.Rule] {
    try SiteFile.read(list.rules, source: "rooms").rules
  }

  /// The first line of what is wrong, for people and for central.
  static func words(for problem: any Error) -> String {
    let text = (problem as? CommandRefusal)?.reason ?? "\(problem)"
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.first else { return "it cannot be used" }
    return String(first.prefix(wordLimit)) + (lines.count > 1 ? ", and \(lines.count - 1) more" : "")
  }

  private static let wordLimit = 400
}

/// A command of central that was checked, beyond what the database can.
enum PreparedCommand: Sendable {
  case rooms([Site.Rule], id: String)
  case release(StoredRelease, SignatureSet?)
  case refused(String)

  /// Nil for a command that needs no such thing.
  init?(_ command: OperatorCommand, _ options: CentralOptions, at now: Timestamp, archive: (String, Int) throws -> Data?) {
    guard command.origin == OperatorCommand.central, let argument = command.argument else { return nil }
    let bytes = Data(argument.utf8)
    do {
      switch OperatorCommand.Action(rawValue: command.action) {
      case .rooms:
        guard options.takes.contains(.rooms), let list = try? JSONDecoder().decode(OperatorCommand.RoomList.self, from: bytes) else {
          return nil
        }
        self = .rooms(try CentralOptions.rules(list), id: list.id)
      case .release:
        guard options.takes.contains(.signatures), let given = try? JSONDecoder().decode(OperatorCommand.Release.self, from: bytes) else {
          return nil
        }
        guard let text = given.signed, let signature = given.signature else {
          self = .release(StoredRelease(id: given.id, number: 0, at: now), nil)
          return
        }
        let packed = try archive(given.id, ReleaseArchive.limit)
        let (signed, signatures) = try options.signatures(text, signature, archive: packed, isNew: true)
        guard signed.id == given.id else { throw CommandRefusal("it is another release than it says") }
        self = .release(
          StoredRelease(id: signed.id, number: signed.number, signed: text, signature: signature, archive: packed, at: now), signatures)
      default: return nil
      }
    } catch {
      self = .refused(CentralOptions.words(for: error))
    }
  }

  var part: PreparedPart {
    switch self {
    case .rooms: .rooms
    case .release(let release, _): .release(release)
    case .refused(let reason): .refused(reason)
    }
  }
}

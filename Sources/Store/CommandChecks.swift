import Detection
import Foundation

/// A command of `serve` as it is applied: complete, allowed, and within the limits.
struct CheckedCommand {
  enum Decision {
    case act(AlertAction, on: String)
    case declare(OperatorCommand.Camera, answering: String?)
    case paper(OperatorCommand.Paper, about: String?)
    case declareAll([OperatorCommand.Camera], id: String)
    case rooms(OperatorCommand.RoomList)
    case release(OperatorCommand.Release)

    /// What `uplink.accept` must name for it.
    var part: CentralPart? {
      switch self {
      case .declareAll: .declared
      case .rooms: .rooms
      case .release: .signatures
      case .act, .declare, .paper: nil
      }
    }
  }

  /// Bytes of a name, an origin or a pattern.
  static let nameLimit = 255
  /// Bytes of a note.
  static let noteLimit = 4096
  /// Bytes of a declaration.
  static let argumentLimit = 4096
  /// The same of a list, and how many cameras it may have.
  static let listLimit = OperatorCommand.argumentLimit
  static let cameraLimit = 256
  static let ruleLimit = 2000

  let decision: Decision
  /// "NAME via ORIGIN", for the history.
  let who: String
  let note: String?

  /// - Throws: `CommandRefusal`, with the reason for people.
  init(_ command: OperatorCommand) throws(CommandRefusal) {
    guard let action = OperatorCommand.Action(rawValue: command.action) else { throw CommandRefusal("its action is unknown") }
    switch action {
    case .acknowledge: break
    case .evidence where command.origin == OperatorCommand.central: break
    case .declareAll, .rooms, .release:
      guard command.origin == OperatorCommand.central else { throw CommandRefusal("only central may \(action.rawValue)") }
    case .dismiss, .reopen, .declare, .evidence, .report, .certificate:
      guard command.origin == OperatorCommand.page else { throw CommandRefusal("only the page may \(action.rawValue)") }
    }
    who = "\(try Self.name(command.who, "who") ?? "somebody") via \(try Self.name(command.origin, "origin") ?? "unknown")"
    note = try Self.text(command.note, "note", limit: Self.noteLimit)
    decision =
      switch action {
      case .acknowledge: .act(.acknowledge, on: try Self.alert(command))
      case .dismiss: .act(.dismiss, on: try Self.alert(command))
      case .reopen: .act(.reopen, on: try Self.alert(command))
      case .declare: .declare(try Self.camera(command), answering: command.alert)
      case .evidence: .paper(try Self.paper(.evidence, command, note), about: try Self.alert(command))
      case .report: .paper(try Self.paper(.report, command, note), about: try Self.alert(command))
      case .certificate: .paper(try Self.paper(.certificate, command, note), about: nil)
      case .declareAll: try Self.cameras(command)
      case .rooms: .rooms(try Self.rooms(command))
      case .release: .release(try Self.release(command))
      }
  }

  private static func paper(
    _ kind: StoredPaper.Kind, _ command: OperatorCommand, _ note: String?
  ) throws(CommandRefusal) -> OperatorCommand.Paper {
    let text = command.argument ?? "{}"
    guard text.utf8.count <= argumentLimit,
      let argument = try? JSONDecoder().decode(OperatorCommand.Paper.Argument.self, from: Data(text.utf8))
    else { throw CommandRefusal("what it asks for cannot be read") }
    var paper = OperatorCommand.Paper(kind, format: argument.format, month: argument.month, hasMedia: argument.media == true)
    guard kind.formats.contains(paper.format) else { throw CommandRefusal("there is no \(kind.rawValue) of that format") }
    guard (kind == .certificate) == (paper.month != nil), paper.month.map(isMonth) != false else {
      throw CommandRefusal("its month cannot be used")
    }
    guard !paper.hasMedia || kind == .evidence && note != nil else { throw CommandRefusal("media needs a pack and a reason") }
    paper.isForCentral = command.origin == OperatorCommand.central
    guard !paper.hasMedia || !paper.isForCentral else { throw CommandRefusal("central gets no media") }
    return paper
  }

  /// `2026-11`
  private static func isMonth(_ text: String) -> Bool { text.wholeMatch(of: /20[0-9]{2}-(0[1-9]|1[0-2])/) != nil }

  private static func alert(_ command: OperatorCommand) throws(CommandRefusal) -> String {
    guard let alert = command.alert else { throw CommandRefusal("it names no alert") }
    return alert
  }

  private static func camera(_ command: OperatorCommand) throws(CommandRefusal) -> OperatorCommand.Camera {
    guard let argument = command.argument, argument.utf8.count <= argumentLimit,
      let camera = try? JSONDecoder().decode(OperatorCommand.Camera.self, from: Data(argument.utf8))
    else { throw CommandRefusal("what it declares cannot be read") }
    return try checked(camera)
  }

  private static func cameras(_ command: OperatorCommand) throws(CommandRefusal) -> Decision {
    guard let argument = command.argument, argument.utf8.count <= listLimit,
      let list = try? JSONDecoder().decode(OperatorCommand.CameraList.self, from: Data(argument.utf8)), list.cameras.count <= cameraLimit,
      let id = try name(list.id, "id")
    else { throw CommandRefusal("what it declares cannot be read") }
    var cameras: [OperatorCommand.Camera] = []
    for camera in list.cameras { cameras.append(try checked(camera)) }
    return .declareAll(cameras, id: id)
  }

  private static func rooms(_ command: OperatorCommand) throws(CommandRefusal) -> OperatorCommand.RoomList {
    guard let argument = command.argument, argument.utf8.count <= listLimit,
      let list = try? JSONDecoder().decode(OperatorCommand.RoomList.self, from: Data(argument.utf8)), list.rules.count <= ruleLimit,
      try name(list.id, "id") == list.id
    else { throw CommandRefusal("its rooms cannot be read, or are more than \(ruleLimit) rules or \(listLimit >> 10) KiB") }
    for rule in list.rules {
      for value in rule.values { _ = try text(value, "rule", limit: nameLimit) }
    }
    return list
  }

  private static func release(_ command: OperatorCommand) throws(CommandRefusal) -> OperatorCommand.Release {
    guard let argument = command.argument, argument.utf8.count <= listLimit,
      let release = try? JSONDecoder().decode(OperatorCommand.Release.self, from: Data(argument.utf8)),
      try name(release.id, "id") == release.id
    else { throw CommandRefusal("its release cannot be read") }
    return release
  }

  private static func checked(_ given: OperatorCommand.Camera) throws(CommandRefusal) -> OperatorCommand.Camera {
    var camera = given
    guard let pattern = try name(camera.pattern, "pattern"), !pattern.allSatisfy({ $0 == "*" }) else {
      throw CommandRefusal("it would declare everything")
    }
    camera.pattern = pattern
    camera.name = try name(camera.name, "name")
    camera.place = try name(camera.place, "place")
    camera.owner = try name(camera.owner, "owner")
    return camera
  }

  private static func name(_ text: String?, _ what: String) throws(CommandRefusal) -> String? {
    try self.text(text, what, limit: nameLimit)
  }

  /// One line without control characters; nil if nothing is left of it.
  private static func text(_ text: String?, _ what: String, limit: Int) throws(CommandRefusal) -> String? {
    guard let text else { return nil }
    guard text.utf8.count <= limit else { throw CommandRefusal("its \(what) is longer than \(limit) bytes") }
    let clean = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar -> Unicode.Scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: " "
          default: scalar
          }
        })
    ).trimmingCharacters(in: .whitespaces)
    return clean.isEmpty ? nil : clean
  }
}

/// Why a command was not applied.
public struct CommandRefusal: Error, Equatable, Sendable {
  public let reason: String
  public init(_ reason: String) { self.reason = reason }
}

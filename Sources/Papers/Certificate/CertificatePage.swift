import Detection
import Documents
import Packs
import Store

/// A certificate as a page. What is signed stands between two marks, which no value can hold: values are escaped.
public struct CertificatePage {
  public static let textName = "certificate.txt"
  private static let begin = "<!--signed-->"
  private static let end = "<!--/signed-->"

  private let record: InspectionRecord
  private var utc: Bool { record.utc }

  public init(_ record: InspectionRecord) { self.record = record }

  /// The page, and the text that it holds; nil if the key cannot sign.
  public func signed(by key: SigningKey) -> (page: [UInt8], text: String)? {
    let rest = Array(html(signed: .empty).text.utf8)
    guard let text = CertificateText(record, page: PackManifest.sum(of: rest), signedBy: key)?.text, let code = QRCode(text) else {
      return nil
    }
    let part: HTML = """
      <figure>
      \(code.html(label: "The text below as a QR code"))
      <figcaption>This code holds the text below.</figcaption>
      </figure>
      <pre id="certificate">\(HTML(stringLiteral: text.htmlEscaped))</pre>
      <p>Key of this box, to be compared with the one that you know:</p>
      <pre>\(HTML(stringLiteral: key.publicKey.pem.htmlEscaped))</pre>

      """
    return (Array(html(signed: part).text.utf8), text)
  }

  /// The signed text of a page, and the page without its signed part; nil if it is no such page.
  static func parts(of page: [UInt8]) -> (text: [UInt8], rest: [UInt8])? {
    guard let text = String(validating: page, as: UTF8.self), let first = text.firstRange(of: begin),
      let last = text[first.upperBound...].firstRange(of: end)
    else { return nil }
    let part = text[first.upperBound..<last.lowerBound]
    let rest = text[..<first.upperBound] + text[last.lowerBound...]
    guard let start = part.firstRange(of: "<pre id=\"certificate\">"), let stop = part[start.upperBound...].firstRange(of: "</pre>") else {
      return ([], Array(rest.utf8))
    }
    return (Array(unescaped(part[start.upperBound..<stop.lowerBound]).utf8), Array(rest.utf8))
  }

  private static func unescaped(_ text: Substring) -> String {
    let marks = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    return marks.reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
  }

  // MARK: The page

  private func html(signed part: HTML) -> HTML {
    let isAlarm = record.isTooLittle || record.count(.open) > 0
    return .paper(
      title: "\(record.title)", heading: "\(record.title)", version: record.version, answer: answer, isAlarm: isAlarm,
      style: "svg.qr { width: 7cm; } pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; }\n",
      """
      \(frame)\(rooms)\(kinds)\(cases)\(people)<section>
      <h2>How this can be checked</h2>
      <p>The box signed the text below, which has the sums of this page and a check sum of all the rest of it. On any machine with Lenscap, \
      without a network: <code>lenscap certificate verify FILE --key box.pem</code>, with this page, or with the text that the code gives. \
      The signature says that nothing was changed since a box with this key wrote it; it does not say that what the box saw is all there was.</p>
      \(HTML(stringLiteral: Self.begin))\(part)\(HTML(stringLiteral: Self.end))
      </section>

      """)
  }

  private var answer: String {
    let blind = record.blindRooms.count
    let rooms =
      record.rooms.isEmpty
      ? "No rooms are configured, so nobody can say which were watched."
      : "\(record.rooms.count - blind) of \(plural(record.rooms.count, "room") ?? "") watched, \(blind) blind."
    let found = plural(record.raised, "undeclared camera", "undeclared cameras").map { "\($0) found" } ?? "No undeclared camera found"
    let open = record.count(.open)
    return
      "\(rooms) \(found) where and when the network was watched\(open > 0 ? "; \(open) \(open == 1 ? "case is" : "cases are") open" : "")."
  }

  private func time(_ time: Timestamp) -> String { ReportWords.time(time, utc: utc) }

  private var frame: HTML {
    .facts([
      ("Property", record.property), ("Sensor", record.sensor.map { "\($0.name) (\($0.id ?? "no id"))" }),
      ("Month", "\(record.month.name), \(time(record.from)) to \(time(record.to))" + (record.isOver ? "" : ": it is not over")),
      ("Time zone", record.from.zone(utc: utc)), ("Written", time(record.written)),
    ])
  }

  // MARK: Rooms

  private var rooms: HTML {
    let blind = record.blindRooms
    let watched = record.rooms.filter(\.isWatched)
    let percent = Int(InspectionRecord.enough * 100)
    return """
      <section>
      <h2>Rooms that were blind</h2>
      <p>Watched in less than \(percent) % of the hours. What was there cannot be known.</p>
      \(table(blind, none: record.rooms.isEmpty ? "No rooms are configured." : "None."))<h2>Rooms that were watched</h2>
      <p>Watched in \(percent) % of the hours or more. An hour counts where traffic of the room was captured and hardly any was lost.</p>
      \(table(watched, none: "None."))</section>

      """
  }

  private func table(_ rooms: [InspectionRecord.Room], none: String) -> HTML {
    guard !rooms.isEmpty else { return "<p>\(none)</p>\n" }
    return .table(
      ["Room", "Hours watched", "Of", "Part", "Not watched because"],
      rooms.map { room in
        [
          room.name, grouped(UInt64(room.watched)), grouped(UInt64(room.hours)),
          room.hours == 0 ? "-" : "\(room.watched * 100 / room.hours) %", Self.reasons(room),
        ]
      }, numbers: [1, 2, 3])
  }

  private static func reasons(_ room: InspectionRecord.Room) -> String {
    let known = room.blind.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }.map { "\(words($0.key)): \($0.value) h" }
    return (known + (room.unrecorded > 0 ? ["no record: \(room.unrecorded) h"] : [])).joined(separator: "; ")
  }

  private static func words(_ reason: RoomHour.Reason) -> String {
    switch reason {
    case .neverSeen: "nothing was ever seen of it"
    case .quiet: "no traffic"
    case .interfaceGone: "interface gone"
    case .packetsLost: "packets lost"
    case .notRunning: "the watch did not run"
    }
  }

  // MARK: Cameras

  private var kinds: HTML {
    let content =
      record.headersOnly
      ? [
        "Cameras that announce themselves or answer searches, or whose address is that of a camera maker. Contents were not read (headers-only)."
      ]
      : [
        "Cameras that send or offer video in the watched network, also for a moment, by the protocols that cameras use.",
        "Cameras that use the cloud of a maker, by what they look up, how they begin encrypted connections, and how they send.",
        "Cameras that announce themselves or answer searches.",
      ]
    return """
      <section>
      <h2>Cameras that would have been seen</h2>
      <p>In watched rooms and hours:</p>
      \(HTML.list(content))<h2>Cameras that would not have been seen</h2>
      \(HTML.list([
        "Cameras that record to a card, and send nothing.", "Cameras that send by a mobile network, or by a radio of their own.",
        "Cameras that were switched off.", "Cameras behind a router of their own: only the router is seen.",
        "Cameras in other networks, in blind rooms, and in hours that were not watched.",
        "Cameras of a kind that nobody described yet, if they send little.",
      ]))</section>

      """
  }

  // MARK: Cases and people

  private var cases: HTML {
    guard !record.cases.isEmpty else {
      return "<section>\n<h2>What was found</h2>\n<p>Nothing was found where and when it was watched.</p>\n</section>\n"
    }
    let rows = record.cases.map { item in
      [String(item.id.prefix(8)), time(item.raised), item.room ?? "not known", item.what, item.status.rawValue]
    }
    let further = plural(record.furtherCases, "further case")
    return """
      <section>
      <h2>What was found</h2>
      \(HTML.table(["Case", "Raised", "Room", "What", "State"], rows))\(further.map { "<p>\($0), not listed here.</p>\n" as HTML } ?? .empty)</section>

      """
  }

  /// What was done, declared, dismissed and erased, and by whom.
  private var people: HTML {
    let decisions = record.cases.flatMap { item in
      item.entries.map { ($0.time, [String(item.id.prefix(8)), $0.what, $0.who ?? "", $0.note ?? ""]) }
    }
    let declared = record.declarations.map { item in
      let what = ["declared as the property's own", item.name, item.place.map { "place: \($0)" }].compactMap { $0 }.joined(separator: ", ")
      return (item.declaredAt, ["-", what, item.declaredBy ?? "", item.note ?? ""])
    }
    let erased = record.erasures.map { item in
      (
        item.at,
        ["-", "erased \(plural(item.devices, "device") ?? "no device") and \(plural(item.alerts, "alert") ?? "no alert")", item.who, ""]
      )
    }
    let rows = (decisions + declared + erased).sorted { $0.0 < $1.0 }.map { [time($0.0)] + $0.1 }
    let table: HTML = rows.isEmpty ? "<p>Nobody decided anything.</p>\n" : .table(["Time", "Case", "What", "Who", "Why"], rows)
    return "<section>\n<h2>What was done, and by whom</h2>\n\(table)</section>\n"
  }
}

import Capture
import Detection
import Documents
import Store

/// A report as a page that needs nothing beside itself: no script, no picture and no style from elsewhere.
public struct ReportPage {
  private let report: IncidentReport
  private var utc: Bool { report.origin.utc }

  public init(_ report: IncidentReport) { self.report = report }

  public var bytes: [UInt8] { Array(html.text.utf8) }

  public var answer: String {
    if let recording = report.recording { return recording.answer }
    guard let subject = report.subjects.first else { return "Nothing is known about this device." }
    return words(subject).answer(status: subject.status)
  }

  private var isAlarm: Bool { report.subjects.contains { $0.device.mayBeCamera && !$0.device.isDeclared } }

  private func words(_ subject: IncidentReport.Subject) -> ReportWords {
    ReportWords(device: subject.device, makers: report.makers, utc: utc)
  }

  private func time(_ time: Timestamp) -> String { ReportWords.time(time, utc: utc) }

  private var html: HTML {
    let sections = report.subjects.map { section($0) }
    return .paper(
      title: "Incident report: \(answer)", heading: "Incident report", version: report.origin.version, answer: answer, isAlarm: isAlarm,
      "\(frame)\(sections)\(limits)\(origins)\(custody)")
  }

  private var moment: Timestamp {
    report.subjects.first?.device.firstSeen ?? report.inputs.compactMap(\.summary.firstSeen).min() ?? report.origin.written
  }

  /// Where and when, for the whole report.
  private var frame: HTML {
    let first = report.inputs.compactMap(\.summary.firstSeen).min()
    let last = report.inputs.compactMap(\.summary.lastSeen).max()
    return .facts([
      ("Property", report.origin.property), ("Sensor", report.origin.sensor.map { "\($0.name) (\($0.id ?? "no id"))" }),
      ("Recording", first.flatMap { first in last.map { Timestamp.span(first, $0, utc: utc) } }),
      ("Time zone", moment.zone(utc: utc)), ("Clock", report.origin.clock), ("Clock synchronised", report.origin.clockState),
      ("Written", time(report.origin.written)),
    ])
  }

  // MARK: A device

  private func section(_ subject: IncidentReport.Subject) -> HTML {
    let device = subject.device
    let title = device.label.forPeople().prefix(1).uppercased() + device.label.forPeople().dropFirst()
    let words = words(subject)
    let heading = report.recording == nil ? "" : words.answer(status: subject.status)
    let explanations = Explanations(device: device, isWithoutOthers: report.isWithoutOthers)
    return """
      <section>
      <h2>\(title) \(words.name)</h2>
      \(heading.isEmpty ? .empty : "<p>\(heading)</p>" as HTML)
      \(facts(subject, words))<h3>Why</h3>
      \(reasons(subject))\(picture(subject))<h3>Who watched</h3>
      \(watchers(device))<h3>What was not seen, and what else could explain it</h3>
      \(HTML.list(explanations.notSeen + explanations.alternatives))\(against(subject, explanations))\(history(subject))</section>

      """
  }

  private func facts(_ subject: IncidentReport.Subject, _ words: ReportWords) -> HTML {
    let device = subject.device
    let others = device.addresses.dropFirst().map(\.description)
    return .facts([
      ("Certainty", words.certainty), ("Room", device.room ?? "not known from the network"),
      ("Network", device.id.segment == .untagged ? nil : device.id.segment.description),
      ("MAC address", device.id.mac.isNone ? "not seen" : device.id.mac.description.uppercased()),
      ("Further addresses", others.isEmpty ? nil : listed(Array(others.prefix(8)))), ("Name", device.hostname),
      ("First packet", moment(device.firstSeen, subject.traffic?.first)), ("Last packet", moment(device.lastSeen, subject.traffic?.last)),
      ("Sent", "\(grouped(device.packetsSent)) packets, \(size(device.bytesSent))"), ("Received", size(device.bytesReceived)),
      ("Kind of device", device.classSentence(withPackets: subject.hasPackets && !report.inputs.isEmpty)),
      ("Sends", device.traffic?.sentence(utc: utc, at: device.lastSeen)),
      ("Alert", subject.alert.map { $0 + (subject.status.map { ", \($0)" } ?? "") }),
    ])
  }

  private func moment(_ time: Timestamp, _ packet: PacketReference?) -> String {
    self.time(time) + (packet.map { ", \(place($0))" } ?? "")
  }

  /// `packet 17 of lobby.pcapng`
  private func place(_ packet: PacketReference) -> String {
    let file =
      Int(packet.file) < report.inputs.count && report.inputs.count > 1 ? " of \(report.inputs[Int(packet.file)].summary.path)" : ""
    return "packet \(packet.number)\(file)"
  }

  private func reasons(_ subject: IncidentReport.Subject) -> HTML {
    let shown = subject.reasons.filter { $0.signature.says != .notCamera && !$0.reason.isEmpty }.sorted { $0.weight > $1.weight }
    guard !shown.isEmpty else { return "<p>There are no reasons.</p>\n" }
    let isNoteNeeded = shown.contains(where: isForgeable)
    return evidence(shown, subject)
      + (isNoteNeeded
        ? "<p class=\"note\">“Anybody”: a packet shows it that anybody on the network can send; it counts less.</p>\n" : .empty)
      + .list(subject.losses)
      + (subject.hasPackets
        ? .empty
        : "<p class=\"note\">The packet numbers count the packets of the run of the watch that saw them, not those of a file.</p>\n")
  }

  private func isForgeable(_ evidence: Evidence) -> Bool { evidence.weight > 0 && !evidence.isCorroborated }

  private func evidence(_ items: [Evidence], _ subject: IncidentReport.Subject) -> HTML {
    .table(
      ["Reason", "Weight", "Packet", "Times", "First seen", "Signature"],
      items.map { item in
        [
          item.reason, ReportWords.weight(item) + (isForgeable(item) ? ", anybody" : ""),
          subject.hasPackets ? place(item.packet) : String(item.packet.number), String(item.count), time(item.firstSeen), item.signature.id,
        ]
      }, numbers: [3])
  }

  private func picture(_ subject: IncidentReport.Subject) -> HTML {
    guard let picture = subject.traffic.map({ TrafficPicture($0) }) ?? subject.counted else {
      return subject.hasPackets
        ? .empty : "<p class=\"note\">The database has no rates over time of this device, so there is no picture of its traffic.</p>\n"
    }
    return picture.figure(utc: utc)
  }

  private func watchers(_ device: Device) -> HTML {
    if report.isWithoutOthers { return "<p>This report does not name others.</p>\n" }
    guard !device.streams.isEmpty else { return "<p>No stream from it was seen in the clear.</p>\n" }
    let streams = device.streams.sorted { $0.bytes > $1.bytes }
    return .table(
      ["Address", "Protocol", "From", "To", "Bytes"],
      streams.map { [$0.peer.description, $0.name, time($0.firstSeen), time($0.lastSeen), grouped($0.bytes)] }, numbers: [4])
  }

  private func against(_ subject: IncidentReport.Subject, _ explanations: Explanations) -> HTML {
    let items = explanations.against
    return items.isEmpty ? .empty : "<p>This speaks against a camera, and was weighed:</p>\n" + evidence(items, subject)
  }

  private func history(_ subject: IncidentReport.Subject) -> HTML {
    guard !subject.history.isEmpty else { return .empty }
    return "<h3>What was done, and by whom</h3>\n"
      + .table(["Time", "What", "Who", "Note"], subject.history.map { [time($0.time), $0.what, $0.who ?? "", $0.note ?? ""] })
  }

  // MARK: The whole

  private var limits: HTML {
    guard let coverage = report.coverage else { return .empty }
    let others = report.recording.map { $0.devices - report.subjects.count } ?? 0
    let rest =
      others > 0
      ? [
        "\(plural(others, "other device") ?? "") showed nothing that makes a camera likely, and \(others == 1 ? "is" : "are") not described here."
      ] : []
    let general =
      "A camera that records to a card, sends by a mobile network or stands behind an own router shows nothing here; this report never means that a room is safe."
    let gaps = coverage.gaps
    return "<section>\n<h2>What could not be seen</h2>\n"
      + .list((gaps.isEmpty ? ["All \(grouped(coverage.packets)) packets could be judged."] : gaps) + rest + [general]) + "</section>\n"
  }

  private var origins: HTML {
    let origin = report.origin
    let files = report.inputs.map { input in
      [
        input.summary.path, grouped(input.summary.packets), grouped(input.size), input.sum ?? "could not be read again",
        input.summary.error.map { "not read to the end: \($0)" } ?? "",
      ]
    }
    let ids = Set(report.subjects.flatMap { $0.reasons.map(\.signature.id) }).sorted()
    let table: HTML =
      files.isEmpty
      ? "<p>There were no captures: this report was written from the database of the watch.</p>\n"
      : .table(["File", "Packets", "Bytes", "SHA-256", "Remark"], files, numbers: [1, 2], kind: "files")
    return """
      <section>
      <h2>How this can be checked</h2>
      \(HTML.facts([
        ("Program", "lenscap \(origin.version)"), ("Signatures", origin.signatures.map { "\($0.count), SHA-256 of their list \($0.sum)" }),
        ("Signatures used", ids.isEmpty ? nil : ids.joined(separator: ", ")), ("Written by", origin.command),
        ("Same result by", origin.reproduction),
      ]))\(table)\(HTML.list(origin.remarks))</section>

      """
  }

  private var custody: HTML {
    let row: HTML = "<tr><td></td><td></td><td></td><td></td><td></td></tr>\n"
    return """
      <section>
      <h2>Custody</h2>
      <p>Everybody who hands over or takes over this report, its files or the device signs here.</p>
      <table class="custody">
      <thead><tr><th scope="col">Date and time</th><th scope="col">What</th><th scope="col">Handed over by (name, signature)</th><th scope="col">Taken over by (name, signature)</th><th scope="col">Purpose, check sums compared</th></tr></thead>
      <tbody>
      \(Array(repeating: row, count: 6))</tbody>
      </table>
      </section>

      """
  }
}

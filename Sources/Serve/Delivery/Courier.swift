import ConfigurationFiles
import Detection
import Sinks

/// Makes a sink from its settings.
public typealias SinkMaker = @Sendable (SinkSettings) throws -> any Sink

/// One sink with its queue, its texts, and what is under way. Used only by the deliverer.
final class Courier {
  let settings: SinkSettings
  let sink: any Sink
  private var writer: MessageWriter
  private let property: PropertySettings
  private var sensorName: String
  private let privacy: PrivacySettings.Level
  var queue: SinkQueue?
  var sending: Task<Void, Never>?
  var background: Task<Void, Never>?
  /// True while the sink takes the state of the box.
  var isUpdating = false
  /// The link of the message that is being sent.
  var link: (uid: String, address: String)?
  /// True while the courier of former settings ends: two must not serve one sink.
  var isHeldUp = false
  /// True once another took its place: it sends nothing further.
  var isEnding = false
  /// When this program began to serve it.
  let begun: Timestamp
  /// Messages by result, since the start.
  private(set) var results: [String: Int] = [:]

  init(_ settings: SinkSettings, _ all: Settings, sensorName: String, begun: Timestamp, _ make: SinkMaker) throws {
    self.settings = settings
    self.begun = begun
    privacy = Privacy.level(of: settings, all.privacy)
    property = all.property
    self.sensorName = sensorName
    writer = try Self.writer(settings, property, sensorName, privacy)
    sink = try make(settings)
  }

  private static func writer(
    _ settings: SinkSettings, _ property: PropertySettings, _ sensorName: String, _ privacy: PrivacySettings.Level
  ) throws -> MessageWriter {
    try MessageWriter(
      property: property, sensorName: sensorName, language: settings.language, templates: settings.template, privacy: privacy)
  }

  /// The name of the sensor is known once the watch has run.
  func rename(_ name: String) {
    guard name != sensorName, let renamed = try? Self.writer(settings, property, name, privacy) else { return }
    (writer, sensorName) = (renamed, name)
  }

  func parcel(_ events: [Event], uid: String, link: String?, at now: Timestamp) -> Parcel {
    let after = events.count == 1 ? events[0].document["escalated"]?["after"]?.integer : nil
    // Only persons get the first report as one message.
    let told = settings.reachesPerson ? events : events.map(\.withoutFirstReport)
    let message = writer.message(
      for: told, occasion: after.map { .escalation(after: .seconds($0)) } ?? .news, acknowledgeURL: link, now: now)
    let shown = privacy == .full ? events : events.map(Privacy.minimised)
    return Parcel(events: shown, uid: uid, message: message, time: now)
  }

  /// Counters go on when settings change.
  func takeResults(of former: Courier) { results = former.results }

  func count(_ outcome: SinkQueue.Outcome) {
    let name =
      switch outcome {
      case .delivered: "delivered"
      case .retries, .disabled: "retried"
      case .failed: "failed"
      }
    results[name, default: 0] += 1
  }
}

import ConfigurationFiles
import Detection

/// A place that events are sent to. Each kind is one file in `Kinds/`; `SinkSettings.makeSink` makes it.
///
/// The caller hands over one parcel at a time, in order, and decides what is sent again, gathered or given up. A sink returns within the time
/// limits of its kind, and soon after its task was cancelled. It writes no secret into an error, and treats every text in an event as hostile.
public protocol Sink: Sendable {
  /// Sends a parcel. Returns once the receiver confirmed it, or has it where its protocol knows no confirmation.
  /// - Throws: why it was not delivered. The receiver may have it nevertheless, such as where its confirmation was lost.
  func deliver(_ parcel: Parcel) async throws(DeliveryError)

  /// Works beside deliveries until its task is cancelled: keeps a connection, reads people's answers. The default returns at once.
  func run(_ inbox: Inbox) async

  /// Takes the state of the box, at least every minute. The default does nothing.
  func update(_ state: BoxState) async

  /// Lets go of files and connections, after SIGHUP: the next delivery opens them again. The default does nothing.
  func reopen() async
}

extension Sink {
  public func run(_ inbox: Inbox) async {}
  public func update(_ state: BoxState) async {}
  public func reopen() async {}
}

/// Why a parcel was not delivered. The texts are one line for people, without a secret; they may
/// repeat what the receiver said.
public enum DeliveryError: Error, Equatable, Sendable {
  /// It may work later: after `retryAfter`, if the receiver said so, at most a day.
  case temporary(String, retryAfter: Duration? = nil)
  /// This parcel will never be accepted; the next one may be.
  case refused(String)
  /// The receiver wants no more (a webhook's HTTP 410): nothing is sent until a person enables the sink again.
  case disabled(String)

  public var reason: String {
    switch self {
    case .temporary(let reason, _), .refused(let reason), .disabled(let reason): reason
    }
  }
}

/// What is sent at once: one event, or several that were gathered into one message.
public struct Parcel: Sendable {
  /// At least one, in order, reduced as the sink's privacy says.
  public let events: [Event]
  /// Of one event its own, else one that belongs to these events: the same when it is sent again.
  public let uid: String
  /// About all events, for people, in the sink's language and with its privacy.
  public let message: Message
  /// When this attempt is made, by the wall clock.
  public let time: Timestamp

  public init(events: [Event], uid: String, message: Message, time: Timestamp) {
    precondition(!events.isEmpty)
    self.events = events
    self.uid = uid
    self.message = message
    self.time = time
  }

  /// The first event.
  public var event: Event { events[0] }
  /// True for several events in one message.
  public var isGathered: Bool { events.count > 1 }
}

/// Texts for people. Only `html` has mark-up, and only `long` and `html` have several lines.
public struct Message: Sendable, Equatable {
  /// At most 120 characters, without control characters.
  public var subject: String
  /// For a phone, at most 400 characters, without control characters.
  public var short: String
  /// With the reasons and what to do, at most 65,536 characters.
  public var long: String
  /// The same as a part of an HTML page, with every value escaped.
  public var html: String
  /// True for alerts and health events of `high` severity, and where nobody acknowledged in time.
  public var isUrgent: Bool
  /// The page with a button that acknowledges the alert; nil without `serve.public_url`, and where there is nothing to acknowledge.
  public var acknowledgeURL: String?
  /// Id of the alert that an answer acknowledges; nil if there is nothing to acknowledge.
  public var alert: String?

  public init(
    subject: String, short: String, long: String, html: String, isUrgent: Bool, acknowledgeURL: String? = nil, alert: String? = nil
  ) {
    self.subject = subject
    self.short = short
    self.long = long
    self.html = html
    self.isUrgent = isUrgent
    self.acknowledgeURL = acknowledgeURL
    self.alert = alert
  }
}

/// The answers of people that come back through a sink.
public struct Inbox: Sendable {
  /// Acknowledges an alert: its id, and who says so, for the history (hostile text, of which at most 255 bytes are kept).
  ///
  /// Returns false if there is no such alert, or the answer cannot be stored.
  public let acknowledge: @Sendable (_ alert: String, _ who: String) async -> Bool

  public init(acknowledge: @escaping @Sendable (_ alert: String, _ who: String) async -> Bool) { self.acknowledge = acknowledge }
}

/// The box as a whole, for sinks that show a state.
public struct BoxState: Sendable, Equatable {
  /// 16 hexadecimal digits; nil before the first run of the watch.
  public var sensorID: String?
  public var sensorName = ""
  /// True if the watch gave a sign of life in the last minute.
  public var isWatching = false
  /// False while another sink is disabled, or could not deliver for longer than its `alarm_after`.
  public var isDelivering = true
  /// Packet time; nil before the first packet.
  public var lastPacket: Timestamp?
  /// Cameras that the watch sees and that are not declared.
  public var undeclaredCameras = 0
  /// Alerts that wait for a person.
  public var openAlerts = 0
  /// Ids of the open alerts, oldest first, at most a hundred.
  public var openAlertIDs: [String] = []
  /// Rooms of the configuration from which something was seen in this clock hour or the one before.
  public var roomsWatched = 0
  /// The other rooms of the configuration.
  public var roomsBlind = 0
  /// Of this program.
  public var version = ""

  public init() {}
}

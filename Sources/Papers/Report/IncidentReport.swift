import Capture
import Detection
import Documents
import Packs
import Store

/// What a report says: a plain value, so that the page, a command and a pack can write the same one.
public struct IncidentReport: Sendable {
  /// A device that the report is about.
  public struct Subject: Sendable {
    public var device: Device
    /// Id of its alert.
    public let alert: String?
    /// The state of the alert: open, dismissed …
    public var status: String?
    public var history: [Entry] = []
    /// From the captures; nil where there are none.
    public var traffic: TrafficCount?
    /// What the watch counted, without packets.
    public var counted: TrafficPicture?
    /// What the proving packets do not show by themselves.
    public var losses: [String] = []
    /// The packet numbers are those of the report's captures.
    public var hasPackets = true
    /// The reasons; other ones than the device's own where captures show them with their packets.
    public var reasons: [Evidence]

    public init(device: Device, alert: String?) {
      self.device = device
      self.alert = alert
      reasons = device.evidence
    }
  }

  /// Something that happened to a case, or that somebody did.
  public struct Entry: Sendable {
    let time: Timestamp
    let what: String
    let who: String?
    let note: String?

    public init(time: Timestamp, what: String, who: String? = nil, note: String? = nil) {
      (self.time, self.what, self.who, self.note) = (time, what, who, note)
    }
  }

  /// A capture that the report rests on.
  public struct Input: Sendable {
    let summary: CaptureSequence.Summary
    let size: UInt64
    /// Nil if it could not be read again.
    let sum: String?

    public init(_ summary: CaptureSequence.Summary) {
      self.summary = summary
      let facts = FileSum(of: summary.path)
      (size, sum) = (facts?.size ?? 0, facts?.sum)
    }
  }

  /// How the report came to be.
  public struct Origin: Sendable {
    /// Of the program.
    public var version: String
    /// The command that wrote it.
    public var command: String
    /// The command that reaches the same result; nil where nothing but the database is left.
    public var reproduction: String?
    public var signatures: SignatureSum?
    public var written: Timestamp
    /// Times are shown in UTC, otherwise in the property's zone.
    public var utc: Bool
    /// How far the clock was off, as far as somebody knows.
    public var clock: String
    /// Whether something set the clock.
    public var clockState = "not recorded"
    public var property: String?
    public var sensor: Sensor?
    /// Why there are no packets, or not all.
    public var remarks: [String] = []

    public init(
      version: String, command: String, reproduction: String? = nil, signatures: SignatureSum? = nil, written: Timestamp, utc: Bool,
      clock: String
    ) {
      (self.version, self.command, self.reproduction, self.signatures) = (version, command, reproduction, signatures)
      (self.written, self.utc, self.clock) = (written, utc, clock)
    }
  }

  public var subjects: [Subject]
  public var inputs: [Input]
  public var origin: Origin
  /// What the recording could not show; nil where there is none.
  public var coverage: Coverage?
  /// The report is about a whole recording: its first sentence, and the number of all its devices.
  public var recording: (answer: String, devices: Int)?
  /// Who watched is not named.
  public private(set) var isWithoutOthers = false
  public let makers: OUIRegistry

  public init(
    subjects: [Subject], inputs: [Input], origin: Origin, coverage: Coverage? = nil, recording: (answer: String, devices: Int)? = nil
  ) {
    (self.subjects, self.inputs, self.origin, self.coverage, self.recording) = (subjects, inputs, origin, coverage, recording)
    makers = OUIRegistry(of: subjects.map(\.device.id.mac))
  }
}

extension IncidentReport {
  /// Takes everybody else out.
  public mutating func leaveOut(_ others: WithoutOthers) {
    isWithoutOthers = true
    coverage = nil
    for index in subjects.indices {
      var subject = subjects[index]
      subject.device = others.device(subject.device)
      subject.reasons = subject.reasons.map { others.evidence($0, subject.device.deviceClass) }
      subject.history = []
      subject.losses = subject.losses.map(others.text)
      subjects[index] = subject
    }
    origin.remarks = origin.remarks.map(others.text) + [WithoutOthers.remark]
  }
}

/// The signatures that judged: their number, and a check sum over all their files.
public struct SignatureSum: Sendable {
  public let count: Int
  public let sum: String

  public init(count: Int, files: [PackFile]) {
    self.count = count
    sum = PackManifest.sum(of: Array(PackManifest(of: files).text.utf8))
  }
}

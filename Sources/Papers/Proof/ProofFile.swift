import Capture
import Detection
import Documents

/// Whether media stays in packets that are handed out.
public enum MediaChoice: Sendable, Equatable {
  /// Its headers stay.
  case cut
  /// Somebody needs the pictures, and says why.
  case kept(reason: String, who: String)

  /// For the file that holds the packets.
  var comment: String {
    switch self {
    case .cut: "media payload was cut to its headers; the original length of each packet is kept"
    case .kept(let reason, let who): "with media payload, written by \(who.forPeople()): \(reason.forPeople(limit: 300))"
    }
  }
}

/// Writes the packets that reports cite to a capture, each with a comment on what it shows.
///
/// Reads them again at the end, because it is not known earlier which packets will be cited. What counts in full because both sides of a
/// conversation spoke is written with the first packet of each side, so that the file alone shows it.
public final class ProofFile {
  /// What was written.
  public struct Summary: Sendable {
    public fileprivate(set) var packets = 0
    /// Packets of which media was cut.
    public fileprivate(set) var cut = 0
    /// Cited packets that were not found again, because a capture has changed meanwhile.
    public fileprivate(set) var missing = 0
    /// Cited packets that would have said something about others.
    public fileprivate(set) var leftOut = 0
  }

  private let inputs: [String]
  private let jobs: Int
  private let media: MediaChoice
  private let rewriting: PacketsWithoutOthers?
  private let writer: PcapngWriter
  private let interfaceNames = CaptureInterfaces()
  private var comments: [PacketReference: [String]] = [:]
  /// Packets that somebody answered, or that come from a device which took part in an exchange.
  private var corroborated: [PacketReference: DeviceID] = [:]
  /// Packets that show what somebody streams; it takes those before them in the connection to see that again.
  private var streaming: Set<PacketReference> = []
  /// The last such packet of each connection.
  private var leads: [Exchanges.Conversation: UInt64] = [:]

  private var summary = Summary()

  private struct Packet {
    let reference: PacketReference
    let time: Timestamp
    let linkType: LinkType
    let interface: UInt16
    let originalLength: Int
    let isCut: Bool
    let bytes: [UInt8]
  }

  private struct Link: Hashable {
    let file: UInt32
    let type: LinkType
    let interface: UInt16
  }

  /// Packets of a connection that are written because they lead to a cited one: the request, the head of the answer, the first headers.
  private static let leadLimit = 48

  /// Thrown to end the second reading.
  private struct AllFound: Error {}

  /// Creates the file before the replay, to fail early.
  ///
  /// - Parameters:
  ///   - inputs: the captures that reports cite.
  ///   - jobs: threads to read them with.
  ///   - remark: about the whole file, beside what happened to media.
  ///   - others: whose packets and addresses are left out; nil for nobody's.
  public init(
    path: String, inputs: [String], jobs: Int = 1, application: String, media: MediaChoice = .cut, remark: String? = nil,
    without others: WithoutOthers? = nil
  ) throws(CaptureError) {
    rewriting = others.map(PacketsWithoutOthers.init)
    (self.inputs, self.jobs, self.media) = (inputs, jobs, media)
    let comment = [media.comment, remark].compactMap { $0 }.joined(separator: "\n")
    writer = try PcapngWriter(path: path, application: application, comment: comment)
  }

  /// Collects the packets that show what these devices are.
  ///
  /// - Parameter firstFile: index of the devices' first file among all inputs.
  public func cite(_ devices: [Device], firstFile: Int = 0) {
    for device in devices {
      for evidence in device.evidence {
        let place = PacketReference(file: evidence.packet.file + UInt32(firstFile), number: evidence.packet.number)
        guard Int(place.file) < inputs.count else { continue }
        let comment = Self.comment(evidence)
        add(rewriting?.others.text(comment) ?? comment, to: place)
        if evidence.isCorroborated { corroborated[place] = device.id }
        if evidence.signature.facet == .media { streaming.insert(place) }
      }
    }
  }

  private func add(_ comment: String, to place: PacketReference) {
    if comments[place]?.contains(comment) != true { comments[place, default: []].append(comment) }
  }

  /// `generic-rtsp-live-video (camera, strong): serves live video (H264) over RTSP`
  private static func comment(_ evidence: Evidence) -> String {
    let signature = evidence.signature
    let claim = [signature.says.rawValue, evidence.strength?.rawValue].compactMap { $0 }.joined(separator: ", ")
    let reason = evidence.reason.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : String($0) }.joined()
    return "\(signature.id) (\(claim)): \(reason)"
  }

  /// Writes the cited packets, sorted by time.
  public func write() throws(CaptureError) -> Summary {
    citeExchanges()
    var packets = read()
    packets.sort { ($0.time, $0.reference.file, $0.reference.number) < ($1.time, $1.reference.file, $1.reference.number) }
    var interfaces: [Link: UInt32] = [:]
    for packet in packets {
      let link = Link(file: packet.reference.file, type: packet.linkType, interface: packet.interface)
      let interface =
        interfaces[link]
        ?? writer.addInterface(linkType: link.type, name: interfaceNames[link.interface], description: inputs[Int(link.file)])
      interfaces[link] = interface
      writer.write(
        bytes: packet.bytes, originalLength: packet.originalLength, time: packet.time, interface: interface,
        comment: comments[packet.reference, default: ["leads to a cited packet of the same conversation"]].joined(separator: "\n"))
    }
    if let error = writer.close() { throw error }
    (summary.packets, summary.cut) = (packets.count, packets.count { $0.isCut })
    return summary
  }

  /// Cites the first packet of each side of the conversations that corroborate evidence.
  private func citeExchanges() {
    let files = Set(corroborated.keys.map(\.file)).sorted()
    guard !files.isEmpty else { return }
    var exchanges = Exchanges(corroborated)
    let sequence = CaptureSequence(paths: files.map { inputs[Int($0)] }, interfaces: interfaceNames, jobs: jobs)
    try? sequence.run { (frame: borrowing Frame) throws(AllFound) in
      let place = PacketReference(file: files[Int(frame.reference.file)], number: frame.reference.number)
      let packet = Detection.Packet(decoding: frame)
      if streaming.contains(place), packet.ipProtocol == .tcp, let conversation = Exchanges.Conversation(packet, file: place.file) {
        leads[conversation] = place.number
      }
      exchanges.add(packet, at: place)
    }
    for place in exchanges.cited { add("corroboration: one side of a conversation in which both spoke", to: place) }
  }

  /// Reads the cited packets, stopping at the last one.
  private func read() -> [Packet] {
    let files = Set(comments.keys.map(\.file)).sorted()
    let sequence = CaptureSequence(paths: files.map { inputs[Int($0)] }, interfaces: interfaceNames, jobs: jobs)
    var found: [Packet] = []
    // Of each file, because their conversations may be the same.
    var cuts: [UInt32: MediaCut] = [:]
    var written: [Exchanges.Conversation: Int] = [:]
    var cited = 0
    do throws(AllFound) {
      try sequence.run { (frame: borrowing Frame) throws(AllFound) in
        let place = PacketReference(file: files[Int(frame.reference.file)], number: frame.reference.number)
        let captured = frame.bytes.byteCount
        let kept = media == .cut ? cuts[place.file, default: MediaCut()].keptBytes(of: frame) : captured
        let isCited = comments[place] != nil
        guard isCited || isLead(Detection.Packet(decoding: frame), at: place, &written) else { return }
        cited += isCited ? 1 : 0
        let bytes = unsafe frame.bytes.withUnsafeBytes { unsafe Array($0.prefix(kept)) }
        let left = rewriting.map { $0.rewritten(bytes, frame.linkType) } ?? bytes
        if let left {
          found.append(
            Packet(
              reference: place, time: frame.time, linkType: frame.linkType, interface: frame.interface,
              originalLength: max(frame.originalLength, captured), isCut: kept < captured, bytes: left))
        } else if isCited {
          summary.leftOut += 1
        }
        if cited == comments.count { throw AllFound() }
      }
    } catch {}
    summary.missing = comments.count - cited
    return found
  }

  private func isLead(_ packet: borrowing Detection.Packet, at place: PacketReference, _ written: inout [Exchanges.Conversation: Int])
    -> Bool
  {
    guard !leads.isEmpty, let conversation = Exchanges.Conversation(packet, file: place.file), let end = leads[conversation],
      place.number < end, written[conversation, default: 0] < Self.leadLimit
    else { return false }
    written[conversation, default: 0] += 1
    return true
  }
}

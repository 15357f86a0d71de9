import Detection

/// Conversations in which both sides spoke: those of packets that evidence cites, and the first one of each device. An answer to a search by
/// multicast or broadcast is one too.
struct Exchanges {
  /// Conversations of the devices that are remembered; later ones are not.
  private static let limit = 65_536

  struct End: Hashable {
    let address: IPAddress
    let port: UInt16
  }

  struct Conversation: Hashable {
    let file: UInt32
    let ends: Set<End>
    let ipProtocol: IPProtocol

    /// Nil where the packet is of no conversation.
    init?(_ packet: borrowing Packet, file: UInt32) {
      guard packet.hasPorts, packet.source.isUnicast, packet.destination.isUnicast else { return nil }
      self.file = file
      ends = [
        End(address: packet.source, port: packet.sourcePort), End(address: packet.destination, port: packet.destinationPort),
      ]
      ipProtocol = packet.ipProtocol
    }
  }

  private struct Sides {
    let first: PacketReference
    let sender: End
    var answer: PacketReference?
  }

  private let evidence: [PacketReference: DeviceID]
  private let devices: Set<DeviceID>
  private var conversations: [Conversation: Sides] = [:]
  private var wanted: Set<Conversation> = []
  private var firstOf: [DeviceID: Conversation] = [:]
  /// The last search from each place, and the port that it asked.
  private var searches: [End: (place: PacketReference, port: UInt16)] = [:]
  private var answers: [DeviceID: [PacketReference]] = [:]

  /// - Parameter evidence: packets that it cites, with the device of each.
  init(_ evidence: [PacketReference: DeviceID]) {
    self.evidence = evidence
    devices = Set(evidence.values)
  }

  mutating func add(_ packet: borrowing Packet, at place: PacketReference) {
    guard packet.hasPorts, packet.source.isUnicast else { return }
    let sender = End(address: packet.source, port: packet.sourcePort)
    guard packet.destination.isUnicast else {
      if searches.count < Self.limit || searches[sender] != nil { searches[sender] = (place, packet.destinationPort) }
      return
    }
    let receiver = End(address: packet.destination, port: packet.destinationPort)
    guard let conversation = Conversation(packet, file: place.file) else { return }
    if evidence[place] != nil { wanted.insert(conversation) }
    let ends = [
      DeviceID(segment: packet.segment, mac: packet.sourceMAC, address: .none),
      DeviceID(segment: packet.segment, mac: packet.destinationMAC, address: .none),
      DeviceID(segment: packet.segment, mac: .none, address: packet.source),
      DeviceID(segment: packet.segment, mac: .none, address: packet.destination),
    ].filter { devices.contains($0) }
    guard !ends.isEmpty else { return }
    if let search = searches[receiver], search.port == packet.sourcePort, search.place.file == place.file {
      for end in ends where answers[end] == nil { answers[end] = [search.place, place] }
    }
    guard let sides = conversations[conversation] else {
      if conversations.count < Self.limit { conversations[conversation] = Sides(first: place, sender: sender) }
      return
    }
    guard sides.answer == nil, sides.sender != sender, !packet.tcpFlags.contains(.rst) else { return }
    conversations[conversation]?.answer = place
    for end in ends where firstOf[end] == nil { firstOf[end] = conversation }
  }

  /// The first packet of each side.
  var cited: [PacketReference] {
    let sides = wanted.union(firstOf.values).compactMap { conversations[$0] }
    return sides.flatMap { sides in sides.answer.map { [sides.first, $0] } ?? [] } + answers.values.joined()
  }
}

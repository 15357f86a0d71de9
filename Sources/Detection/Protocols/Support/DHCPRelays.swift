/// Who relays DHCP requests (RFC 1542 section 4.1). A relay's frames speak for others; anybody can claim to be one, so a sender counts as a
/// relay once it has forwarded requests of two clients. What it forwarded before is put aside.
struct DHCPRelays {
  static let capacity = 256
  /// Statements that are put aside for one sender.
  static let heldLimit = 32

  struct Statement {
    let field: Field
    let text: String
  }

  struct Said {
    let statement: Statement
    let subject: Station
    let time: Timestamp
    let packet: PacketReference
  }

  private struct Relay {
    let sender: Station
    let firstClient: MACAddress
    var held: [Said] = []
    var isConfirmed = false
  }

  private var relays = BoundedTable<Link, Relay>(capacity: capacity)

  /// - Returns: what is known to be said by clients now.
  mutating func add(
    _ statements: [Statement], of client: Station, by sender: Station, at time: Timestamp, _ packet: PacketReference
  ) -> [Said] {
    let said = statements.filter { !$0.text.isEmpty }.map { Said(statement: $0, subject: client, time: time, packet: packet) }
    let key = Link(segment: sender.segment, mac: sender.mac)
    let place = relays.find(key) ?? relays.insert(key, Relay(sender: sender, firstClient: client.mac))
    relays.touch(place)
    if relays[place].isConfirmed { return said }
    guard relays[place].firstClient != client.mac else {
      relays[place].held += said.prefix(Self.heldLimit - relays[place].held.count)
      return []
    }
    relays[place].isConfirmed = true
    defer { relays[place].held = [] }
    return relays[place].held + said
  }

  /// What was put aside, as said by the senders themselves.
  mutating func drain() -> [Said] {
    var said: [Said] = []
    for place in relays.places {
      let sender = relays[place].sender
      said += relays[place].held.map { Said(statement: $0.statement, subject: sender, time: $0.time, packet: $0.packet) }
      relays[place].held = []
    }
    return said
  }
}

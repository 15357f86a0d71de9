import Detection
import Documents

/// What speaks against a report: what was not seen, and what else could look the same.
struct Explanations {
  let device: Device
  /// Nobody else is named, so nobody is missing.
  var isWithoutOthers = false

  /// What was not seen. An absence proves nothing, but whoever reads the report must know it.
  var notSeen: [String] {
    var items: [String] = []
    if !device.streamsVideo { items.append("Video that it sends was not seen.") }
    if !isWithoutOthers, device.streams.isEmpty, !device.streamsVideo { items.append("Nobody was seen who watches it.") }
    if !device.isCorroborated {
      items.append(
        "No conversation was seen that it took part in and that shows the same. What was seen, anybody on this network can send in its name."
      )
    }
    if device.model == nil { items.append("It did not show its model.") }
    if device.room == nil { items.append("Its room is not known from the network.") }
    return items
  }

  /// What else could look the same, by what the reasons are about.
  var alternatives: [String] {
    let facets = Set(device.evidence.filter { $0.weight > 0 }.map(\.signature.facet))
    var items: [String] = []
    func add(_ facet: Facet, _ text: String) {
      if facets.contains(facet) { items.append(text) }
    }
    add(.name, "A name is what somebody chose: other devices can have it, too.")
    add(.maker, "The same maker may make other devices than cameras, with the same addresses.")
    add(.discovery, "Recorders, television sets and programs on computers answer some searches as cameras do.")
    add(.control, "A program on a computer or a phone can offer the same services as a camera.")
    add(.cloud, "A maker's app asks for some of the names that its cameras ask for.")
    add(.behaviour, "Uploads of backups, calls and meetings can look like the sending of a camera that nobody can read.")
    if device.streamsVideo {
      items.append("A computer, a phone or a television can serve video that is no camera's: a film, a screen, a game.")
    }
    if device.role == .recorder { items.append("A recorder passes on the pictures of cameras that may be elsewhere.") }
    if device.role == .relay { items.append("A base station passes on for devices that were not seen themselves.") }
    return items + [classSentence]
  }

  private var classSentence: String {
    switch device.deviceClass {
    case .embedded: "By its marks it is a small computer in a thing, as cameras are, and plugs and hubs, too."
    case .personal: "By its marks it is a phone or a computer of a person."
    case .media: "By its marks it is a television, a speaker or a console."
    case .infrastructure: "By its marks it is a part of the network itself."
    case .unknown: "What sort of device it is, is not known."
    }
  }

  /// Reasons against a camera, with their packets.
  var against: [Evidence] { device.evidence.filter { $0.signature.says == .notCamera && !$0.reason.isEmpty } }
}

/// Cameras that somebody invents: one alert stands for all of them.
public struct CameraGroup: Sendable, Equatable {
  /// Where they come from.
  public enum Place: Sendable, Equatable {
    /// The name of an interface; empty where it has none.
    case port(String)
    /// A VLAN's number, or the description of another segment.
    case vlan(UInt16)
    case segment(String)
    /// An access point's address, or that of a tunnel's end.
    case accessPoint(String)
    case tunnel(String)
  }

  public internal(set) var count: Int
  /// The ids of the first devices.
  public internal(set) var examples: [String]
  public let place: Place

  public init(count: Int, examples: [String], place: Place) {
    self.count = count
    self.examples = examples
    self.place = place
  }
}

extension CameraGroup.Place {
  /// `VLAN 12`, `the access point 02:00:00:00:00:01`
  public var words: String {
    switch self {
    case .port(let name): name.isEmpty ? "an interface without a name" : "interface \(name)"
    case .vlan(let number): "VLAN \(number)"
    case .segment(let name): name
    case .accessPoint(let address): "access point \(address)"
    case .tunnel(let address): "tunnel end \(address)"
    }
  }
}

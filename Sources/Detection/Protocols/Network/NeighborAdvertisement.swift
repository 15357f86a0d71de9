/// The content of one LLDP or CDP frame: what its sender announces about itself. Values that the frame lacks are empty.
struct NeighborAdvertisement {
  var capabilities = ""
  var chassis = ""
  /// Seconds that the announcement is valid; 0 when the sender goes away.
  var timeToLive: UInt16 = 0
  var manufacturer = ""
  var product = ""
  var description = ""
  var name = ""
  var port = ""
  var portDescription = ""
  var address = ""

  /// The names of the bits that are set, lowest bit first, separated by commas.
  static func names(of bits: UInt32, _ names: [String]) -> String {
    names.indices.filter { bits & 1 << UInt32($0) != 0 }.map { names[$0] }.joined(separator: ",")
  }
}

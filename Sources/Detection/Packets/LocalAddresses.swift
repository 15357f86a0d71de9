/// Addresses that are on the LAN by themselves: private ones, and those of networks that were given.
struct LocalAddresses {
  var networks: [IPNetwork] = []

  func contains(_ address: IPAddress) -> Bool {
    address.isPrivate || address.isLinkLocal || networks.contains { $0.contains(address) }
  }
}

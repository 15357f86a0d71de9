import ArgumentParser
import ConfigurationFiles
import Detection
import SignatureFiles

/// Options of all commands that run the engine.
struct DetectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The property's own cameras, which raise no alert: a YAML list of MAC addresses or names, with * as wildcard.",
      valueName: "file"))
  var known: String?

  @Option(
    help: ArgumentHelp(
      "A network with public addresses whose hosts are on the LAN, such as 203.0.113.0/24. May be repeated.",
      valueName: "network"))
  var lan: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Rooms: a YAML list of rules such as - { room: Room 12, switch: sw-3, port: Gi0/12 }. A rule has one or more of vlan, subnet, circuit \
      and remote (DHCP option 82), interface (of this machine, or of a pcapng file), switch and port (as LLDP or CDP announces them), ap \
      (BSSID, or address of an access point's tunnels).
      """,
      valueName: "file"))
  var site: String?

  @Option(help: ArgumentHelp("Folder of signatures to use instead of the installed one.", valueName: "folder"))
  var signatures: String?

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      """
      Protect guests' privacy: read no content of conversations, only addresses, ports, sizes and times, and what devices broadcast to \
      everyone (ARP, DHCP, mDNS, SSDP, WS-Discovery, LLDP and the like).
      """))
  var headersOnly: Bool?

  /// Reads all files that the options name. If one is wrong, prints why and ends the program.
  ///
  /// - Parameter overlay: further signatures, over those of the folder.
  func configuration(_ overlay: SignatureOverlay? = nil) throws -> EngineConfiguration {
    EngineConfiguration(
      signatures: try loadSignatures(overlay), declared: try loadDeclared(), lan: try networks(), site: try loadSite())
  }

  func engine(_ configuration: EngineConfiguration) -> Engine { Engine(configuration, headersOnly: headersOnly == true) }

  private func loadSignatures(_ overlay: SignatureOverlay?) throws -> SignatureSet {
    do {
      let folder = try SignatureFolder.find(signatures)
      return try overlay?.load(over: folder) ?? SignatureFiles.loadSignatures(folder)
    } catch {
      printError("\(error)")
      throw ExitStatus.unreadableInput.code
    }
  }

  private func loadDeclared() throws -> DeclaredDevices {
    guard let known else { return DeclaredDevices() }
    return try withConfigurationErrors { () throws(ConfigurationError) in try DeclaredFile.read(known) }
  }

  private func loadSite() throws -> Site {
    guard let site else { return Site() }
    return try withConfigurationErrors { () throws(ConfigurationError) in try SiteFile.read(site) }
  }

  func networks() throws -> [IPNetwork] {
    try lan.map { text in
      guard let network = IPNetwork(text) else {
        throw ValidationError("--lan: “\(text)” is not a network; write it as 203.0.113.0/24 or 2001:db8::/32.")
      }
      return network
    }
  }
}

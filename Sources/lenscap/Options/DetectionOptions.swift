import ArgumentParser
import Configuration
import Detection
import SignatureFiles

/// What every command that detects takes.
struct DetectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The property's own cameras: a YAML list of MAC addresses or names, with * as wildcard. They raise no alert.",
      valueName: "file"))
  var known: String?

  @Option(
    help: ArgumentHelp(
      "A network whose hosts are on the LAN although their addresses are public, such as 203.0.113.0/24. May be repeated.",
      valueName: "network"))
  var lan: [String] = []

  @Option(
    help: ArgumentHelp(
      """
      Which part of the network is which room: a YAML list of rooms, each with one or several of vlan, subnet, circuit and remote (DHCP \
      option 82), interface (of this machine, or of a pcapng file), switch and port (as LLDP or CDP announces them there), ap (BSSID, or \
      address of an access point's tunnels). Such as: - { room: Room 12, switch: sw-3, port: Gi0/12 }
      """,
      valueName: "file"))
  var site: String?

  @Option(help: ArgumentHelp("Folder of signatures, in place of the installed one.", valueName: "folder"))
  var signatures: String?

  @Flag(
    help: ArgumentHelp(
      """
      Do not look at contents of conversations, for guests' privacy: only at addresses, ports, sizes and times, and at what devices \
      announce to everybody (ARP, DHCP, mDNS, SSDP, WS-Discovery, LLDP and the like).
      """))
  var headersOnly = false

  /// An engine with the signatures and declarations that were asked for. Says what is wrong with them and ends where something is.
  func makeEngine() throws -> Engine { try engineMaker()() }

  /// For several engines: what was asked for is read once.
  /// - Parameter signatures: those that were asked for, where they are loaded already.
  func engineMaker(_ signatures: SignatureSet? = nil) throws -> () -> Engine {
    let (signatures, known, lan, site) = (try signatures ?? loadSignatures(), try loadKnown(), try networks(), try loadSite())
    return { Engine(signatures: signatures, known: known, lan: lan, site: site, headersOnly: headersOnly) }
  }

  func loadSignatures() throws -> SignatureSet {
    do {
      return try SignatureFiles.loadSignatures(SignatureFolder.find(signatures))
    } catch {
      printError("\(error)")
      throw ExitStatus.unreadableInput.code
    }
  }

  func loadKnown() throws -> DeclaredDevices {
    guard let known else { return DeclaredDevices() }
    do {
      return try DeclaredFile.read(known)
    } catch {
      printError("\(error)")
      throw error.isMissing ? ExitStatus.noInput.code : ExitStatus.unreadableInput.code
    }
  }

  private func loadSite() throws -> Site {
    guard let site else { return Site() }
    do {
      return try SiteFile.read(site)
    } catch {
      printError("\(error)")
      throw error.isMissing ? ExitStatus.noInput.code : ExitStatus.unreadableInput.code
    }
  }

  private func networks() throws -> [IPNetwork] {
    try lan.map { text in
      guard let network = IPNetwork(text) else {
        throw ValidationError("--lan: “\(text)” is not a network; write it as 203.0.113.0/24 or 2001:db8::/32.")
      }
      return network
    }
  }
}

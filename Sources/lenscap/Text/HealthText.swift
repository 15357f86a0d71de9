import Capture
import Detection

extension HealthNotice {
  /// In plain words: what is, and what to do where there is something to do.
  var text: String {
    switch kind {
    case .away(let error): "\(error.cause); the watch goes on without it until it can be read again"
    case .refused(let error): "is there again, but cannot be read: \(error.cause)"
    case .opened(let linkType, let former, let away):
      "is read \(former == nil ? "from now on" : "again"), after \(duration(away.seconds))\(Self.link(linkType, former))"
    case .renamed(let former): "is the interface that was \(former); it is followed"
    case .linkDown: "is down, and nothing is seen of it; bring it up with: ip link set \(interface) up"
    case .noCarrier: "has no carrier, and nothing is seen of it; see to its cable, or to what is at the other end"
    case .linkUp: "is up again"
    case .dropped(let drops): drops.text(interface)
    case .sees(let heard): heard.finding(of: nil)
    case .othersStopped(let since):
      "has shown no traffic between other devices for \(duration(time.seconds(since: since))): cameras may go unseen; "
        + "see to the cable, and to the mirror or bridge port"
    case .othersBack(let after): "shows other devices' traffic again, after \(duration(after.seconds))"
    }
  }

  private static func link(_ linkType: LinkType, _ former: LinkType?) -> String {
    guard let former, former != linkType else { return "" }
    return ", now as \(linkType.name) where it was \(former.name)"
  }
}

extension LiveCaptureError {
  /// What happened, where the interface is named already.
  fileprivate var cause: String {
    switch self {
    case .noSuchInterface: "is not there"
    case .interfaceDown(let name): "is down (ip link set \(name) up)"
    case .interfaceGone: "has disappeared"
    case .other(_, let message): message
    case .noPermission(_, let program): "no permission to capture; run as root, or once: setcap cap_net_raw,cap_net_admin+ep \(program)"
    case .noMonitorMode: "has no monitor mode"
    case .badFilter(let error): error.description
    }
  }
}

extension Drops {
  fileprivate func text(_ interface: String) -> String {
    let share = part * 100 < 0.1 ? "less than 0.1" : "\((part * 1000).rounded() / 10)"
    var parts: [String] = []
    if byKernel > 0 {
      parts.append(
        "\(grouped(byKernel)) because this machine did not keep up (give more memory with --buffer, keep traffic away with --filter, "
          + "or look at less of each packet with --snap-length)")
    }
    if byInterface > 0 {
      parts.append("\(grouped(byInterface)) in the interface or its driver (a larger ring may help: ethtool -G \(interface) rx 4096)")
    }
    return "lost \(grouped(byKernel + byInterface)) packets, \(share) % of all: " + parts.joined(separator: "; ")
  }
}

extension TrafficSample {
  /// One line: what was heard, and whether it is worth watching.
  /// - Parameter linkType: where it is known.
  func finding(of linkType: LinkType?) -> String {
    let count = packets == 1 ? "1 packet" : "\(grouped(packets)) packets"
    switch visibility {
    case .nothing: return "nothing heard"
    case .unknown: return "\(count) of \(linkType?.name ?? "a link"), without addresses of devices"
    case .own, .ownAndGroups, .others: break
    }
    let others = senders.isEmpty ? "" : " from \(plural(senders.count, "other device") ?? "")"
    let list = vlans.sorted().prefix(12).map(String.init).joined(separator: ", ")
    let tags = vlans.isEmpty ? "" : "; VLAN \(list)" + (vlans.count > 12 ? " …" : "")
    return count + others + tags + "; " + judgement
  }

  private var judgement: String {
    switch visibility {
    case .others: "\(grouped(betweenOthers)) of them between others: shows other devices' traffic"
    case .ownAndGroups: "only its own traffic and broadcasts: not a mirror or bridge port, and not the devices' router"
    case .nothing, .own, .unknown: "only its own traffic: not a mirror or bridge port"
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

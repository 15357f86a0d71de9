import Capture
import Detection

extension HealthNotice {
  /// The notice as an event: a code for programs, and a sentence with advice for people.
  public var event: HealthEvent {
    HealthEvent(code, at: time, interface: interface, count: count, text: text, isRemark: isRemark)
  }

  private var code: HealthEvent.Code {
    switch kind {
    case .away, .refused: .interfaceGone
    case .opened, .linkUp: .interfaceBack
    case .renamed: .interfaceRenamed
    case .linkDown, .noCarrier: .interfaceDown
    case .dropped: .packetsLost
    case .sees(let sample): sample.visibility.code
    case .foreignTrafficStopped(_, let isSilent): isSilent ? .seesNothing : .seesOnlyItself
    case .foreignTrafficBack: .seesOthers
    case .suppressed: .noticesSuppressed
    }
  }

  private var count: UInt64? {
    switch kind {
    case .dropped(let drops): drops.byKernel + drops.byInterface
    case .suppressed(let count): UInt64(clamping: count)
    default: nil
    }
  }

  /// True for the first sample of an interface, which answers the person who started the watch and is no trouble.
  private var isRemark: Bool {
    if case .sees = kind { return true }
    return false
  }

  private var text: String {
    switch kind {
    case .away(let error): "\(error.cause); the watch continues without it and retries"
    case .refused(let error): "exists again, but cannot be opened: \(error.cause)"
    case .opened(let linkType, let former, let away):
      "captures \(former == nil ? "from now on" : "again"), after \(duration(away.seconds))\(Self.link(linkType, former))"
    case .renamed(let former): "is the new name of \(former); the watch follows it"
    case .linkDown: "is down and shows nothing; bring it up with: ip link set \(interface) up"
    case .noCarrier: "has no carrier and shows nothing; check its cable and the device at the other end"
    case .linkUp: "is up again"
    case .dropped(let drops): drops.text(interface)
    case .sees(let sample): sample.finding(of: nil)
    case .foreignTrafficStopped(let since, _):
      "has shown no traffic between other devices for \(duration(time.seconds(since: since))): cameras may go unseen; "
        + "check the cable and the mirror or bridge port"
    case .foreignTrafficBack(let after): "shows other devices' traffic again, after \(duration(after.seconds))"
    case .suppressed(let count): "keeps changing: \(count) notices in the last hour were left out; check its cable"
    }
  }

  private static func link(_ linkType: LinkType, _ former: LinkType?) -> String {
    guard let former, former != linkType else { return "" }
    return ", now as \(linkType.name) instead of \(former.name)"
  }
}

extension TrafficSample.Visibility {
  fileprivate var code: HealthEvent.Code {
    switch self {
    case .nothing: .seesNothing
    case .foreign, .unknown: .seesOthers
    case .own, .ownAndGroups: .seesOnlyItself
    }
  }
}

extension LiveCaptureError {
  /// The cause, without the interface's name.
  fileprivate var cause: String {
    switch self {
    case .noSuchInterface: "does not exist"
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
        "\(grouped(byKernel)) because this machine was too slow (raise --buffer, narrow --filter, "
          + "or lower --snap-length)")
    }
    if byInterface > 0 {
      parts.append("\(grouped(byInterface)) in the interface or its driver (try a larger ring: ethtool -G \(interface) rx 4096)")
    }
    return "lost \(grouped(byKernel + byInterface)) packets, \(share) % of all: " + parts.joined(separator: "; ")
  }
}

extension TrafficSample {
  /// One line: the traffic that the interface receives, and whether it is worth watching.
  ///
  /// - Parameter linkType: nil if unknown.
  public func finding(of linkType: LinkType?) -> String {
    let count = packets == 1 ? "1 packet" : "\(grouped(packets)) packets"
    switch visibility {
    case .nothing: return "no packets"
    case .unknown: return "\(count) of \(linkType?.name ?? "a link"), without addresses of devices"
    case .own, .ownAndGroups, .foreign: break
    }
    let others = senders.isEmpty ? "" : " from \(plural(senders.count, "other device") ?? "")"
    let list = vlans.sorted().prefix(12).map(String.init).joined(separator: ", ")
    let tags = vlans.isEmpty ? "" : "; VLAN \(list)" + (vlans.count > 12 ? " …" : "")
    return count + others + tags + "; " + judgement
  }

  private var judgement: String {
    switch visibility {
    case .foreign: "\(grouped(betweenOthers)) of them between other devices: shows other devices' traffic"
    case .ownAndGroups: "only its own traffic and broadcasts: not a mirror or bridge port, and not the devices' router"
    case .nothing, .own, .unknown: "only its own traffic: not a mirror or bridge port"
    }
  }
}

extension Duration {
  public var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

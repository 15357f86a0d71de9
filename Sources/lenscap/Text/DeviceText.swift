import Detection
import Documents

extension Device {
  /// Evidence to show, heaviest first. Evidence against a camera is stored without its value and has no reason to show.
  var reasons: [Evidence] { evidence.filter { !$0.reason.isEmpty }.sorted { $0.weight > $1.weight } }
}

extension Evidence {
  /// `strong`; `relay` and the like for claims without a strength.
  var strengthOrClaim: String { strength?.rawValue ?? signature.says.rawValue }
}

extension Device {
  /// `embedded`; `-` where it is unknown.
  var shortClass: String { deviceClass == .unknown ? "-" : deviceClass.rawValue }

  /// Of a stored device: its class with the reasons, and what it sends.
  func sentences(utc: Bool) -> [String] {
    [classSentence(withPackets: false), traffic?.sentence(utc: utc, at: lastSeen)].compactMap { $0 }
  }

  /// `probable camera, IPC-C22 (declared)`; `-` for an ordinary device.
  ///
  /// - Parameter detail: its model or vendor.
  func shortDescription(_ detail: String?) -> String {
    let parts = [role == .other && kind == nil ? nil : label, detail].compactMap { $0 }
    return (parts.isEmpty ? "-" : parts.joined(separator: ", ")) + (isDeclared ? " (declared)" : "")
  }
}

import Detection
import Documents

extension Device {
  /// Evidence to show, heaviest first. Evidence against a camera is stored without its value and has no reason to show.
  var reasons: [Evidence] { evidence.filter { !$0.reason.isEmpty }.sorted { $0.weight > $1.weight } }
}

extension Evidence {
  /// `strong`; `relay` and the like for claims without a strength.
  var strengthOrClaim: String { signature.strength?.rawValue ?? signature.says.rawValue }
}

extension Device {
  /// `probable camera, IPC-C22 (declared)`; `-` for an ordinary device.
  ///
  /// - Parameter detail: its model or vendor.
  func shortDescription(_ detail: String?) -> String {
    let parts = [role == .other && kind == nil ? nil : label, detail].compactMap { $0 }
    return (parts.isEmpty ? "-" : parts.joined(separator: ", ")) + (isDeclared ? " (declared)" : "")
  }
}

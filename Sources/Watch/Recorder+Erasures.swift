import Detection
import Store

/// What people had erased.
extension Recorder {
  /// The engine forgets first. Until it did, it may have sent more about these devices, which is erased at the next look.
  func passOnErasures(of store: PropertyStore) throws(StoreError) {
    let pending = try store.pendingErasures()
    let (passedOn, new) = (pending.filter { erasing.contains($0.number) }, pending.filter { !erasing.contains($0.number) })
    try store.finish(passedOn)
    erasing = Set(new.map(\.number))
    let addresses = Set(new.compactMap(\.address))
    if !addresses.isEmpty { channel.send(.erase(addresses)) }
  }
}

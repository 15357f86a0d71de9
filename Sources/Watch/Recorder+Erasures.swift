import Detection
import Services
import Store

/// What people had erased.
extension Recorder {
  /// The engine forgets first. Until it did, it may have sent more about these devices, which is erased at the next look.
  func passOnErasures(of store: PropertyStore) throws(StoreError) {
    let pending = try store.pendingErasures()
    // What is on hold is known first.
    try passOnHolds(of: store)
    let (passedOn, new) = (pending.filter { erasing.contains($0.number) }, pending.filter { !erasing.contains($0.number) })
    if ring?.isBusy == true {
      // Packets take longer to go, and until then the address is needed.
      erasing.formUnion(new.map(\.number))
    } else {
      try store.finish(passedOn)
      erasing = Set(new.map(\.number))
    }
    let addresses = Set(new.compactMap(\.address))
    if !addresses.isEmpty { channel.send(.erase(addresses)) }
    // Papers about them went with the rows.
    if !passedOn.isEmpty || !new.isEmpty { paperWakeup.wake() }
  }

  /// Packets of devices on hold stay.
  func passOnHolds(of store: PropertyStore) throws(StoreError) {
    if let ring { ring.hold(try store.heldAddresses()) }
  }
}

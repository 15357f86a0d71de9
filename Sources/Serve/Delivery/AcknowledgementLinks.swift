import ConfigurationFiles
import Crypto
import Detection
import Foundation
import GRDB
import Sinks
import Store

/// Links by which a person without an account acknowledges one alert: for one contact, once, for two days. Only a hash is stored.
extension Deliverer {
  /// How long a link works.
  static let linkLife = Duration.seconds(48 * 3600)

  /// A link for a message to a person; nil where phones cannot reach this box, or there is nothing to acknowledge.
  func link(for events: [Event], to courier: Courier) -> String? {
    guard let base = settings.serve.publicURL, courier.settings.reachesPerson, events.count == 1, let event = events.first,
      let alert = event.alert, event.kind == .raised || event.kind == .surer
    else { return nil }
    // The message is the same when it is sent again.
    if let made = courier.link, made.uid == event.uid { return made.address }
    let token = Self.newToken()
    let isStored = attempt { () throws(StoreError) in
      try self.store.addLink(Self.hash(token), alert: alert, contact: courier.settings.name, expires: self.clock() + Self.linkLife)
    }
    guard isStored else { return nil }
    let address = "\(base)/ack/\(token)"
    courier.link = (event.uid, address)
    return address
  }

  /// The alert that a token is for; nil if it is unknown, used or too old.
  func alert(ofLink token: String) -> (id: String, summary: String)? {
    guard let link = try? store.link(Self.hash(token), at: clock()), let alert = try? watch.store?.alert(link.alert) else { return nil }
    return (alert.id, alert.summary)
  }

  /// Uses a token up, and acknowledges: both or neither.
  func acknowledge(link token: String, who: String) -> Bool {
    let hash = Self.hash(token)
    guard let link = try? store.link(hash, at: clock()) else { return false }
    let name = who.isEmpty ? link.contact : "\(who.bounded(to: 100)) (\(link.contact))"
    return acknowledge(link.alert, who: name, origin: "link", using: hash)
  }

  /// 256 bits from the system's generator, in the alphabet of base64url.
  private static func newToken() -> String {
    unsafe Data(SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Array($0) }).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func hash(_ token: String) -> String { Data(SHA256.hash(data: Data(token.utf8))).base64EncodedString() }
}

extension ServeStore {
  fileprivate func addLink(_ hash: String, alert: String, contact: String, expires: Timestamp) throws(StoreError) {
    try write {
      try $0.execute(sql: "INSERT INTO link VALUES (?, ?, ?, ?, NULL)", arguments: [hash, alert, contact, expires.nanoseconds])
    }
  }

  fileprivate func link(_ hash: String, at now: Timestamp) throws(StoreError) -> (alert: String, contact: String)? {
    try read { db in
      try Row.fetchOne(
        db, sql: "SELECT alert, contact FROM link WHERE hash = ? AND used IS NULL AND expires > ?", arguments: [hash, now.nanoseconds]
      ).map { ($0["alert"], $0["contact"]) }
    }
  }

  /// Uses a link up with the command that it gives, if any.
  ///
  /// - Returns: false if somebody else used it in the meantime.
  func useLink(_ hash: String, for command: OperatorCommand?, at now: Timestamp) throws(StoreError) -> Bool {
    try write { db in
      try db.execute(sql: "UPDATE link SET used = ? WHERE hash = ? AND used IS NULL", arguments: [now.nanoseconds, hash])
      guard db.changesCount == 1 else { return false }
      try command?.insert(db)
      return true
    }
  }
}

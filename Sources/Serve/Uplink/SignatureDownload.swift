import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import GRDB
import Releases
import Sinks
import Store

/// Signed releases of signatures: verified here, so that nothing unsigned is fetched or stored, and again by `watch`, which decides.
extension Downloads {
  private static let kind = UplinkSettings.Kind.signatures.rawValue

  func takeRelease(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> [String] {
    // Back to the installed signatures. Nobody signs that; the box goes there only where it came from there.
    if message.data["number"]?.integer == 0 {
      wanted = nil
      return pass(.release, OperatorCommand.Release(id: message.id).json, message.id, message.kind, "the installed signatures", at: now)
    }
    guard let releaseKey else { return refuse(message.id, message.kind, "uplink.release_key names no key that can be read") }
    let signed: SignedSignatures
    do {
      let text = String(decoding: try message.canonicalBytes(), as: UTF8.self)
      signed = try SignedSignatures(text: text, signature: message.signature ?? "", key: releaseKey)
    } catch {
      return refuse(message.id, message.kind, "\(error)")
    }
    guard signed.release.bytes <= ReleaseArchive.limit else {
      return refuse(message.id, message.kind, "its archive has more than \(ReleaseArchive.limit >> 20) MiB")
    }
    wanted = signed
    return []
  }

  /// Stores an archive that was fetched, and passes the release to `watch`.
  func fetched(_ release: SignedSignatures, _ archive: Data, at now: Timestamp) -> [String] {
    // Central may have sent it again meanwhile.
    if wanted?.id == release.id { wanted = nil }
    do throws(ReleaseProblem) { _ = try release.archive(archive) } catch { return refuse(release.id, Self.kind, "\(error)") }
    do throws(StoreError) { try store.keep(archive, of: release.id) } catch {
      return ["\(Self.kind) \(release.id) of central waits: \(error)"]
    }
    let argument = OperatorCommand.Release(id: release.id, signed: release.text, signature: release.signature)
    return pass(.release, argument.json, release.id, Self.kind, "release \(release.number), \(archive.count >> 10) KiB", at: now)
  }
}

extension ServeStore {
  /// Keeps the archive of one release, until `watch` has decided.
  func keep(_ archive: Data, of id: String) throws(StoreError) {
    try write { db in
      try db.execute(sql: "DELETE FROM release_part")
      var (rest, part) = (archive[...], 0)
      while !rest.isEmpty {
        let bytes = Data(rest.prefix(OperatorCommand.partSize))
        try db.execute(sql: "INSERT INTO release_part VALUES (?, ?, ?)", arguments: [id, part, bytes])
        (rest, part) = (rest.dropFirst(bytes.count), part + 1)
      }
    }
  }

  func removeArchives() throws(StoreError) {
    guard try read({ try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM release_part)") }) == true else { return }
    try write { try $0.execute(sql: "DELETE FROM release_part") }
  }
}

extension Uplink {
  /// Fetches the archive that is wanted.
  func fetch() {
    guard fetching == nil, let release = downloads.wanted else { return }
    downloads.wanted = nil
    guard let central = identity.central else {
      return say("the archive of \(release.id) cannot be fetched: nobody knows where central is")
    }
    let https = CentralHTTPS(
      host: Enrolling.host(of: central), ca: settings.ca, certificate: (settings.certificate, settings.key), version: version)
    fetching = Task {
      do throws(DeliveryError) {
        let (status, body) = try await https.get(central + release.release.path, limit: release.release.bytes)
        // Central offers it again.
        if status == 200 { self.hasFetched(release, body) } else { self.hasFetched(release, nil, "HTTP \(status)") }
      } catch { self.hasFetched(release, nil, error.reason) }
    }
  }

  private func hasFetched(_ release: SignedSignatures, _ archive: Data?, _ problem: String = "") {
    fetching = nil
    guard let archive else { return say("the archive of \(release.id) could not be fetched, and is tried again: \(problem)") }
    for text in downloads.fetched(release, archive, at: clock()) { say(text) }
  }
}

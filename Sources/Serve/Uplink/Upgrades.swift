import ChainMessages
import ConfigurationFiles
import Detection
import Foundation
import Releases
import Services
import Sinks
import Store

/// Upgrades of the software that central orders. `serve` can install nothing: it looks at the order, writes it down for root's `lenscap
/// upgrade`, which believes nothing but the signature, and reads what came of it.
///
///     central ─ down/config ─▶ Upgrades ─ upgrade-request.json ─▶ lenscap upgrade (root) ─ apt-get ─▶ lenscap, serve starts again
///                                 ▲────────── result.json ──────────────┘
final class Upgrades {
  static let key = "uplink_upgrade"
  /// Nobody took the request: the unit is off.
  static let patience = Duration.seconds(900)
  /// A request that was taken and has no result: the machine lost power meanwhile.
  static let longest = Duration.seconds(4 * 3600)
  static let retry = Duration.seconds(3600)
  static let attempts = 24

  enum Answer: Equatable {
    case none
    /// For the log.
    case waits(String)
    case applied
    case refused(String)
  }

  private struct Pending: Codable {
    let message: ConfigMessage<JSONValue>
    let number: Int64
    var attempt: Int
    /// When the request was written, in nanoseconds.
    var written: Int64
    /// When to write it again.
    var next: Int64?
  }

  private struct Record: Codable {
    var pending: Pending?
    /// The number of the last order that is in force.
    var number: Int64 = 0
  }

  private let keyPath: String?
  private let store: ServeStore
  private let request: String
  private let result: String
  private var record: Record
  /// What root refused since this program started: sent again, it is not tried again.
  private var settled: Set<String> = []

  /// - Parameters:
  ///   - releaseKey: the path of the public key.
  ///   - folder: of `serve`.
  init(releaseKey: String?, store: ServeStore, folder: String, state: String = UpgradeFiles.state) {
    keyPath = releaseKey
    self.store = store
    request = folder + "/" + UpgradeFiles.requestName
    result = state + "/" + UpgradeFiles.resultName
    record = ((try? store.value(Self.key)) ?? nil).flatMap { try? JSONDecoder().decode(Record.self, from: Data($0.utf8)) } ?? Record()
  }

  /// The folder that the unit of `serve` has for itself, in which `lenscap-upgrade.path` looks; else that of its database.
  static func folder(
    database: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> String {
    if let folder = environment["STATE_DIRECTORY"], !folder.isEmpty, !folder.contains(":") { return folder }
    return (database as NSString).deletingLastPathComponent
  }

  func take(_ message: ConfigMessage<JSONValue>, at now: Timestamp) -> Answer {
    guard record.pending?.message.id != message.id, !settled.contains(message.id) else { return .none }
    let order: UpgradeOrder
    do throws(UpgradeRefusal) {
      order = try UpgradeOrder(message, signedBy: try releaseKey())
      guard order.number > record.number else {
        throw UpgradeRefusal("release \(order.number) is no later one than \(record.number), which is in force")
      }
      if let pending = record.pending, order.number < pending.number {
        throw UpgradeRefusal("release \(order.number) is older than \(pending.number), which waits")
      }
    } catch { return .refused(error.reason) }
    record.pending = Pending(message: message, number: order.number, attempt: 1, written: now.nanoseconds)
    if let problem = write(at: now) { return settle(.refused(problem)) }
    return .waits("lenscap \(order.version) waits for `lenscap upgrade`")
  }

  /// Looks what became of the order that waits.
  func follow(at now: Timestamp) -> (id: String, Answer)? {
    guard let pending = record.pending else { return nil }
    let id = pending.message.id
    // The clock was set back.
    if now.nanoseconds < pending.written { record.pending?.written = now.nanoseconds }
    if let next = pending.next.map({ Timestamp(nanoseconds: $0) }) {
      guard now >= next || next > now + Self.retry else { return nil }
      return (id, again(at: now))
    }
    if let found = found(id, pending.attempt) {
      switch found.outcome {
      case .applied:
        record.number = pending.number
        return (id, settle(.applied))
      case .refused: return (id, settle(.refused(found.text)))
      case .failed:
        guard pending.attempt < Self.attempts else {
          return (id, settle(.refused("was tried \(pending.attempt) times, at last: \(found.text)")))
        }
        record.pending?.next = (now + Self.retry).nanoseconds
        keep()
        return (id, .waits("is tried again in an hour: \(found.text)"))
      }
    }
    let written = Timestamp(nanoseconds: pending.written)
    if now >= written + Self.patience, unsafe access(request, F_OK) == 0 {
      unsafe unlink(request)
      return (id, settle(.refused("nothing took it in \(Self.patience.components.seconds / 60) minutes: is lenscap-upgrade.path enabled?")))
    }
    guard now >= written + Self.longest else { return nil }
    guard pending.attempt < Self.attempts else { return (id, settle(.refused("was tried \(pending.attempt) times, and never ended"))) }
    return (id, again(at: now))
  }

  private func again(at now: Timestamp) -> Answer {
    record.pending?.attempt += 1
    record.pending?.next = nil
    if let problem = write(at: now) { return settle(.refused(problem)) }
    return .waits("waits for `lenscap upgrade` again")
  }

  private func settle(_ answer: Answer) -> Answer {
    if let id = record.pending?.message.id { settled.insert(id) }
    record.pending = nil
    keep()
    return answer
  }

  /// - Returns: why it could not be written.
  private func write(at now: Timestamp) -> String? {
    guard let pending = record.pending, let text = UpgradeRequest(attempt: pending.attempt, message: pending.message).text else {
      return nil
    }
    record.pending?.written = now.nanoseconds
    // First the attempt, so that its result is known as its own.
    keep()
    do throws(EnrolmentFailure) { try SecretFile.write(text, to: request) } catch { return "\(error)" }
    return nil
  }

  /// Root's answer to this attempt.
  private func found(_ id: String, _ attempt: Int) -> UpgradeResult? {
    guard let bytes = try? RegularFile(result).bytes(upTo: UpgradeFiles.limit),
      let result = try? JSONDecoder().decode(UpgradeResult.self, from: Data(bytes)), result.id == id, result.attempt == attempt
    else { return nil }
    return result
  }

  private func releaseKey() throws(UpgradeRefusal) -> ReleaseKey {
    guard let keyPath else { throw UpgradeRefusal("the configuration has no uplink.release_key") }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try RegularFile(keyPath).bytes(upTo: UpgradeFiles.limit) } catch {
      throw UpgradeRefusal("\(keyPath): \(error.reason)")
    }
    do { return try ReleaseKey(pem: String(decoding: bytes, as: UTF8.self)) } catch {
      throw UpgradeRefusal("\(keyPath): it is no Ed25519 key in PEM")
    }
  }

  private func keep() {
    guard let bytes = try? JSONEncoder().encode(record) else { return }
    try? store.set(Self.key, to: String(decoding: bytes, as: UTF8.self))
  }
}

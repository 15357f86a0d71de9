import Crypto
import Foundation
import Packs
import Services

/// The key of a box that signs its evidence packs. It lies beside the database of `watch`, and only the owner of that may read it.
public struct SigningKey: Sendable {
  public enum Failure: Error, Equatable, CustomStringConvertible {
    case noPermission(path: String, owner: String)
    case exposed(path: String)
    case damaged(path: String)
    case io(path: String, reason: String)

    public var description: String {
      switch self {
      case .noPermission(let path, let owner):
        "\(path): only \(owner) may read the key that signs evidence, so nothing is written; run the command with sudo, or as \(owner)"
      case .exposed(let path):
        "\(path): others than its owner may read or change the key that signs evidence, or it belongs to somebody else, so it proves nothing; "
          + "expected the owner of the database, and mode 0600"
      case .damaged(let path): "\(path): it is no key of Lenscap"
      case .io(let path, let reason): "\(path): \(reason)"
      }
    }
  }

  public static let fileName = "signing-key.pem"
  /// A PrivateKeyInfo of Ed25519 up to the key itself: RFC 8410, section 7.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let label = "PRIVATE KEY"

  private let key: Curve25519.Signing.PrivateKey

  public var publicKey: PublicKey { PublicKey(key.publicKey) }

  public func signature(of bytes: [UInt8]) -> [UInt8]? { (try? key.signature(for: Data(bytes))).map { Array($0) } }

  /// The key beside a database, which is made at the first use.
  public init(besideDatabase database: String) throws(Failure) {
    let path = (database as NSString).deletingLastPathComponent.appending("/\(Self.fileName)")
    let target = path.hasPrefix("/") && !database.contains("/") ? Self.fileName : path
    guard let facts = FileFacts(database) else { throw unsafe .io(path: database, reason: String(cString: strerror(errno))) }
    let owner = facts.owner
    if let key = try Self.read(target, owner) {
      self.key = key
      return
    }
    guard geteuid() == owner || geteuid() == 0 else { throw .noPermission(path: target, owner: Self.name(owner)) }
    try Self.create(target, owner)
    guard let key = try Self.read(target, owner) else { throw .io(path: target, reason: "it disappeared") }
    self.key = key
  }

  /// Nil if there is none.
  private static func read(_ path: String, _ owner: UInt32) throws(Failure) -> Curve25519.Signing.PrivateKey? {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    if descriptor < 0 {
      switch errno {
      case ENOENT: return nil
      case EACCES, EPERM: throw .noPermission(path: path, owner: name(owner))
      default: throw unsafe .io(path: path, reason: String(cString: strerror(errno)))
      }
    }
    defer { close(descriptor) }
    var facts = stat()
    guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_mode & 0o077 == 0,
      facts.st_uid == owner || facts.st_uid == 0
    else { throw .exposed(path: path) }
    var buffer = [UInt8](repeating: 0, count: PublicKey.sizeLimit)
    let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
    guard count > 0, let der = PEM.content(buffer[..<count], label: label), der.count == prefix.count + 32, der.starts(with: prefix),
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.dropFirst(prefix.count))
    else { throw .damaged(path: path) }
    return key
  }

  /// Two commands may do so at once: the first one's key counts.
  private static func create(_ path: String, _ owner: UInt32) throws(Failure) {
    var template = Array("\(path).XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&template)
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard descriptor >= 0 else { throw unsafe .io(path: path, reason: String(cString: strerror(errno))) }
    defer {
      close(descriptor)
      unsafe unlink(temporary)
    }
    let text = PEM.text(prefix + Array(Curve25519.Signing.PrivateKey().rawRepresentation), label: label)
    let bytes = Array(text.utf8)
    let isWritten =
      unsafe fchmod(descriptor, 0o600) == 0 && (geteuid() == owner || fchown(descriptor, owner, gid_t.max) == 0)
      && write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    guard isWritten, unsafe link(temporary, path) == 0 || errno == EEXIST else {
      throw unsafe .io(path: path, reason: String(cString: strerror(errno)))
    }
  }

  private static func name(_ user: UInt32) -> String {
    unsafe getpwuid(user).map { unsafe String(cString: $0.pointee.pw_name) } ?? "user \(user)"
  }
}

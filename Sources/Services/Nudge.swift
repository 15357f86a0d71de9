import Dispatch
import Glibc

/// An empty datagram from one process to the other: there is something new in the sender's database. One that is lost does no harm, for
/// both look every few seconds anyway.
public enum Nudge {
  /// Name of the socket on which `lenscap serve` hears of new events.
  public static let serveSocket = "serve.sock"
  /// Name of the socket on which `lenscap watch` hears of new commands.
  public static let watchSocket = "watch.sock"

  /// The folder of the package's sockets, which both services may write.
  private static let folder = "/run/lenscap"
  private static let ownMode: mode_t = 0o600
  private static let sharedMode: mode_t = 0o660

  /// Where a socket may lie: in the package's folder, or beside the database of the process that listens. One listens at the first that is
  /// possible, and sends to all.
  public static func paths(_ name: String, beside database: String) -> [String] {
    let folder = database.lastIndex(of: "/").map { String(database[..<$0]) } ?? "."
    return ["\(Self.folder)/\(name)", "\(folder)/\(name)"]
  }

  public enum Failure: Error, Equatable {
    /// The path is empty or has more than 107 bytes.
    case badPath(String)
    /// Another process listens there.
    case inUse(String)
    /// Something that is no socket is there.
    case notASocket(String)
    /// The socket cannot be made, with the number of the error.
    case failed(String, errno: Int32)
  }

  /// Sends to wherever the other process may listen.
  public struct Sender: Sendable {
    private let paths: [String]
    private let socket = DatagramSocket()

    /// - Parameter paths: those of `Nudge.paths`. Ones that are too long are left out.
    public init(to paths: [String]) { self.paths = paths }

    /// - Returns: false if nobody listens, or the listener has not yet taken earlier ones.
    @discardableResult
    public func send() -> Bool {
      guard let socket else { return false }
      // Both, for two pairs of services may run on one machine.
      return paths.compactMap { UnixSocketAddress(path: $0) }.reduce(false) { socket.send([], to: $1) || $0 }
    }
  }

  /// Listens on a socket of its own.
  public final class Receiver: @unchecked Sendable {
    // `@unchecked`: a dispatch source may be used by several threads, but is not declared so.

    public let path: String
    /// An element for one or more nudges that came since the last. For one reader.
    public let nudges: AsyncStream<Void>
    private let socket: DatagramSocket
    private let source: any DispatchSourceRead
    private let inode: ino_t

    /// Listens at the first of these paths whose folder exists and may be written.
    public convenience init(at paths: [String]) throws(Failure) {
      var failure: Failure?
      for path in paths {
        do throws(Failure) {
          self.init(try Bound(path))
          return
        } catch { failure = error }
      }
      throw failure ?? .badPath("")
    }

    private init(_ bound: Bound) {
      (path, socket, inode) = (bound.path, bound.socket, bound.inode)
      let descriptor = bound.socket.descriptor
      let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      nudges = stream
      source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: DispatchQueue(label: "lenscap.nudge"))
      source.setEventHandler {
        var byte: UInt8 = 0
        while unsafe recv(descriptor, &byte, 1, 0) >= 0 {}
        continuation.yield()
      }
      // The descriptor stays open until the source no longer uses it.
      source.setCancelHandler { [socket = bound.socket] in
        _ = socket
        continuation.finish()
      }
      source.activate()
    }

    deinit {
      source.cancel()
      // Another process may have put its own socket here meanwhile.
      if Facts(path)?.inode == inode { unsafe unlink(path) }
    }
  }

  /// A socket with its name in the file system.
  private struct Bound {
    let path: String
    let socket: DatagramSocket
    let inode: ino_t

    init(_ path: String) throws(Failure) {
      guard let address = UnixSocketAddress(path: path) else { throw .badPath(path) }
      guard let socket = DatagramSocket() else { throw .failed(path, errno: errno) }
      if let facts = Facts(path) {
        guard facts.isSocket else { throw .notASocket(path) }
        // Nobody holds a socket that refuses (connect(2)): whoever made it was killed.
        let answer = unsafe address.withPointer { unsafe connect(socket.descriptor, $0, $1) }
        guard answer != 0, errno == ECONNREFUSED else { throw .inUse(path) }
        unsafe unlink(path)
      }
      guard unsafe address.withPointer({ unsafe bind(socket.descriptor, $0, $1) }) == 0 else {
        throw errno == EADDRINUSE ? .inUse(path) : .failed(path, errno: errno)
      }
      unsafe chmod(path, Facts.isShared(folderOf: path) ? Nudge.sharedMode : Nudge.ownMode)
      (self.path, self.socket, inode) = (path, socket, Facts(path)?.inode ?? 0)
    }
  }

  private struct Facts {
    let inode: ino_t
    let isSocket: Bool

    /// Nil if there is nothing at the path.
    init?(_ path: String) {
      var facts = stat()
      guard unsafe lstat(path, &facts) == 0 else { return nil }
      (inode, isSocket) = (facts.st_ino, facts.st_mode & S_IFMT == S_IFSOCK)
    }

    /// True for a folder whose group is passed on to what is made in it: that group may send.
    static func isShared(folderOf path: String) -> Bool {
      var facts = stat()
      guard let slash = path.lastIndex(of: "/") else { return false }
      return unsafe stat(String(path[..<slash]), &facts) == 0 && facts.st_mode & (S_ISGID | S_IXGRP) == S_ISGID | S_IXGRP
    }
  }
}

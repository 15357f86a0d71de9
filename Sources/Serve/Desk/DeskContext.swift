import Detection
import Hummingbird
import NIOCore
import WebDesk

/// A request to the page, with who asks.
struct DeskContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// Who is at the other end of the connection, and at which of this box's addresses.
  var peer: IPAddress?
  var local: IPAddress?
  /// Of the network that the request comes from, for the log and against guessing.
  var address = ""
  var identity: Identity?
  /// The secret that the browser sent as a cookie; there need not be a session with it.
  var cookie: String?
  /// The token of a program.
  var bearer: String?
  /// The body of a request that changes something.
  var body = ByteBuffer()

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    peer = source.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    local = source.channel.localAddress?.ipAddress.flatMap { IPAddress($0) }
  }

  func may(_ right: Rights) -> Bool { identity?.rights.contains(right) == true }

  /// The fields of a form; of those that come twice, the first.
  var form: [String: String] { Request.fields(String(buffer: body)) }
}

extension Request {
  var isForPrograms: Bool { components.first == "api" }
}

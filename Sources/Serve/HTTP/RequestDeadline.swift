import Detection
import NIOCore
import NIOHTTPTypes
import Synchronization

/// Closes connections on which no whole head of a request comes in time. A byte now and then is no idling to others: with a few hundred such
/// connections one stranger would keep everybody out.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let patience: TimeAmount
  private let crowd: Crowd
  private var member: String?
  private var requests = 0
  private var deadline: Scheduled<Void>?

  init(patience: TimeAmount, crowd: Crowd) {
    self.patience = patience
    self.crowd = crowd
  }

  func channelActive(context: ChannelHandlerContext) {
    let address = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
    guard crowd.admits(address) else {
      context.close(promise: nil)
      return
    }
    member = Crowd.network(address)
    wait(context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    if let member { crowd.leaves(member) }
    member = nil
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if case .head = unwrapInboundIn(data) {
      requests += 1
      deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      requests -= 1
      if requests == 0 { wait(context) }
    }
    context.write(data, promise: promise)
  }

  private func wait(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: patience) { channel.close(promise: nil) }
  }
}

/// How many connections each network has: one stranger gets a part of them.
final class Crowd: Sendable {
  private let limit: Int
  private let members = Mutex<[String: Int]>([:])

  init(limit: Int) { self.limit = limit }

  /// An IPv4 address, the first half of an IPv6 address. Nil for this machine: there may be a server in front, with everybody's connections.
  static func network(_ address: IPAddress?) -> String? {
    guard let address, !address.isLoopback else { return nil }
    return address.isV4 ? "\(address)" : "\(address.bits >> 64)"
  }

  /// - Returns: false if the network has as many as it may have. Otherwise this one counts until it leaves.
  func admits(_ address: IPAddress?) -> Bool {
    guard let network = Self.network(address) else { return true }
    return members.withLock { members in
      let count = members[network, default: 0]
      if count >= limit { return false }
      members[network] = count + 1
      return true
    }
  }

  func leaves(_ network: String) {
    members.withLock { members in
      let count = members[network, default: 0] - 1
      members[network] = count > 0 ? count : nil
    }
  }
}

import ConfigurationFiles
import Crypto
import Detection
import Foundation

/// A custom robot in a group of DingTalk (open.dingtalk.com, "Custom robot access" and its security setting "additional signature").
struct DingTalkPreset: Preset {
  static let server = "https://oapi.dingtalk.com/robot/send"
  /// Of the text, in bytes; the service takes 20,000 in all.
  static let textLimit = 16_000
  /// A robot may send twenty messages a minute, and is silenced for ten minutes if it sends more.
  static let pauseOfTooMany = Duration.seconds(600)
  static let tooMany: Int64 = 130_101

  private let address: WebAddress
  private let token: String?
  private let signingSecret: String?
  private let style: MessageStyle

  /// The first secret is the `access_token`, or the whole address that DingTalk shows; a second one, `SEC…`, signs. If `url` has a token,
  /// the first secret signs.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    let robot = try RobotSecrets(settings, server: Self.server) { $0.hasParameter("access_token") }
    address = robot.address
    token = robot.token
    signingSecret = robot.signingSecret
    style = MessageStyle(settings)
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    let text = parcel.message.withLink(style.text(of: parcel.message)).cut(utf8: Self.textLimit)
    let document: JSONValue = ["msgtype": "text", "text": ["content": .string(text)], "at": ["isAtAll": false]]
    var parameters = token.map { [("access_token", $0)] } ?? []
    if let signingSecret {
      let milliseconds = parcel.time.unixMilliseconds
      parameters.append(("timestamp", String(milliseconds)))
      parameters.append(("sign", Self.signature(milliseconds: milliseconds, secret: signingSecret)))
    }
    return HTTPRequest.json(document, to: address.adding(parameters: parameters), host: address.host)
  }

  /// Base64 of HMAC-SHA256 with the secret as its key over the time in milliseconds, a line feed and the secret.
  static func signature(milliseconds: Int64, secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Data("\(milliseconds)\n\(secret)".utf8), using: SymmetricKey(data: Data(secret.utf8)))
    return Data(code).base64EncodedString()
  }

  func check(_ response: HTTPResponse) throws(DeliveryError) {
    try response.checkStatus(host: address.host)
    guard let document = response.document, let code = document["errcode"]?.integer else {
      throw .temporary("\(address.host) did not answer as DingTalk does")
    }
    guard code != 0 else { return }
    let reason = "DingTalk: \(vendorText(document["errmsg"], without: [token, signingSecret])) (error \(code))"
    throw .temporary(reason, retryAfter: code == DingTalkPreset.tooMany ? DingTalkPreset.pauseOfTooMany : nil)
  }
}

/// What a service says about an error, in one line and without the secrets that it may repeat.
func vendorText(_ text: JSONValue?, without secrets: [String?]) -> String {
  var line = (text?.string ?? "").oneLine
  for case let secret? in secrets where !secret.isEmpty { line = line.replacing(secret, with: "***") }
  return line.cut(utf8: 200)
}

/// What the robots of both Chinese services need: an address with a token in it, and a secret that signs.
struct RobotSecrets {
  let address: WebAddress
  /// Nil if the address has it.
  let token: String?
  let signingSecret: String?

  /// Parameters: the service's address without a token; tells whether an address has one.
  init(_ settings: SinkSettings, server: String, hasToken: (WebAddress) -> Bool) throws(SinkConfigurationError) {
    var secrets = settings.secrets[...]
    var address = try WebAddress(settings.url ?? server)
    if let first = secrets.first, first.hasPrefix("https://") || first.hasPrefix("http://") {
      address = try WebAddress(first, key: "secret_file")
      secrets = secrets.dropFirst()
    }
    token = hasToken(address) ? nil : secrets.popFirst()
    guard token != nil || hasToken(address) else {
      throw SinkConfigurationError(
        "secret_file", "holds no token: expected the token of the robot, or its whole address, in the first line")
    }
    self.address = address
    signingSecret = secrets.first
  }
}

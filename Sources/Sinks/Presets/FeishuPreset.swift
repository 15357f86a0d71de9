import ConfigurationFiles
import Crypto
import Detection
import Foundation

/// A custom bot in a group of Feishu, or of Lark with its own `url` (open.feishu.cn, "Custom bot usage guide", with its signature
/// verification).
struct FeishuPreset: Preset {
  static let server = "https://open.feishu.cn/open-apis/bot/v2/hook"
  /// Of the text, in bytes; the service takes 20 KB in all.
  static let textLimit = 16_000
  static let pauseOfTooMany = Duration.seconds(60)
  static let tooMany: Int64 = 11_232

  private let address: WebAddress
  private let token: String?
  private let signingSecret: String?
  private let style: MessageStyle

  /// The first secret is what follows `hook/` in the address that Feishu shows, or the whole address; a second one signs. If `url` has a
  /// token, the first secret signs.
  init(_ settings: SinkSettings) throws(SinkConfigurationError) {
    let robot = try RobotSecrets(settings, server: Self.server) { $0.path.last != "hook" && $0.path.dropLast().last == "hook" }
    address = robot.address
    token = robot.token
    signingSecret = robot.signingSecret
    style = MessageStyle(settings)
  }

  func request(for parcel: Parcel) -> HTTPRequest {
    let text = parcel.message.withLink(Self.plain(style.text(of: parcel.message))).cut(utf8: Self.textLimit)
    var document: JSONValue = ["msg_type": "text", "content": ["text": .string(text)]]
    if let signingSecret {
      let seconds = parcel.time.unixSeconds
      document["timestamp"] = .string(String(seconds))
      document["sign"] = .string(Self.signature(seconds: seconds, secret: signingSecret))
    }
    return HTTPRequest.json(document, to: address.appending(path: token.map { [$0] } ?? []), host: address.host)
  }

  /// Text messages know one tag, `<at …>`, which would call people: the full-width sign looks the same and is none.
  static func plain(_ text: String) -> String { text.replacing("<", with: "\u{FF1C}") }

  /// Base64 of HMAC-SHA256 over nothing, whose key is the time in seconds, a line feed and the secret.
  static func signature(seconds: Int64, secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Data(), using: SymmetricKey(data: Data("\(seconds)\n\(secret)".utf8)))
    return Data(code).base64EncodedString()
  }

  func check(_ response: HTTPResponse) throws(DeliveryError) {
    guard let document = response.document, let code = document["code"]?.integer ?? document["StatusCode"]?.integer else {
      try response.checkStatus(host: address.host)
      throw .temporary("\(address.host) did not answer as Feishu does")
    }
    guard code != 0 else { return try response.checkStatus(host: address.host) }
    let text = vendorText(document["msg"] ?? document["StatusMessage"], without: [token, signingSecret])
    throw .temporary("Feishu: \(text) (error \(code))", retryAfter: code == FeishuPreset.tooMany ? FeishuPreset.pauseOfTooMany : nil)
  }
}

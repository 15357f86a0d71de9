import Detection
import Foundation

/// A place for alerts as `--sink` names it, and what the configuration says about it.
struct SinkChoice: Equatable {
  enum Secret: Equatable {
    case none
    /// What it is, for the question.
    case optional(String)
    case needed(String)
    /// Made here: the receiver must know it, too.
    case made
  }

  static let forms = """
    ntfy=https://ntfy.sh/TOPIC (phone, app ntfy), telegram=CHAT, mail='porter@example.com via smtp.example.com as USER', webhook=URL, \
    mqtt='HOST as USER' (Home Assistant), file=PATH (JSON lines), heartbeat=URL (fetched while all is well)
    """

  /// Of the form: `ntfy`, `telegram`…; also the sink's name, with a number if there are several.
  let form: String
  var name: String
  /// Keys of the sink, beside its name and secret, with their values in YAML.
  let keys: [(key: String, value: String)]
  let secret: Secret

  static func == (a: SinkChoice, b: SinkChoice) -> Bool {
    a.form == b.form && a.name == b.name && a.secret == b.secret && a.keys.elementsEqual(b.keys) { $0 == $1 }
  }

  /// Explains what is wrong with an argument of `--sink`.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads `FORM=ADDRESS`.
  init(_ argument: String) throws(Problem) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[1].isEmpty else { throw Problem(description: "“\(argument)” is none of: \(Self.forms)") }
    try self.init(form: parts[0], address: parts[1])
  }

  init(form: String, address: String) throws(Problem) {
    guard address.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw Problem(description: "\(form): the address contains control characters")
    }
    self.form = form
    name = form
    switch form {
    case "ntfy":
      keys = [("kind", "http"), ("preset", "ntfy"), ("url", try Self.url(address, form))]
      secret = .optional("access token, if your ntfy server wants one")
    case "telegram":
      guard address.range(of: "^(-?[0-9]+|@[A-Za-z0-9_]+)$", options: .regularExpression) != nil else {
        throw Problem(description: "telegram: “\(address)” is neither the number of a chat nor @CHANNEL")
      }
      keys = [("kind", "http"), ("preset", "telegram"), ("chat", yamlQuoted(address))]
      secret = .needed("token of your bot, from @BotFather")
    case "webhook":
      keys = [("kind", "webhook"), ("url", try Self.url(address, form))]
      secret = .made
    case "heartbeat":
      keys = [("kind", "heartbeat"), ("url", try Self.url(address, form))]
      secret = .none
    case "mail":
      let mail = try Self.account(address, form, isMail: true)
      let port = mail.port ?? 587
      let sender = mail.user.map { $0.contains("@") ? $0 : mail.to } ?? mail.to
      keys =
        [
          ("kind", "mail"), ("host", yamlQuoted(mail.host)), ("port", "\(port)"),
          ("tls", port == 465 ? "implicit" : mail.host == "localhost" ? "none" : "starttls"),
          ("from", yamlQuoted(sender)), ("to", "[\(yamlQuoted(mail.to))]"),
        ] + (mail.user.map { [("user", yamlQuoted($0))] } ?? [])
      secret = mail.user == nil ? .none : .needed("password of \(mail.user ?? "") at \(mail.host)")
    case "mqtt":
      let broker = try Self.account(address, form, isMail: false)
      let port = broker.port ?? 1883
      keys =
        [
          ("kind", "mqtt"), ("host", yamlQuoted(broker.host)), ("port", "\(port)"), ("tls", port == 8883 ? "implicit" : "none"),
        ] + (broker.user.map { [("user", yamlQuoted($0))] } ?? [])
      secret = broker.user == nil ? .none : .needed("password of \(broker.user ?? "") at \(broker.host)")
    case "file":
      guard address.hasPrefix("/") else {
        throw Problem(description: "file: “\(address)” is not a whole path, such as /var/lib/lenscap/serve/alerts.jsonl")
      }
      keys = [("kind", "file"), ("path", yamlQuoted(address))]
      secret = .none
    default:
      throw Problem(description: "“\(form)” is none of: \(Self.forms)")
    }
  }

  private static func url(_ text: String, _ form: String) throws(Problem) -> String {
    guard let url = URL(string: text), ["http", "https"].contains(url.scheme), url.host?.isEmpty == false, url.user == nil else {
      throw Problem(description: "\(form): “\(text)” is not an address such as https://example.com/path")
    }
    return yamlQuoted(text)
  }

  private struct Account {
    var to = ""
    var host = ""
    var port: Int?
    var user: String?
  }

  /// Reads `TO via HOST:PORT as USER`, without `TO via` if it is no mail; the port and the user may be missing.
  private static func account(_ text: String, _ form: String, isMail: Bool) throws(Problem) -> Account {
    let words = text.split(separator: " ").map(String.init)
    var account = Account()
    var rest = words[...]
    if isMail {
      guard rest.count >= 3, rest[0].contains("@"), rest[1] == "via" else {
        throw Problem(description: "mail: write 'porter@example.com via smtp.example.com as USER'")
      }
      account.to = rest[0]
      rest = rest.dropFirst(2)
    }
    let server = (rest.popFirst() ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    if server.count == 2 { account.port = Int(server[1]).flatMap { (1...65_535).contains($0) ? $0 : nil } }
    if rest.count == 2, rest.first == "as" {
      account.user = rest.last
      rest = []
    }
    guard let host = server.first, !host.isEmpty, server.count == 1 || account.port != nil, server.count <= 2, rest.isEmpty else {
      throw Problem(description: "\(form): “\(text)” is not HOST, HOST:PORT or HOST:PORT as USER")
    }
    account.host = host
    return account
  }
}

/// A YAML scalar in double quotes (YAML 1.2, section 7.3.1).
func yamlQuoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": quoted += "\\" + String(scalar)
    case _
    where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .lineSeparator
      || scalar.properties.generalCategory == .paragraphSeparator:
      quoted += "\\U" + scalar.value.hexDigits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

import Detection
import Foundation
import Mustache

/// What every page has around its content.
public struct PageFrame: Sendable {
  /// Who is signed in.
  public struct Person: Sendable {
    public let name: String
    public let role: String
    public let rights: Rights

    public init(name: String, role: String, rights: Rights) {
      self.name = name
      self.role = role
      self.rights = rights
    }
  }

  /// What stands above all pages.
  public var brand: String
  /// Nil before somebody signed in.
  public var person: Person?
  /// What forms must say.
  public var formToken = ""
  /// The path of the present page.
  public var path = "/"
  /// Pages to choose from.
  public var pages: [(path: String, name: String)] = []
  /// True if the script keeps the page up to date.
  public var isLive = false
  /// It does so by loading it again every few seconds.
  public var isPolled = false
  public var isWall = false

  public init(brand: String) { self.brand = brand }
}

/// The templates, and pages made of them. Everything that comes from devices or people is escaped by the templates; the few parts with three
/// braces are made here.
public enum Pages {
  private static let layout = template(
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>{{title}}</title>{{#refresh}}<noscript><meta http-equiv="refresh" content="15"></noscript>{{/refresh}}
    <style>{{{style}}}</style>{{#script}}<script src="/assets/desk.js" defer></script>{{/script}}</head>
    <body{{{attributes}}}>
    <a class="skip" href="#content">{{skip}}</a>
    {{^wall}}<header><div class="in"><span class="brand">{{brand}}</span>
    {{#person}}<span>{{person}} ({{role}})</span>
    <form method="post" action="/sign-out"><input type="hidden" name="csrf" value="{{csrf}}"><button>{{signOut}}</button></form>
    <nav aria-label="Pages">{{#pages}}<a href="{{path}}"{{#isHere}} aria-current="page"{{/isHere}}>{{name}}</a>{{/pages}}</nav>{{/person}}
    </div></header>{{/wall}}
    <main id="content">{{{content}}}</main>
    </body></html>

    """)

  public static func template(_ text: String) -> MustacheTemplate {
    // A template is a constant of this program; each is rendered by a test.
    // swift-format-ignore: NeverUseForceTry
    try! MustacheTemplate(string: text)
  }

  public static func page(_ frame: PageFrame, title: String, content: String) -> String {
    var attributes = frame.isWall ? " class=\"wall\"" : ""
    if frame.isLive { attributes += frame.isWall || frame.isPolled ? " data-live" : " data-live data-events=\"/api/1/events\"" }
    var values: [String: Any] = [
      "title": "\(title) – \(frame.brand)", "brand": frame.brand, "style": Style.text, "content": content, "skip": Words.skip,
      "attributes": attributes, "wall": frame.isWall, "script": frame.isLive, "refresh": frame.isLive && (frame.isWall || frame.isPolled),
      "csrf": frame.formToken, "signOut": Words.signOut,
      "pages": frame.pages.map { ["path": $0.path, "name": $0.name, "isHere": $0.path == frame.path] as [String: Any] },
    ]
    if let person = frame.person, !frame.isWall {
      values["person"] = person.name
      values["role"] = person.role
    }
    return layout.render(values)
  }

  public static func escape(_ text: String) -> String { escaping.render(["text": text]) }
  private static let escaping = template("{{text}}")

  /// RFC 3986, section 2.3.
  private static let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  /// For a part of a path or query.
  public static func queryEscaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  private static let messageContent = template("<h1>{{title}}</h1><p>{{text}}</p><p><a href=\"/\">{{back}}</a></p>")

  /// A page that says one thing.
  public static func message(brand: String, title: String, text: String) -> String {
    page(PageFrame(brand: brand), title: title, content: messageContent.render(["title": title, "text": text, "back": Words.firstPage]))
  }
}

extension String {
  public var firstUpper: String { prefix(1).uppercased() + dropFirst() }
}

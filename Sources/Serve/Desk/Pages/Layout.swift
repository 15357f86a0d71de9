import Detection
import Mustache

/// What every page has around its content.
struct Frame: Sendable {
  var property = "Lenscap"
  /// Who is signed in; nil before.
  var person: Identity?
  /// What forms must say.
  var formToken = ""
  /// The path of the present page.
  var path = "/"
  /// True if the script keeps the page up to date.
  var isLive = false
  /// It does so by loading it again every few seconds.
  var isPolled = false
  var isWall = false
}

/// The templates, and pages made of them. Everything that comes from devices or people is escaped by the templates; the few parts with three
/// braces are made here.
enum Pages {
  private static let layout = template(
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>{{title}}</title>{{#refresh}}<noscript><meta http-equiv="refresh" content="15"></noscript>{{/refresh}}
    <style>{{{style}}}</style>{{#script}}<script src="/assets/desk.js" defer></script>{{/script}}</head>
    <body{{{attributes}}}>
    <a class="skip" href="#content">{{skip}}</a>
    {{^wall}}<header><div class="in"><span class="brand">{{property}}</span>
    {{#person}}<span>{{person}} ({{role}})</span>
    <form method="post" action="/sign-out"><input type="hidden" name="csrf" value="{{csrf}}"><button>{{signOut}}</button></form>
    <nav aria-label="Pages">{{#pages}}<a href="{{path}}"{{#isHere}} aria-current="page"{{/isHere}}>{{name}}</a>{{/pages}}</nav>{{/person}}
    </div></header>{{/wall}}
    <main id="content">{{{content}}}</main>
    </body></html>

    """)

  static func template(_ text: String) -> MustacheTemplate {
    // A template is a constant of this program; each is rendered by a test.
    // swift-format-ignore: NeverUseForceTry
    try! MustacheTemplate(string: text)
  }

  static func page(_ frame: Frame, title: String, content: String) -> String {
    var pages: [(String, String)] = [("/", Words.now), ("/cases", Words.cases), ("/devices", Words.devices), ("/rooms", Words.rooms)]
    pages += [("/coverage", Words.coverage), ("/signatures", Words.signatures)]
    if frame.person?.rights.contains(.deliveries) == true { pages.append(("/deliveries", Words.deliveries)) }
    if frame.person?.rights.contains(.audit) == true { pages += [("/certificates", Words.certificates), ("/audit", Words.audit)] }
    var attributes = frame.isWall ? " class=\"wall\"" : ""
    if frame.isLive { attributes += frame.isWall || frame.isPolled ? " data-live" : " data-live data-events=\"/api/1/events\"" }
    var values: [String: Any] = [
      "title": "\(title) – \(frame.property)", "property": frame.property, "style": Style.text, "content": content, "skip": Words.skip,
      "attributes": attributes, "wall": frame.isWall, "script": frame.isLive, "refresh": frame.isLive && (frame.isWall || frame.isPolled),
      "csrf": frame.formToken, "signOut": Words.signOut,
      "pages": pages.map { ["path": $0.0, "name": $0.1, "isHere": $0.0 == frame.path] as [String: Any] },
    ]
    if let person = frame.person, !frame.isWall {
      values["person"] = person.name
      values["role"] = person.role
    }
    return layout.render(values)
  }

  // MARK: Small pages

  private static let messageContent = template("<h1>{{title}}</h1><p>{{text}}</p><p><a href=\"/\">{{back}}</a></p>")

  /// A page that says one thing.
  static func message(title: String, text: String) -> String {
    page(Frame(), title: title, content: messageContent.render(["title": title, "text": text, "back": Words.now]))
  }

  private static let signInContent = template(
    """
    <h1>{{signIn}}</h1>{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
    <form class="stack" method="post" action="/sign-in"><input type="hidden" name="csrf" value="{{csrf}}">
    <label>{{nameLabel}} <input name="name" autocomplete="username" maxlength="64" required></label>
    <label>{{passwordLabel}} <input name="password" type="password" autocomplete="current-password" maxlength="1024" required></label>
    <button class="main">{{signIn}}</button></form>
    """)

  static func signIn(_ frame: Frame, problem: String? = nil) -> String {
    var values: [String: Any] = [
      "signIn": Words.signIn, "nameLabel": Words.name, "passwordLabel": Words.password, "csrf": frame.formToken,
    ]
    if let problem { values["problem"] = problem }
    return page(frame, title: Words.signIn, content: signInContent.render(values))
  }

  private static let invitationContent = template(
    """
    <h1>{{welcome}}</h1>{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
    <form class="stack" method="post"><input type="hidden" name="csrf" value="{{csrf}}">
    <label>{{nameLabel}} <input name="name" value="{{name}}" autocomplete="username" readonly></label>
    <label>{{passwordLabel}} <input name="password" type="password" autocomplete="new-password" minlength="8" maxlength="1024" required
    aria-describedby="rule"></label><p id="rule" class="facts">{{rule}}</p>
    <button class="main">{{begin}}</button></form>
    """)

  static func invitation(_ frame: Frame, name: String, role: DeskRole, problem: String? = nil) -> String {
    var values: [String: Any] = [
      "welcome": Words.welcome(name, role), "name": name, "nameLabel": Words.name, "passwordLabel": Words.choosePassword,
      "rule": Words.passwordRule, "begin": Words.begin, "csrf": frame.formToken,
    ]
    if let problem { values["problem"] = problem }
    return page(frame, title: Words.choosePassword, content: invitationContent.render(values))
  }
}

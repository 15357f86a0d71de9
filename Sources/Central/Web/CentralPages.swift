import Crypto
import Detection
import Foundation
import Mustache

/// The pages for people. Templates escape everything; the few parts with three braces are made here.
enum CentralPages {
  private static let layout = template(
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex"><link rel="icon" href="data:,"><title>{{title}} – Lenscap Central</title>
    <style>{{{style}}}</style></head><body>
    <header><div class="in"><span class="brand">Lenscap Central{{#tenant}}: {{tenant}}{{/tenant}}</span>
    {{#tenant}}<form method="post" action="/sign-out"><button>Sign out</button></form>{{/tenant}}</div></header>
    <main><h1>{{title}}</h1>{{{content}}}</main></body></html>

    """)

  private static let messageContent = template("<p>{{text}}</p><p><a href=\"/\">Properties</a></p>")

  private static let signInContent = template(
    """
    {{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
    <form class="stack" method="post" action="/sign-in">
    <label>Token <input name="token" type="password" autocomplete="current-password" maxlength="128" required></label>
    <button class="main">Sign in</button></form>
    <p class="facts">Tokens are made with: lenscap-central tokens add NAME --tenant TENANT --scope read</p>
    """)

  private static let propertiesContent = template(
    """
    <p>{{lead}}</p>{{#hasRows}}<div class="scroll" tabindex="0" role="region" aria-label="Properties"><table><thead><tr>\
    <th scope="col">Property</th><th scope="col">State</th><th scope="col">Open alerts</th>\
    <th scope="col">Version</th><th scope="col">Last heard</th></tr></thead><tbody>
    {{#rows}}<tr><td>{{site}}</td><td class="{{tone}}">{{state}}</td><td>{{open}}</td><td>{{version}}</td><td>{{heard}}</td></tr>
    {{/rows}}</tbody></table></div>{{/hasRows}}
    {{#next}}<p><a rel="next" href="/?cursor={{next}}">More</a></p>{{/next}}
    """)

  /// A property as the list of the API has it.
  struct Property: Decodable {
    let site: String
    let status: String
    let openAlerts: Int
    let heard: String?
    let version: String?

    private enum CodingKeys: String, CodingKey {
      case site, status, heard, version
      case openAlerts = "open_alerts"
    }
  }

  static func properties(_ page: CentralPage, tenant: String) -> String {
    let properties = page.items.compactMap { try? JSONDecoder().decode(Property.self, from: Data($0.utf8)) }
    let rows = properties.map { property -> [String: Any] in
      [
        "site": property.site, "open": property.openAlerts, "version": (property.version ?? "unknown").forPeople(),
        "heard": property.heard.map { String($0.prefix(16)).replacing("T", with: " ") + " UTC" } ?? "never",
        "state": ["blind": "blind", "open": "camera found"][property.status] ?? "watched",
        "tone": ["blind": "warn", "open": "bad"][property.status] ?? "good",
      ]
    }
    var values: [String: Any] = [
      "rows": rows, "hasRows": !rows.isEmpty,
      "lead": rows.isEmpty ? "No property is enrolled." : "The worst first: boxes that do not watch, then open alerts.",
    ]
    if let next = page.next { values["next"] = next }
    return whole(title: "Properties", tenant: tenant, content: propertiesContent.render(values))
  }

  static func signIn(problem: String? = nil) -> String {
    whole(title: "Sign in", content: signInContent.render(problem.map { ["problem": $0] } ?? [:]))
  }

  static func message(title: String, text: String) -> String { whole(title: title, content: messageContent.render(["text": text])) }

  private static func whole(title: String, tenant: String? = nil, content: String) -> String {
    var values: [String: Any] = ["title": title, "style": CentralStyle.text, "content": content]
    if let tenant { values["tenant"] = tenant }
    return layout.render(values)
  }

  private static func template(_ text: String) -> MustacheTemplate {
    // A template is a constant of this program; each is rendered by a test.
    // swift-format-ignore: NeverUseForceTry
    try! MustacheTemplate(string: text)
  }
}

/// How the pages look; the policy in the headers allows exactly this text.
enum CentralStyle {
  static let hash = "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()

  static let text = """
    :root{color-scheme:light dark;--back:#f4f6f8;--card:#fff;--text:#16212b;--soft:#4b5a67;--line:#c9d2da;--link:#0b5394;
    --good:#0d6b3f;--bad:#a31621;--warn:#7a4b00}
    @media(prefers-color-scheme:dark){:root{--back:#12181d;--card:#1c252d;--text:#e9eef2;--soft:#b3bfc9;--line:#3b4853;--link:#8ec5ff;
    --good:#7fe0ac;--bad:#ffb3b3;--warn:#ffd58a}}
    *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
    a{color:var(--link)}header{background:var(--card);border-bottom:1px solid var(--line);padding:.5rem 1rem}
    header .in,main{max-width:64rem;margin:0 auto}header .in{display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center}
    main{padding:1rem}.brand{font-weight:700;margin-right:auto;overflow-wrap:anywhere}h1{font-size:1.5rem;line-height:1.3;margin:0}
    .bad{color:var(--bad);font-weight:600}.warn{color:var(--warn);font-weight:600}.good{color:var(--good)}.facts{color:var(--soft)}
    button{font:inherit;font-weight:600;background:var(--card);color:var(--link);border:2px solid var(--link);border-radius:.5rem;
    padding:.45rem .9rem;cursor:pointer;min-height:2.75rem}button.main{background:var(--link);color:var(--card)}
    :focus-visible{outline:3px solid var(--link);outline-offset:2px}
    form.stack{display:grid;gap:.6rem;max-width:32rem;margin:.8rem 0}label{display:block;font-weight:600}
    input{font:inherit;width:100%;padding:.5rem;border:1px solid var(--soft);border-radius:.4rem;background:var(--back);color:var(--text)}
    .scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.45rem .7rem;border-top:1px solid var(--line);
    vertical-align:top}thead th{border-top:0;color:var(--soft)}

    """
}

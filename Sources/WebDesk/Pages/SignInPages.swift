import Mustache

/// Signing in, and invitations.
extension Pages {
  private static let signInContent = template(
    """
    <h1>{{signIn}}</h1>{{#problem}}<p class="bad" role="alert">{{problem}}</p>{{/problem}}
    <form class="stack" method="post" action="/sign-in"><input type="hidden" name="csrf" value="{{csrf}}">
    {{#hasChain}}<label>{{chainLabel}} <input name="tenant" value="{{chain}}" autocomplete="organization" maxlength="40" required></label>{{/hasChain}}
    <label>{{nameLabel}} <input name="name" autocomplete="username" maxlength="64" required></label>
    <label>{{passwordLabel}} <input name="password" type="password" autocomplete="current-password" maxlength="1024" required></label>
    <button class="main">{{signIn}}</button></form>{{{more}}}
    """)

  /// - Parameters:
  ///   - chain: whose page it is, where it is of several; empty if that is not known yet.
  ///   - more: what follows, made here.
  public static func signIn(_ frame: PageFrame, chain: String? = nil, problem: String? = nil, more: String = "") -> String {
    var values: [String: Any] = [
      "signIn": Words.signIn, "nameLabel": Words.name, "passwordLabel": Words.password, "csrf": frame.formToken, "more": more,
      "hasChain": chain != nil, "chain": chain ?? "", "chainLabel": Words.chain,
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

  public static func invitation(_ frame: PageFrame, name: String, role: DeskRole, problem: String? = nil) -> String {
    var values: [String: Any] = [
      "welcome": Words.welcome(name, role), "name": name, "nameLabel": Words.name, "passwordLabel": Words.choosePassword,
      "rule": Words.passwordRule, "begin": Words.begin, "csrf": frame.formToken,
    ]
    if let problem { values["problem"] = problem }
    return page(frame, title: Words.choosePassword, content: invitationContent.render(values))
  }
}

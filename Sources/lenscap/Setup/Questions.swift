import Capture
import Detection
import Foundation

/// Asks on the terminal. Questions go to standard error, as all remarks do.
struct Questions {
  /// The terminal was closed before all was answered.
  struct Ended: Error {}

  static var haveTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// - Parameter accept: turns the answer into a value; nil asks again.
  func ask<Value>(_ question: String, default standard: String? = nil, _ accept: (String) -> Value?) throws -> Value {
    while true {
      write("\(question)\(standard.map { " [\($0)]" } ?? ""): ")
      guard let line = readLine() else { throw Ended() }
      let answer = line.trimmingCharacters(in: .whitespaces)
      if let value = accept(answer.isEmpty ? standard ?? "" : answer) { return value }
    }
  }

  /// Asks without showing what is typed.
  func askSecret(_ question: String) throws -> String {
    var before = termios()
    let isTerminal = unsafe tcgetattr(STDIN_FILENO, &before) == 0
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO)
    // Before the question: whoever types fast, or pastes, must not see it either.
    if isTerminal { unsafe tcsetattr(STDIN_FILENO, TCSANOW, &silent) }
    write("\(question) (not shown): ")
    defer {
      if isTerminal { unsafe tcsetattr(STDIN_FILENO, TCSANOW, &before) }
      write("\n")
    }
    guard let line = readLine() else { throw Ended() }
    return line.trimmingCharacters(in: .whitespaces)
  }

  func say(_ text: String) { printError(text) }

  private func write(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }
}

extension Questions {
  /// - Parameter known: names that are accepted beside those of the interfaces shown.
  func interface(among all: [NetworkInterface], known: Set<String>) throws -> [String] {
    say("\nWhich interface sees the network to watch? Looking for three seconds what each one sees …\n")
    let (table, refusal) = Interfaces.survey(all)
    say(table)
    if let refusal { say("lenscap: \(refusal)") }
    say("")
    let names = all.map(\.name)
    return try ask("Interface to watch (several: separated by blanks)", default: all.count == 1 ? names[0] : nil) { answer in
      let chosen = answer.split(separator: " ").map(String.init)
      if !chosen.isEmpty, chosen.allSatisfy(known.contains) { return chosen }
      say("One of: \(names.joined(separator: ", "))")
      return nil
    }
  }

  func property(default standard: String) throws -> String {
    try ask("\nName of the property, as messages show it", default: standard) { $0.isEmpty ? nil : $0 }
  }

  func timeZone(default standard: String) throws -> String {
    try ask("Time zone", default: standard) { answer in
      if TimeZone.knownTimeZoneIdentifiers.contains(answer) || answer == "UTC" { return answer }
      say("“\(answer)” is no time zone; write it as Europe/Lisbon or UTC.")
      return nil
    }
  }

  /// Asks where the page is to be.
  ///
  /// - Parameter present: where it is now; nil if there is none.
  /// - Returns: nil for no page.
  func page(present: String?, watched: [String], among all: [NetworkInterface]) throws -> String? {
    let free = present ?? PageChoice.free
    let offers =
      [(address: free, of: present == nil ? "this machine only" : "as now")]
      + PageChoice.offers(watched: watched, among: all)
    say("\nWhere may staff open the page that shows what was found? Choose an address that guests cannot reach.")
    for (number, offer) in offers.enumerated() { say("  \(number + 1)  \(offer.address), \(offer.of)") }
    say("  0  nowhere: no page")
    func chosen(_ address: String) -> String?? {
      do throws(PageChoice.Problem) { return try PageChoice.listen(address, watched: watched, among: all) } catch {
        say("\(error)")
        return nil
      }
    }
    return try ask("Number, or an address", default: "1") { answer -> String?? in
      if answer == "0" { return .some(nil) }
      if let number = Int(answer), (1...offers.count).contains(number) {
        return number == 1 ? free : chosen(offers[number - 1].address)
      }
      return chosen(answer)
    }
  }

  func manager() throws -> String {
    try ask("Name of the first manager, who gets a link to choose a password (nothing: later)") { $0 }
  }

  /// Asks for places until there are enough.
  func sinks() throws -> [SinkChoice] {
    let kinds = [
      ("ntfy", "phone, by the app ntfy: no account needed"), ("telegram", "phone, by Telegram"), ("mail", "mail"),
      ("mqtt", "Home Assistant, by MQTT"), ("webhook", "another program, by a web hook"),
    ]
    var chosen: [SinkChoice] = []
    say("\nWhere should alerts go?")
    for (number, kind) in kinds.enumerated() { say("  \(number + 1)  \(kind.1)") }
    say("  0  \("nowhere, or nowhere else")")
    while true {
      let number = try ask("Number", default: chosen.isEmpty ? "1" : "0") { answer in
        Int(answer).flatMap { (0...kinds.count).contains($0) ? $0 : nil }
      }
      if number == 0 { return chosen }
      chosen.append(try sink(kinds[number - 1].0))
    }
  }

  private func sink(_ form: String) throws -> SinkChoice {
    switch form {
    case "ntfy":
      let topic = "https://ntfy.sh/lenscap-" + Secrets.random(bytes: 10).hexDigits
      say("Whoever knows the topic can read the messages, so do not choose one that can be guessed.")
      return try choice(form, "Address of the topic", default: topic)
    case "telegram": return try choice(form, "Chat: its number, or @CHANNEL")
    case "mail": return try choice(form, "Mail, as in: porter@example.com via smtp.example.com as USER")
    case "mqtt": return try choice(form, "Broker, as in: 192.168.1.10 as USER")
    default: return try choice(form, "Address (URL)")
    }
  }

  private func choice(_ form: String, _ question: String, default standard: String? = nil) throws -> SinkChoice {
    try ask(question, default: standard) { answer in
      do throws(SinkChoice.Problem) {
        return try SinkChoice(form: form, address: answer)
      } catch {
        say("\(error)")
        return nil
      }
    }
  }
}

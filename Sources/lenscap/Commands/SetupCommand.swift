import ArgumentParser
import Capture
import ConfigurationFiles
import Detection
import Documents
import Foundation
import Serve
import Store
import WebDesk

struct SetupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup",
    abstract: "Set up the box: ask what is needed, write the configuration, send a test alert, start the services.",
    discussion: """
      Asks which interface to watch, and shows what each one sees at this moment; what the property is called; where alerts should go; and by \
      which address staff open the page, which the watched network must not reach. It makes the page's certificate, prints its fingerprint, and \
      invites the first manager. \
      Options answer in advance; with --yes nothing is asked. An existing configuration is kept, with .old behind its name.

      Places for alerts: \(SinkChoice.forms). Secrets are asked for, or read from files; never give them as an option.

      Examples:
        sudo lenscap setup
        sudo lenscap setup --yes --interface eth1 --property 'Hotel Sol' --time-zone Europe/Lisbon --sink 'ntfy=https://ntfy.sh/TOPIC'
        sudo lenscap setup --sink telegram=123456789 --secret-file telegram=/root/token
        sudo lenscap setup --yes --interface eth1 --dashboard 192.0.2.10 --manager maria
      """)

  @Flag(help: "Ask nothing: use the options, and defaults for the rest.")
  var yes = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Interface to watch. May be repeated.", valueName: "interface"))
  var interface: [String] = []

  @Option(help: ArgumentHelp("Name of the property. (default: this machine's name)", valueName: "name"))
  var property: String?

  @Option(help: ArgumentHelp("Time zone, such as Europe/Lisbon. (default: this machine's)", valueName: "zone"))
  var timeZone: String?

  @Option(help: ArgumentHelp("A place for alerts, see above. May be repeated.", valueName: "form=address"))
  var sink: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file with the secret of a sink (token, password), which is copied. Without it a secret of the same name is kept. May be repeated.",
      valueName: "form=file"))
  var secretFile: [String] = []

  @Option(
    help: ArgumentHelp(
      "Address of this machine by which staff open the page, with a port or without; none for no page. "
        + "(default: as before, else 127.0.0.1, for this machine only)", valueName: "address"))
  var dashboard: String?

  @Option(help: ArgumentHelp("Name of the page's first manager, to print a link by which they choose a password.", valueName: "name"))
  var manager: String?

  @Flag(help: "Do not start the services.")
  var noStart = false

  @Flag(help: "Send no test alert.")
  var noTest = false

  @OptionGroup var database: DatabaseOptions

  func validate() throws {
    for text in sink {
      do throws(SinkChoice.Problem) { _ = try SinkChoice(text) } catch { throw ValidationError("--sink: \(error)") }
    }
    if let timeZone, timeZone != "UTC", !TimeZone.knownTimeZoneIdentifiers.contains(timeZone) {
      throw ValidationError("--time-zone: “\(timeZone)” is no time zone; write it as Europe/Lisbon or UTC.")
    }
    if let property, property.isEmpty || property.utf8.count > 255 || property.unicodeScalars.contains(where: \.isControl) {
      throw ValidationError("--property: 1 to 255 bytes without control characters.")
    }
    for text in secretFile where !text.contains("=") {
      throw ValidationError("--secret-file: “\(text)” is not FORM=FILE, such as mail=/root/password.")
    }
  }

  func run() throws {
    guard yes || Questions.haveTerminal else { throw usageError("setup asks on a terminal; without one, give --yes and the options.") }
    if yes, interface.isEmpty { throw usageError("--yes needs --interface; `lenscap interfaces` shows what each one sees.") }
    do {
      let files = try BoxFiles(database, isLenient: true)
      guard unsafe access(BoxFiles.folder(of: files.configuration), W_OK) == 0 else { throw BackupError.last(files.configuration) }
      let answers = try answers(files)
      let secrets = try secrets(for: answers.sinks, in: files.secretsFolder)
      try write(answers, files, secrets)
      if !answers.sinks.isEmpty, !noTest { test(files) }
      let isRunning = noStart ? false : start(files)
      if isRunning { showWhatIsHere(files) }
      // Last, because the link ends soon.
      let steps = answers.page.map { page($0, files) } ?? []
      printNextSteps(answers, files, secrets, isRunning: isRunning, steps)
    } catch let error as BackupError {
      printError("lenscap: \(error)")
      throw error.status.code
    } catch is Questions.Ended {
      throw usageError("the terminal was closed before all was answered; nothing was written.")
    }
  }

  private func answers(_ files: BoxFiles) throws -> SetupAnswers {
    let questions = Questions()
    let found = NetworkInterface.all().filter(\.isNetwork)
    let (all, known) = (found.filter { !$0.isLoopback }, Set(found.map(\.name) + ["any"]))
    if let missing = interface.first(where: { !known.contains($0) }) {
      printError("lenscap: \(missing): there is no such interface; there are: \(all.map(\.name).joined(separator: ", "))")
      throw ExitStatus.noInput.code
    }
    var answers = SetupAnswers()
    let hostName = ProcessInfo.processInfo.hostName
    answers.interfaces = try interface.isEmpty ? questions.interface(among: all, known: known) : interface
    answers.property = try property ?? (yes ? hostName : questions.property(default: hostName))
    answers.timeZone = try timeZone ?? (yes ? answers.timeZone : questions.timeZone(default: answers.timeZone))
    answers.sinks = try sink.isEmpty && !yes ? questions.sinks() : sink.map { try SinkChoice($0) }
    answers.nameSinks()
    answers.page = try page(watched: answers.interfaces, among: found, files)
    return answers
  }

  /// Where the page is to be. A former configuration's keys of it are kept: two people who must agree are not one again because of a setup.
  private func page(watched: [String], among all: [NetworkInterface], _ files: BoxFiles) throws -> PageChoice? {
    let former = try? Configuration.read(files.configuration).settings
    var choice = PageChoice()
    choice.publicURL = former?.serve.publicURL
    if let settings = former?.dashboard { choice.settings = settings }
    var present = former?.dashboard?.listen
    do throws(PageChoice.Problem) {
      if let dashboard {
        if dashboard == PageChoice.none { return nil }
        choice.settings.listen = try PageChoice.listen(dashboard, watched: watched, among: all)
      } else if let listen = present, !listen.hasPrefix(DashboardSettings.plainScheme), !listen.hasPrefix("localhost:") {
        _ = try PageChoice.listen(listen, watched: watched, among: all)
      }
    } catch {
      guard dashboard == nil, !yes else { throw usageError("--dashboard: \(error).") }
      Questions().say("The page cannot stay where it is: \(error).")
      present = nil
    }
    if dashboard == nil {
      guard let listen = yes ? present ?? PageChoice.free : try Questions().page(present: present, watched: watched, among: all) else {
        return nil
      }
      choice.settings.listen = listen
    }
    choice.manager = manager
    if !yes, manager == nil, !hasManager(files) { choice.manager = try Questions().manager() }
    if choice.manager?.isEmpty == true { choice.manager = nil }
    return choice
  }

  private func hasManager(_ files: BoxFiles) -> Bool {
    let users = try? ServeStore(readingOnly: files.serveDatabase).users()
    return users?.contains { $0.role == .manager && $0.hasPassword } ?? false
  }

  /// Makes the certificate, and the link for the first manager.
  ///
  /// - Returns: what to do about the page.
  private func page(_ page: PageChoice, _ files: BoxFiles) -> [String] {
    let named = ["--config", files.configuration, "--database", files.database]
    let identity = Programs.lineOfLenscap(["users", "page"] + named)
    let invite = "invite the first manager:      lenscap users invite NAME --role manager"
    let link = page.manager.map { Programs.lineOfLenscap(["users", "invite", $0, "--role", "manager"] + named) }
    let isInvited = hasManager(files)
    return [
      identity.map { "the page:                      \($0)" },
      link.map { link in
        link.map { "\(page.manager ?? ""), for 30 minutes, once:  \($0)" }
          ?? "no link for \(page.manager ?? ""), as said above:  lenscap users invite NAME, or users reset NAME"
      } ?? (isInvited ? nil : invite),
    ].compactMap { $0 }
  }

  /// Secrets from the files that the options name, from a former setup, or from the terminal.
  private func secrets(for sinks: [SinkChoice], in folder: String) throws -> Secrets {
    var secrets = Secrets(folder: folder)
    let given = Dictionary(
      secretFile.map { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (parts[0], parts[1])
      }, uniquingKeysWith: { $1 })
    if let unknown = given.keys.first(where: { name in !sinks.contains { $0.name == name } }) {
      throw usageError("--secret-file: there is no sink \(unknown); there are: \(sinks.map(\.name).joined(separator: ", "))")
    }
    for sink in sinks {
      if let path = given[sink.name] {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw BackupError.last(path) }
        let secret = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw usageError("--secret-file: \(path) is empty.") }
        try secrets.write(secret, sink.name)
        continue
      }
      switch sink.secret {
      case .none: break
      case .made: if secrets.exists(sink.name) { secrets.keep(sink.name) } else { try secrets.make(sink.name) }
      case .needed(let what), .optional(let what):
        let isNeeded = if case .needed = sink.secret { true } else { false }
        if secrets.exists(sink.name) {
          secrets.keep(sink.name)
        } else if !yes {
          let answer = try Questions().askSecret(isNeeded ? "The \(what)" : "The \(what), else nothing")
          if !answer.isEmpty { try secrets.write(answer, sink.name) }
        } else if isNeeded {
          throw usageError("--sink \(sink.form) needs --secret-file \(sink.name)=FILE: the \(what)")
        }
      }
    }
    return secrets
  }

  private func write(_ answers: SetupAnswers, _ files: BoxFiles, _ secrets: Secrets) throws(BackupError) {
    let text = answers.configuration(for: files, secrets: secrets.names)
    try SafeFile.write(text, to: files.configuration, for: Ownership.group) { path throws(BackupError) in
      if let problem = ConfigurationCheck.problem(in: path) { throw .refused(problem) }
    }
    printError("wrote \(files.configuration)")
  }

  private func test(_ files: BoxFiles) {
    printError("sending a test alert …")
    if Programs.lenscap(["sinks", "test", "--all", "--config", files.configuration], asServe: true) != 0 {
      printError("Not every test alert arrived. Correct \(files.configuration), then: lenscap sinks test --all")
    }
  }

  /// - Returns: true if both services run.
  private func start(_ files: BoxFiles) -> Bool {
    guard files.configuration == Configuration.standardPath, Programs.haveServices else {
      printError("the services are not started: this is not the installed package's configuration")
      return false
    }
    let services = [Programs.watch, Programs.serve]
    return services.allSatisfy { service in
      let isStarted = Programs.systemctl("enable", "--quiet", service) == 0 && Programs.systemctl("restart", service) == 0
      if !isStarted { printError("\(service) did not start; see: journalctl -u \(service)") }
      return isStarted
    }
  }

  /// Waits a moment for the first devices, and shows the cameras among them.
  private func showWhatIsHere(_ files: BoxFiles) {
    let (patience, interval) = (Duration.seconds(15), 500_000 as UInt32)
    printError("looking for \(patience.components.seconds) seconds who is here …")
    let end = ContinuousClock.now + patience
    while ContinuousClock.now < end { usleep(interval) }
    _ = Programs.lenscap(["status", "--database", files.database])
    printOut("")
    _ = Programs.lenscap(["known", "adopt", "--database", files.database])
  }

  private func printNextSteps(_ answers: SetupAnswers, _ files: BoxFiles, _ secrets: Secrets, isRunning: Bool, _ page: [String]) {
    let others = isRunning ? [] : ["start the services:            systemctl restart \(Programs.watch) \(Programs.serve)"]
    let subscribe = answers.sinks.filter { $0.form == "ntfy" }.compactMap { sink in sink.keys.first { $0.key == "url" }?.value }
      .map { "subscribe in the app ntfy to:  \($0.filter { $0 != "\"" })" }
    let hooks = secrets.madeFiles.map { "give the receiver this secret: \($0)" }
    let places = answers.sinks.isEmpty ? ["choose where alerts go:        lenscap setup, or sinks in \(files.configuration)"] : []
    let steps =
      others + page + subscribe + hooks + places + [
        "declare your own cameras:      lenscap known adopt",
        "name the rooms:                rooms in \(files.configuration)",
        "is the property watched?       lenscap status",
        "read on:                       /usr/share/doc/lenscap/docs/first-day.md",
      ]
    printOut("\nNext:\n" + steps.map { "  " + $0 }.joined(separator: "\n"))
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool { properties.generalCategory == .control }
}

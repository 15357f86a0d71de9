import ArgumentParser
import Central
import Foundation
import Services
import WebDesk

struct Users: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Invite people to the page, and list or remove them.",
    discussion: """
      A person is of one tenant. There is no default password: whoever is invited chooses one by a link that works once, within 30 minutes.

      A viewer looks. Staff also take cases and send people. A manager also says what is the chain's own or no camera, and reads who did what.

      Examples:
        lenscap-central users invite maria --tenant alpha --role manager
        lenscap-central users reset maria --tenant alpha      a forgotten or stolen password
        lenscap-central users
      """,
    subcommands: [Invite.self, List.self, Remove.self, Reset.self], defaultSubcommand: List.self)

  struct Invite: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print a link by which a person chooses a password.",
      discussion: "It works once, within 30 minutes. Whoever has it gets the account: pass it on by hand.")

    @Argument(help: "The person's name, as it will stand in the history of cases.") var name: String
    @Option(help: ArgumentHelp("Whose cases the person sees.", valueName: "name")) var tenant: String
    @Option(help: ArgumentHelp("What the person may do: viewer, staff or manager.", valueName: "role")) var role: DeskRole
    @OptionGroup var config: ConfigOption

    func run() throws {
      try withErrors {
        let path = try CentralOperations.invite(name, tenant: tenant, role: role, by: operatorName, database: databaseAddress)
        print(pageAddress(config) + path)
      }
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List who may sign in, and who was invited.")

    @Option(help: ArgumentHelp("Only of this tenant.", valueName: "name")) var tenant: String?

    func run() throws {
      try withErrors {
        let people = try CentralOperations.people(tenant: tenant, database: databaseAddress)
        guard !people.isEmpty else {
          return print("Nobody may sign in. Invite a manager: lenscap-central users invite NAME --tenant TENANT --role manager")
        }
        for person in people {
          print(
            [person.tenant, person.name, person.role, person.hasPassword ? "active" : "invited", person.signedIn ?? "never"]
              .joined(separator: "  "))
        }
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take an account away, and end its sessions. What the person did stays on record.")

    @Argument(help: "The person's name.") var name: String
    @Option(help: ArgumentHelp("Whose account it is.", valueName: "name")) var tenant: String

    func run() throws {
      try withErrors {
        try CentralOperations.removePerson(name, tenant: tenant, by: operatorName, database: databaseAddress)
        print("\(name): removed")
      }
    }
  }

  struct Reset: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a password away, end all sessions, and print a link for a new one.")

    @Argument(help: "The person's name.") var name: String
    @Option(help: ArgumentHelp("Whose account it is.", valueName: "name")) var tenant: String
    @OptionGroup var config: ConfigOption

    func run() throws {
      try withErrors {
        let path = try CentralOperations.reset(name, tenant: tenant, by: operatorName, database: databaseAddress)
        print(pageAddress(config) + path)
      }
    }
  }
}

/// How browsers reach central, as far as the configuration says; only the path where there is none.
private func pageAddress(_ config: ConfigOption) -> String {
  guard let settings = try? config.load() else { return "" }
  if let url = settings.url { return url.hasSuffix("/") ? String(url.dropLast()) : url }
  return settings.listen.port == 0 ? "" : "https://\(settings.listen)"
}

extension DeskRole: ExpressibleByArgument {}

import ArgumentParser
import Central
import Services

struct ConfigOption: ParsableArguments {
  @Option(help: ArgumentHelp("The configuration.", valueName: "file")) var config = CentralSettings.standardPath

  func load() throws -> CentralSettings { try CentralSettings(file: config) }
}

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Take what gateways send, enrol them, and answer the page and the API.",
    discussion: """
      One process is active; further ones with the same database stand by, and one of them goes on within seconds when the active one \
      is gone. \
      All of them answer the page, the API and gateways. SIGTERM ends it.

      Example:
        lenscap-central serve --config /etc/lenscap-central/central.yaml
      """)

  @OptionGroup var config: ConfigOption

  func run() throws {
    try withErrors {
      let service = try CentralService(try config.load(), database: databaseAddress) { printError($0) }
      try Bridge.wait { try await service.run() }
    }
  }
}

struct Broker: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a configuration of mosquitto for the chain, with certificates.",
    discussion: """
      Makes a certificate of central's CA for the broker, the list of who may do what, and mosquitto.conf, in one folder.

      Example:
        lenscap-central broker --name mqtt.chain.example --folder /etc/mosquitto/lenscap
      """)

  @Option(help: ArgumentHelp("How gateways reach the broker: a host name or an address.", valueName: "host")) var name: String
  @Option(help: ArgumentHelp("The folder to write to.", valueName: "folder")) var folder: String
  @OptionGroup var config: ConfigOption

  func run() throws {
    try withErrors { print(try CentralOperations.writeBrokerFiles(name: name, folder: folder, settings: try config.load())) }
  }
}

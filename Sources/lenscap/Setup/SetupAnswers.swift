import Foundation

/// What `setup` needs to know, and the configuration that says it.
struct SetupAnswers {
  var interfaces: [String] = []
  var property = ""
  /// A name of the time zone database.
  var timeZone = TimeZone.current.identifier
  var sinks: [SinkChoice] = []
  /// Nil for no page.
  var page: PageChoice?

  /// Gives sinks of the same form different names.
  mutating func nameSinks() {
    var counts: [String: Int] = [:]
    for index in sinks.indices {
      let count = counts[sinks[index].form, default: 0] + 1
      counts[sinks[index].form] = count
      sinks[index].name = count == 1 ? sinks[index].form : "\(sinks[index].form)-\(count)"
    }
  }

  /// YAML, with remarks for whoever edits it.
  func configuration(for box: BoxFiles, secrets: Set<String>) -> String {
    let database = FileManager.default.fileExists(atPath: BoxFiles.folder(of: box.database)) ? "database: " : "# database: "
    return """
      # Configuration of Lenscap, written by `lenscap setup`.
      # After a change: lenscap config check && systemctl reload lenscap-watch lenscap-serve
      # Another interface, database or address to listen on takes: systemctl restart lenscap-watch lenscap-serve

      property:
        name: \(yamlQuoted(property))
        time_zone: \(yamlQuoted(timeZone))
        # address: "1 Example Street, Lisbon"

      # What to watch: a port that shows other devices' traffic (`lenscap interfaces`).
      interfaces: [\(interfaces.map(yamlQuoted).joined(separator: ", "))]
      \(database)\(yamlQuoted(box.database))

      # Rooms: how a device's place is found. /usr/share/doc/lenscap/docs/rooms.md
      # rooms:
      #   - { room: Room 12, switch: sw-3, port: Gi0/12 }
      #   - { room: Guest network, subnet: 10.0.0.0/16 }

      # The property's own cameras can also be declared by `lenscap known adopt`.
      # known: own-cameras.yaml

      # How long things are kept.
      # retention: { devices: 30d, alerts: 365d, size: 256 MiB }

      # Where alerts go. Secrets are in files that only lenscap-serve may read.
      \(sinkList(in: box.secretsFolder, secrets))

      serve:
        # Address of /healthz and /metrics, for this machine alone.
        listen: "127.0.0.1:9476"
        database: \(yamlQuoted(box.serveDatabase))
        \(page?.publicURL.map { "public_url: \(yamlQuoted($0))" } ?? "# public_url: https://lenscap.hotel.example:8443   # by which people call the page")
        # A report that also comes when nothing was found.
        # reports:
        #   - { every: weekly, at: "07:00" }

      # The page: /usr/share/doc/lenscap/docs/desk.md
      \(page?.yaml ?? "# dashboard: { listen: \"127.0.0.1:8443\" }")

      """
  }

  private func sinkList(in folder: String, _ secrets: Set<String>) -> String {
    guard !sinks.isEmpty else { return "# sinks:\n#   - { name: phone, kind: http, preset: ntfy, url: \"https://ntfy.sh/TOPIC\" }" }
    let items = sinks.map { sink in
      let secret = secrets.contains(sink.name) ? [("secret_file", yamlQuoted("\(folder)/\(sink.name)"))] : []
      return "  - name: \(sink.name)\n" + (sink.keys + secret).map { "    \($0.key): \($0.value)" }.joined(separator: "\n")
    }
    return "sinks:\n" + items.joined(separator: "\n")
  }
}

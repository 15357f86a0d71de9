import ServiceLifecycle

/// Looks after releases while central runs.
struct StagingService: Service {
  private static let interval = Duration.seconds(10)

  let registry: PostgresPool
  let remark: @Sendable (String) -> Void

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var round = StagingRound()
      var said = ""
      while true {
        do {
          let before = round
          let (next, lines) = try await registry.transaction { connection in
            var round = before
            let lines = try round.run(connection)
            return (round, lines)
          }
          round = next
          for line in lines { remark("central: \(line)") }
          said = ""
        } catch {
          if "\(error)" != said { remark("central: releases: \(error)") }
          said = "\(error)"
        }
        try await Task.sleep(for: Self.interval)
      }
    }
  }
}

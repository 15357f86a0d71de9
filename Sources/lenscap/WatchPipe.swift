import Capture
import Detection

/// Watching what another machine captures: a pcap or pcapng stream on standard input.
extension Watch {
  /// Packets between two times at which people are told and heard, where they come without a pause.
  private static let packetsPerTurn: UInt64 = 4096

  func watchPipe(_ engine: Engine, _ signatures: SignatureSet, _ teller: AlertTeller) throws {
    let clock = WatchClock(followsPackets: true)
    let filters = filter.map(LinkFilters.init)
    let privileges = try orExplain { () throws(PrivilegeError) in try Privileges(user: user, monitors: false) }
    var loop: WatchLoop?
    var failure: CaptureError?
    do {
      printError("watching standard input; its end or Ctrl-C ends it")
      let file = try CaptureFile(path: Self.pipe, index: 0, interfaces: engine.interfaces) {
        loop?.serve()
        return !StopSignals.stopped
      }
      while try file.advance(), !StopSignals.stopped {
        // Not before the first packet, for it says what time it is.
        let current = try loop ?? begin(file, engine, signatures, teller, clock, privileges)
        loop = current
        try file.withFrame { frame in
          if try filters?.matches(frame) ?? true { current.take(frame) }
        }
        if file.packets % Self.packetsPerTurn == 0 { current.serve() }
      }
    } catch let error as CaptureError {
      // Who ends it does not mind that the last packet was not whole.
      if !StopSignals.stopped || error.reason != .cut { failure = error }
    } catch let error as PacketFilterError {
      throw usageError("\(error)")
    }
    if let failure { printError("lenscap: \(failure)") }
    loop?.end()
    var statuses: Set = [end(engine, CaptureStatistics(), teller, loop?.writer)]
    if let failure { statuses.insert(ExitStatus(rawValue: failure.exitStatus) ?? .ioError) }
    let status = ExitStatus.foremost(of: statuses)
    if status != .nothingFound { throw status.code }
  }

  private func begin(
    _ file: CaptureFile, _ engine: Engine, _ signatures: SignatureSet, _ teller: AlertTeller, _ clock: WatchClock, _ privileges: Privileges
  ) throws -> WatchLoop {
    clock.follow(file.time)
    let writer: CaptureWriter?
    do throws(CaptureError) {
      writer = try write.map { path throws(CaptureError) in try makeWriter(path, engine) }
    } catch {
      printError("lenscap: \(error)")
      throw ExitStatus(rawValue: error.exitStatus)?.code ?? ExitStatus.ioError.code
    }
    privileges.giveDatabase(memory.pathToKeep)
    let memory = try openMemory(engine, signatures, teller, clock)
    if let user = try orExplain(privileges.drop) { printError("goes on as user \(user)") }
    return WatchLoop(engine, memory, writer)
  }
}

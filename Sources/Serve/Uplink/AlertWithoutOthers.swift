import Documents
import Foundation
import Sinks

/// A stored alert as its pack for central has it: what `UplinkFilter` sends up of one, and where the case stands.
public enum AlertWithoutOthers {
  /// - Parameter bytes: what `lenscap alerts show --format json` prints.
  /// - Throws: if they are no JSON.
  public static func document(_ bytes: some Collection<UInt8>, _ others: WithoutOthers) throws -> [UInt8] {
    Array(UplinkFilter(names: others.names).stored(try JSONValue(Data(bytes))).bytes)
  }
}

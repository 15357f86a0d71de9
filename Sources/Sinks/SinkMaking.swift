import ConfigurationFiles

extension SinkSettings {
  /// The sink of these settings. Opens nothing yet.
  ///
  /// - Parameter version: of this program, for the servers that it talks to over HTTP.
  /// - Throws: `SinkConfigurationError` for settings that cannot work.
  public func makeSink(version: String) throws(SinkConfigurationError) -> any Sink {
    switch kind {
    case .webhook: try WebhookSink(self, version: version)
    case .http: try HTTPSink(self, version: version)
    case .mail: try MailSink(self)
    case .heartbeat: try HeartbeatSink(self, version: version)
    case .mqtt: try MQTTSink(self)
    case .file: try FileSink(self)
    case .syslog: try SyslogSink(self)
    case .exec: try ExecSink(self)
    }
  }
}

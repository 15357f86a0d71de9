import ConfigurationFiles

/// Sends each message by an HTTP request: to ntfy, Telegram, DingTalk or Feishu, or to any service by a template.
///
/// It sends what the preset makes of the message (Presets/, each with its source). A status of 2xx confirms it, and with presets what the
/// service says in its answer. Limits: ten seconds for the connection, thirty for the whole (`HTTPClient`); texts are cut to what the service
/// takes. Source: RFC 9110.
struct HTTPSink: Sink {
  private let preset: any Preset
  private let client: HTTPClient
  /// Answers are read beside deliveries, so that a request which waits for an answer delays none.
  private let listener: HTTPClient

  /// Uses `preset` and what it needs, and `caFile`.
  /// - Throws: for a preset that does not exist, and for settings with which it cannot work.
  init(_ settings: SinkSettings, version: String) throws(SinkConfigurationError) {
    self.init(preset: try Self.preset(of: settings), caFile: settings.caFile, version: version)
  }

  init(preset: any Preset, caFile: String?, version: String) {
    self.preset = preset
    client = HTTPClient(label: "lenscap.http", caFile: caFile, version: version)
    listener = HTTPClient(label: "lenscap.http.answers", caFile: caFile, version: version)
  }

  private static func preset(of settings: SinkSettings) throws(SinkConfigurationError) -> any Preset {
    guard let name = settings.preset else { return try TemplatePreset(settings) }
    switch SinkSettings.Preset(rawValue: name) {
    case .ntfy: return try NtfyPreset(settings)
    case .telegram: return try TelegramPreset(settings)
    case .dingtalk: return try DingTalkPreset(settings)
    case .feishu: return try FeishuPreset(settings)
    case nil:
      let known = SinkSettings.Preset.allCases.map(\.rawValue).joined(separator: ", ")
      throw SinkConfigurationError("preset", "does not exist: expected \(known)")
    }
  }

  func deliver(_ parcel: Parcel) async throws(DeliveryError) {
    let response = try await client.send(preset.request(for: parcel))
    try preset.check(response)
  }

  func run(_ inbox: Inbox) async { await preset.listen(inbox, client: listener) }
}

/// What is released in stages, by the word of `uplink.accept` and `down/config`.
public enum ReleaseKind: String, Sendable, CaseIterable {
  case signatures, software
}

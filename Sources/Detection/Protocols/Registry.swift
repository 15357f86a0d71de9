/// Every recognizer, in the order in which they are asked: those with certain signs first, heuristics last.
/// Adding a protocol is one line here.
public enum Registry {
  public static let recognizers: [any Recognizer] = [
    ARPRecognizer(),
    WiFiRecognizer(),
    RTSPRecognizer(),
    HTTPRecognizer(),
    RTPRecognizer(),
  ]
}

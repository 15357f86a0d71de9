/// Every recognizer, in the order in which they are asked: those with certain signs first, heuristics last.
/// Adding a protocol is one line here.
public enum Registry {
  public static let recognizers: [any Recognizer] = [
    ARPRecognizer(),
    NeighborDiscoveryRecognizer(),
    DHCPRecognizer(),
    DNSRecognizer(),
    MDNSRecognizer(),
    LLMNRRecognizer(),
    SSDPRecognizer(),
    WSDiscoveryRecognizer(),
    WiFiRecognizer(),
    STUNRecognizer(),
    DTLSRecognizer(),
    QUICRecognizer(),
    RTSPRecognizer(),
    TLSRecognizer(),
    HTTPRecognizer(),
    DHIPRecognizer(),
    SADPRecognizer(),
    DVRIPRecognizer(),
    HDSRecognizer(),
    TDPRecognizer(),
    KasaRecognizer(),
    MiIORecognizer(),
    TuyaRecognizer(),
    TUTKRecognizer(),
    PPPPRecognizer(),
    RTPRecognizer(),
  ]
}

import Testing

@testable import Detection

/// The published algorithm and its examples: FoxIO, technical_details/JA4.md.
@Suite struct JA4Tests {
  static func size(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes }

  static func hello(version: String = "0303", ciphers: String, cookie: [UInt8] = [], extensions: [(String, String)]) -> [UInt8] {
    let list = extensions.flatMap { hex($0.0) + size(hex($0.1)) }
    return hex(version) + [UInt8](repeating: 7, count: 32) + [0] + cookie + size(hex(ciphers)) + [1, 0] + size(list)
  }

  static func fingerprint(_ hello: [UInt8], _ transport: ClientHello.Transport = .tcp) -> String {
    ClientHello(decoding: hello.span.bytes, over: transport).ja4
  }

  static let ciphers = "1a1a 1301 1302 1303 c02b c02f c02c c030 cca9 cca8 c013 c014 009c 009d 002f 0035"
  static let extensions = [
    ("3a3a", ""), ("001b", ""), ("0000", "0008 00 0005 612e62 2e63"), ("0033", ""), ("0010", "000c 02 6832 08 687474702f312e31"),
    ("4469", ""),
    ("0017", ""), ("002d", ""), ("000d", "0010 0403 0804 0401 0503 0805 0501 0806 0601"), ("0005", ""), ("0023", ""), ("0012", ""),
    ("002b", "06 dada 0304 0303"), ("ff01", ""), ("000b", ""), ("000a", ""), ("0015", ""), ("caca", "00"),
  ]

  @Test func publishedExample() {
    #expect(Self.fingerprint(Self.hello(ciphers: Self.ciphers, extensions: Self.extensions)) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    // Order does not matter, but that of the signature algorithms.
    let turned = Self.hello(ciphers: "0035" + Self.ciphers.dropLast(4), extensions: Self.extensions.reversed())
    #expect(Self.fingerprint(turned) == "t13d1516h2_8daaf6152771_e5627efa2ab1")
    #expect(Self.fingerprint(turned, .quic).first == "q")
    // Without signature algorithms: the hash of the extensions alone, as published.
    var without = Self.extensions
    without[8].1 = "0000"
    #expect(Self.fingerprint(Self.hello(ciphers: Self.ciphers, extensions: without)) == "t13d1516h2_8daaf6152771_6d807ffa2a79")
  }

  @Test(arguments: [
    ("ab", "ab"), ("abcd", "ad"), ("30ab", "3b"), ("3031abcd", "3d"), ("30abcd31", "01"), ("6832", "h2"), ("687474702f312e31", "h1"),
    ("68", "hh"),
    ("0a0a", "0a"),
  ])
  func protocols(name: String, expected: String) {
    let bytes = hex(name)
    let list = [UInt8(0), UInt8(bytes.count + 1), UInt8(bytes.count)] + bytes
    let text = list.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    #expect(Self.fingerprint(Self.hello(ciphers: "", extensions: [("0010", text)])) == "t12i0001\(expected)_000000000000_000000000000")
  }

  @Test(arguments: [("0304", "13"), ("0303", "12"), ("0302", "11"), ("0301", "10"), ("0300", "s3"), ("0002", "s2"), ("0909", "00")])
  func versions(version: String, expected: String) {
    #expect(Self.fingerprint(Self.hello(version: version, ciphers: "", extensions: [])).dropFirst().prefix(2) == expected)
    let offered = Self.hello(ciphers: "", extensions: [("002b", "04 dada" + version)])
    #expect(Self.fingerprint(offered).dropFirst().prefix(2) == expected)
  }

  @Test func datagrams() {
    let hello = Self.hello(version: "fefd", ciphers: "c02b", cookie: [2, 9, 9], extensions: [("002b", "04 fefc fefd")])
    #expect(Self.fingerprint(hello, .dtls).hasPrefix("dd3i010100_"))
    #expect(Self.fingerprint(Self.hello(version: "feff", ciphers: "c02b", cookie: [0], extensions: []), .dtls).hasPrefix("dd1i010000_"))
  }

  @Test func manyAndNone() {
    let many = (0..<300).map { String($0 + 4096, radix: 16) }.joined()
    #expect(Self.fingerprint(Self.hello(ciphers: many, extensions: [])).hasPrefix("t12i990000_"))
    // A client of old: no extensions at all.
    let old = Array(Self.hello(ciphers: "002f", extensions: []).dropLast(2))
    let hello = ClientHello(decoding: old.span.bytes, over: .tcp)
    #expect(hello.isComplete)
    #expect(
      hello.ja4 == "t12i010000_" + Self.fingerprint(Self.hello(ciphers: "002f", extensions: [])).split(separator: "_")[1] + "_000000000000")
  }

  @Test func cut() {
    let whole = Self.hello(ciphers: Self.ciphers, extensions: Self.extensions)
    for count in 0..<whole.count {
      let bytes = Array(whole[..<count])
      let hello = ClientHello(decoding: bytes.span.bytes, over: .tcp)
      // Before the list of extensions it looks like a hello without one.
      #expect(!hello.isComplete || hello.extensions.isEmpty)
    }
    #expect(ClientHello(decoding: whole.span.bytes, over: .tcp).isComplete)
  }
}

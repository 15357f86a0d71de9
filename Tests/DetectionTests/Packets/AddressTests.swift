import Testing

@testable import Detection

@Suite struct AddressTests {
  @Test(arguments: [
    ("192.168.1.10", "192.168.1.10"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("fe80::1", "fe80::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:0DB8::0001", "2001:db8::1"), ("::ffff:10.0.0.1", "10.0.0.1"),
    ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("ff02::fb", "ff02::fb"),
    ("2001:db8::", "2001:db8::"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("::20:0:0:ffff", "::20:0:0:ffff"), ("100.1.20.255", "100.1.20.255"),
  ])
  func text(text: String, canonical: String) { #expect(IPAddress(text)?.description == canonical) }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01.2.3.1234", ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "g::",
    "1.2.3.x",
  ])
  func refused(text: String) { #expect(IPAddress(text) == nil) }

  @Test func kinds() {
    for text in ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "fd00::1"] {
      #expect(IPAddress(text)!.isPrivate, "\(text)")
    }
    for text in ["11.0.0.1", "172.32.0.1", "100.128.0.1", "8.8.8.8", "2001:db8::1"] { #expect(!IPAddress(text)!.isPrivate, "\(text)") }
    for text in ["169.254.1.1", "fe80::1"] { #expect(IPAddress(text)!.isLinkLocal) }
    for text in ["224.0.0.251", "255.255.255.255", "ff02::1", "0.0.0.0", "::", "127.0.0.1", "::1"] {
      #expect(!IPAddress(text)!.isUnicast, "\(text)")
    }
  }

  @Test(arguments: [
    ("B0-C5-54-25-5B-0E", "b0:c5:54:25:5b:0e"), ("b0c5.5425.5b0e", "b0:c5:54:25:5b:0e"), ("000000000001", "00:00:00:00:00:01"),
  ])
  func mac(text: String, canonical: String) { #expect(MACAddress(text)?.description == canonical) }

  @Test func networks() {
    #expect(IPNetwork("203.0.113.0/24")!.contains(IPAddress("203.0.113.9")!))
    #expect(!IPNetwork("203.0.113.0/24")!.contains(IPAddress("203.0.114.9")!))
    #expect(IPNetwork("2001:db8::/32")!.contains(IPAddress("2001:db8:5::1")!))
    #expect(IPNetwork("0.0.0.0/0")!.contains(IPAddress("9.9.9.9")!))
    #expect(!IPNetwork("0.0.0.0/0")!.contains(IPAddress("::9")!))
    #expect(IPNetwork("::/0")!.contains(IPAddress("2001::9")!))
    for text in ["", "1.2.3.4/33", "1.2.3.4/-1", "x/8", "::/129", "1.2.3.4/"] { #expect(IPNetwork(text) == nil, "\(text)") }
  }
}

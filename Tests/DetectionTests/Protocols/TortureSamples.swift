@testable import Detection

/// Samples for each recognizer by its name, on each of its transports.
extension TortureTests {
  static let samples: [String: [Sample]] = [network, web, greetings, media, cameras].reduce(into: [:]) { all, some in
    all.merge(some) { first, second in first + second }
  }

  private static let network: [String: [Sample]] = [
    "arp": [.frame(hex("0001 0800 06 04 0002 02000000000a c0a80125 020000000001 c0a80101"), over: .arp)],
    "nd": [
      .frame(hex("86 00 0000 40 00 0708 00000000 00000000 01 01 02000000000a"), over: .icmpv6),
      .frame(hex("88 00 0000 60000000" + NeighborDiscoveryTests.global + "0e01 04c09bd5ac29 02 01 02000000000a"), over: .icmpv6),
    ],
    "dhcp": [
      .datagram(
        DHCPTests.message(
          op: "01", sname: hex(DHCPTests.hostDCS), file: hex("3c03 616263"),
          options: "340103 350101 3704 01030601 510c 040000 0363616d 036c616e 00 ff"), from: 68, to: 67),
      .datagram(
        DHCPTests.message(op: "02", yiaddr: "c0a80125", options: "350105 0304c0a80101 0604 08080808 2a04 c0a80103 ff"), from: 67, to: 68),
    ],
    "dhcpv6": [
      .datagram(hex(DHCPv6Tests.solicit), from: 546, to: 547),
      .datagram(hex("07 a1b2c3" + DHCPv6Tests.identifier + DHCPv6Tests.address + DHCPv6Tests.name), from: 546, to: 547),
    ],
    "dns": [
      .datagram(DNSTests.query, to: 53), .datagram(DNSTests.answer, from: 53),
      .stream([(true, framed(DNSTests.query) + framed(DNSTests.query)), (false, framed(DNSTests.answer))], 53),
    ],
    "mdns": [.datagram(MDNSTests.announcement, from: 5353, to: 5353)],
    "llmnr": [
      .datagram(
        DNSBytes.header(id: "1f2e", flags: "8000", 1, 1) + DNSBytes.question(DNSBytes.name("ipcam-lobby"))
          + DNSBytes.record(hex("c00c"), type: "0001", class: "0001", hex("c0a80125")), from: 5355)
    ],
    "netbios": [
      .datagram(NetBIOSTests.registration(NetBIOSTests.encoded("IPC-C22", 0)), from: 137, to: 137),
      .datagram(NetBIOSTests.answer("c0a80163 0000 c0a8010a"), from: 137, to: 137),
      .datagram(NetBIOSTests.announcement("01"), from: 138, to: 138),
    ],
    "ntp": [.datagram(NTPTests.request, to: 123)],
    "snmp": [.datagram(SNMPTests.message(version: 0, [SNMPTests.uptime, SNMPTests.description]), from: 161)],
    "wifi": [
      .frame(
        hex("8000" + WiFiTests.header + WiFiTests.fixed + "0007 49504341 4d2d31" + WiFiTests.element(WiFiTests.setup + WiFiTests.maker)),
        over: .wifi)
    ],
    "lldp": [.frame(LLDPTests.axis, over: .lldp)],
    "cdp": [.frame(CDPTests.camera, over: .cdp)],
  ]

  private static let web: [String: [Sample]] = [
    "ssdp": [
      .datagram(SSDPTests.notify, from: 1900, to: 1900), .datagram(SSDPTests.answer, from: 33333), .datagram(SSDPTests.search, to: 1900),
    ],
    "ws-discovery": [
      .datagram(WSDiscoveryTests.probeMatches, from: 3702, cutsDiffer: true), .datagram(WSDiscoveryTests.hello, from: 3702, to: 3702),
    ],
    "dtls": [.datagram(DTLSTests.clientHello)],
    "quic": [
      .talk([(.originator, QUICSamples.version1)], to: 443),
      .talk([(.originator, QUICSamples.shuffledFirst), (.originator, QUICSamples.shuffledSecond)], to: 443),
    ],
    "tls": TLSTests.conversations.map { .stream($0, 443, then: [HTTPRecognizer()]) },
    "socks": SOCKSTests.conversations.dropLast().map { .stream($0.0 + SOCKSTests.inside, 1080, then: [HTTPRecognizer()]) },
    "http": HTTPTests.cases.map { .stream(HTTPTests.exchange($0.request, $0.answer, body: $0.body)) }
      + HTTPTests.stream.map { video in
        .stream([
          (true, wire("GET /stream HTTP/1.1\nHost: 192.168.4.20:81\n\n")), (false, wire(video.head)), (false, wire(video.part)),
        ])
      } + [
        .stream([
          (true, LiveUploadTests.put("/l.m3u8", LiveUploadTests.live)), (false, LiveUploadTests.created),
          (true, LiveUploadTests.chunked("/1.ts", LiveUploadTests.packets)),
        ]), .stream(WebSocketTests.handshake + [(false, WebSocketTests.frame(WebSocketTests.jpeg))]),
        .stream([
          (true, wire("GET /alertStream HTTP/1.1\n\n")),
          (
            false,
            wire("HTTP/1.0 200 OK\nContent-Type: multipart/mixed;boundary=boundary\n\n" + HTTPRowTests.alert(channel: "2"))
          ),
        ]), .stream(RTSPTunnelTests.answers), .stream(RTSPTunnelTests.requests),
      ],
    "mqtt": [
      .stream([(true, MQTTTests.connect311), MQTTTests.acknowledgment, (true, MQTTTests.publish + MQTTTests.subscribe)], 1883),
      .stream([(true, MQTTTests.connect5), (true, MQTTTests.subscribe5)], 1883),
    ],
  ]

  /// Protocols in which the server greets, with TLS that follows.
  private static let greetings: [String: [Sample]] = [
    "ssh": [.stream([(false, ascii("SSH-2.0-dropbear_2012.55\r\n")), (true, GreetingTests.exchange)], 22)],
    "ftp": [.stream([(false, wire("220-Welcome\n220 ready\n")), GreetingTests.user], 21)]
      + TLSUpgradeTests.conversations.filter { $0.0 == 21 }.map { .stream($0.1, $0.0, then: [TLSRecognizer()]) },
    "telnet": [
      .stream([(false, hex("fffb01 fffd1f fffa1801fff0") + ascii("\r\nlogin: ")), (true, ascii("a"))], 23)
    ],
    "mail": TLSUpgradeTests.conversations.filter { $0.0 != 21 }.map { .stream($0.1, $0.0, then: [TLSRecognizer()]) },
  ]

  private static let media: [String: [Sample]] = [
    "rtsp": [RTSPTests.watched, RTSPTests.airPlay, RTSPTests.miracast].map { .stream($0, 554) },
    "rtp": [RTPSamples.h264, RTPSamples.h265, RTPSamples.jpeg].map { packets in
      .conversation(packets.map { Datagram(bytes: hex($0.head), length: $0.length) }, from: 6970, to: 50004)
    },
    "sip": [
      .datagram(SIPTests.register, to: 5060), .datagram(SIPTests.message(SIPTests.keepalive), to: 5060),
      .stream([(true, SIPTests.register + SIPTests.message(SIPTests.keepalive)), (false, SIPTests.answer("a: b"))], 5060),
    ],
    "rtmp": [
      .stream(
        RTMPTests.conversation(
          RTMPTests.message(20, RTMPTests.connect), RTMPTests.message(20, RTMPTests.createStream),
          RTMPTests.message(20, RTMPTests.publish)), 1935)
    ],
    "srt": [
      .datagram(StreamOverUDPTests.conclusion, to: 9000),
      .talk(StreamOverUDPTests.call.map { (Direction(fromOriginator: $0.0), $0.1) } + [(.originator, StreamOverUDPTests.data)]),
    ],
    "mpeg-ts": [.talk([(.originator, StreamOverUDPTests.programs + StreamOverUDPTests.map("1b") + StreamOverUDPTests.video)])],
    "stun": [
      .datagram(STUNTests.request), .datagram(STUNTests.answer, from: 3478),
      .stream([(true, STUNTests.request), (false, STUNTests.answer)]),
    ],
    "bare-video": [RawVideoTests.h264, RawVideoTests.h265, RawVideoTests.jpeg, RawVideoTests.pack(1 << 33 - 1)].flatMap {
      let body = $0 + RawVideoTests.body(600)
      return [.talk([(.originator, body), (.originator, body)]), .stream([(true, body), (true, body)], 40001)] as [Sample]
    },
  ]

  private static let cameras: [String: [Sample]] = [
    "dhip": [
      .datagram(DHIPTests.camera, from: 37810, cutsDiffer: true),
      .stream(
        [
          (true, DHIPTests.globalLogin), (false, DHIPTests.challenge), (true, DHIPTests.asksBoth),
          (false, DHIPTests.both("IPC", "IPC-1") + DHIPTests.sound),
        ], 37777),
      .stream([(true, DHIPTests.asksRealm), (false, DHIPTests.realm + DHIPTests.picture("fd", "8000f0878100020e"))], 37777),
    ],
    "dvrip": [
      .datagram(DVRIPTests.camera, from: 34569, to: 34569, cutsDiffer: true),
      .stream(
        [
          (true, DVRIPTests.login), (false, DVRIPTests.camera1001), (true, DVRIPTests.asksSystemInfo),
          (false, DVRIPTests.systemInfo + DVRIPTests.sound + DVRIPTests.frame),
        ], 34567),
    ],
    "sadp": [.datagram(SADPTests.camera, from: 37020, cutsDiffer: true)],
    "hds": [.datagram(HDSTests.camera, from: 8002, cutsDiffer: true)],
    "lan-search": [
      .datagram(LANSearchTests.vivotek, from: 10000, cutsDiffer: true), .datagram(LANSearchTests.sony, from: 2380, cutsDiffer: true),
      .datagram(LANSearchTests.gigE, from: 3956, cutsDiffer: true), .datagram(LANSearchTests.unifi, from: 10001),
      .datagram(LANSearchTests.boschXML, from: 1757, to: 1758, cutsDiffer: true),
    ],
    "baichuan": [
      .stream(
        [(true, BaichuanTests.login), (false, BaichuanTests.challenge + BaichuanTests.description("ipc") + BaichuanTests.video(600))], 9000),
      .talk([(.originator, BaichuanTests.answers), (.responder, BaichuanTests.data(BaichuanTests.video(300)))], to: 51234),
    ],
    "tdp": [.datagram(TDPTests.camera, from: 20002, cutsDiffer: true)],
    "kasa": [
      .datagram(KasaTests.Sample.search, to: 9999), .datagram(KasaTests.Sample.plug, from: 9999, cutsDiffer: true),
      .stream(
        [(true, KasaTests.Sample.inStream(KasaTests.Sample.search)), (false, KasaTests.Sample.inStream(KasaTests.Sample.camera))], 9999),
    ],
    "miio": [
      .datagram(MiIOTests.hello, to: 54321), .datagram(MiIOTests.answer, from: 54321), .datagram(MiIOTests.body, to: 8053),
    ],
    "tuya": [
      .datagram(TuyaTests.frame("13", 30), to: 6667), .datagram(TuyaTests.newFrame("23", 30), to: 6667),
      .stream([(true, TuyaTests.frame("20", 40)), (false, TuyaTests.newFrame("20", 40) + TuyaTests.frame("09", 24))], 6668),
    ],
    "tutk": [10001, 32761].flatMap { port in
      [TUTKTests.Sample.login, TUTKTests.Sample.keepalive, TUTKTests.Sample.ping].map { .datagram($0, to: port) } as [Sample]
    },
    "pppp": [
      .talk([(.originator, PPPPTests.Sample.login), (.responder, PPPPTests.Sample.alive)], to: 32100),
      .talk([(.originator, PPPPTests.Sample.maskedLogin), (.originator, PPPPTests.Sample.maskedLogin)], to: 17890),
      .talk(
        [
          (.originator, PPPPTests.Sample.announcement), (.responder, PPPPTests.Sample.knock), (.originator, PPPPTests.Sample.yiReady),
          (.responder, PPPPTests.Sample.acknowledgment), (.originator, Array(PPPPTests.Sample.longData.prefix(64))),
        ], to: 32108),
      .talk([(.originator, hex("e44997e02d2f8e99ec710d18b5c481e78840834c93bec174"))], to: 17890),
      .talk([(.originator, hex("778ca864d21ca1813154c1d479e9fdb66ea5381812845b5f"))], to: 17890),
      .stream(
        [
          (true, hex("0014 68 0000000000 f1d00010 d1000000 00000008 00000100 01020304")), (false, PPPPTests.Sample.readyInTCP),
          (false, hex("0408 68 0000000000") + PPPPTests.Sample.longData), (true, hex("0004 68 0000000000 f1e10000")),
        ], 37100),
    ],
  ]

  private static func framed(_ message: [UInt8]) -> [UInt8] { FrameBuilder.big(UInt16(message.count)) + message }
}

/// The kind of an observation. The raw value is its name in signatures and output: lower case, with a dot behind the protocol.
public enum Field: String, CaseIterable, Sendable {
  // Link and network
  /// The MAC address as twelve hexadecimal digits, once for each device. Registries of prefixes match its beginning.
  case ethernetOUI = "eth.oui"
  /// An address that this device holds, by ARP, neighbour discovery or DHCP.
  case ipAddress = "ip.address"
  /// The subject is a router, according to a DHCP router option or a router advertisement.
  case ipGateway = "ip.gateway"
  case dnsServer = "dns.server"
  case ntpServer = "ntp.server"

  // DHCP (RFC 2131, 2132)
  case dhcpHostname = "dhcp.hostname"
  case dhcpVendorClass = "dhcp.vendor_class"
  /// The parameter request list in the order of the request, `1,3,6,15`.
  case dhcpParameters = "dhcp.params"
  /// The place where the request entered the network, as the forwarding switch or access point names it (RFC 3046).
  case dhcpCircuit = "dhcp.circuit"
  case dhcpRemote = "dhcp.remote"

  // DNS (RFC 1035, 6762, 6763)
  case dnsQuery = "dns.query"
  /// `resolver` if the subject answers DNS queries. Its own queries are then those of others.
  case dnsRole = "dns.role"
  case mdnsService = "mdns.service"
  case mdnsName = "mdns.name"
  case mdnsText = "mdns.txt"
  /// The NetBIOS name that a host registers, answers to or announces.
  case nbnsName = "nbns.name"

  // SSDP and UPnP device descriptions (UPnP Device Architecture 2.0 sections 1 and 2)
  /// NT of an announcement or ST of an answer, never of a search.
  case ssdpType = "ssdp.st"
  case ssdpServer = "ssdp.server"
  case ssdpLocation = "ssdp.location"
  case ssdpModel = "ssdp.model"
  case ssdpName = "ssdp.name"
  case ssdpManufacturer = "ssdp.manufacturer"
  case ssdpDeviceType = "ssdp.device_type"

  // WS-Discovery and ONVIF
  /// Types in a Hello or ProbeMatch, never in a Probe.
  case wsdTypes = "wsd.types"
  case wsdScopes = "wsd.scopes"
  /// Manufacturer and model of an ONVIF device in GetDeviceInformationResponse, `Maker Model`.
  case onvifDevice = "onvif.device"

  // RTSP and SDP (RFC 2326, 7826, 8866), RTP (RFC 3550)
  case rtspServer = "rtsp.server"
  case rtspRealm = "rtsp.realm"
  case rtspUserAgent = "rtsp.user_agent"
  case rtspPath = "rtsp.path"
  /// Codec of video that the subject serves, from the SDP in its answer to DESCRIBE.
  case rtspVideo = "rtsp.video"
  /// Codec of video that the subject pushes to a server with ANNOUNCE.
  case rtspPublish = "rtsp.publish"
  /// Codec of video that the subject sends in RTSP's framing over TCP, if the beginning of the conversation was not captured.
  case rtspInterleaved = "rtsp.interleaved"
  case sdpTool = "sdp.tool"
  /// The range of a described presentation: `npt=now-` is live.
  case sdpRange = "sdp.range"
  case sdpSession = "sdp.session"
  case sdpMedia = "sdp.media"
  /// Codec or payload type of RTP that the subject sends.
  case rtpPayload = "rtp.payload"
  /// The program with which the subject publishes over RTMP; `publish` if it names none.
  case rtmpPublish = "rtmp.publish"
  /// SRT version of a caller, which may send or receive.
  case srtHandshake = "srt.handshake"
  /// Codec of the video that the subject sends as an MPEG transport stream over UDP.
  case tsVideo = "ts.video"
  /// Codec and transport of live video that the subject sends without a protocol.
  case bareVideo = "bare.video"

  // HTTP (RFC 9110, 9112)
  case httpHost = "http.host"
  case httpServer = "http.server"
  case httpRealm = "http.realm"
  case httpUserAgent = "http.user_agent"
  case httpContentType = "http.content_type"
  /// Method and target of a request, `GET /index.html`, without values of the query.
  case httpPath = "http.path"
  case httpTitle = "http.title"
  case httpCookie = "http.cookie"
  /// A non-standard header that names a maker or model, `name: value`.
  case httpHeader = "http.header"
  /// An excerpt, without secrets, of a text body that describes a device.
  case httpBody = "http.body"
  /// Boundary of a multipart/x-mixed-replace answer with JPEG parts: the subject serves video.
  case httpVideo = "http.video"
  /// Target, without secrets, that the subject answered with a JPEG picture; and one that it answered so ten times in a conversation.
  case httpPicture = "http.picture"
  case httpSnapshots = "http.snapshots"
  /// Format of a live presentation that the subject uploads: `HLS`, `DASH`, or `segments` if no playlist was seen.
  case httpUpload = "http.upload"

  // TLS (RFC 8446, 5246) and QUIC (RFC 9000)
  case tlsServerName = "tls.sni"
  case tlsALPN = "tls.alpn"
  case tlsCertificateSubject = "tls.cert.subject"
  case tlsCertificateIssuer = "tls.cert.issuer"
  case tlsJA4 = "tls.ja4"
  case quicServerName = "quic.sni"

  // Conversations that no recognizer claims, and other protocols
  /// First bytes of a datagram.
  case udpPayload = "udp.payload"
  /// First bytes of one side of a stream.
  case tcpPayload = "tcp.payload"
  /// Identifier of a device in PPPP, `PREFIX-123456-CHECK`.
  case p2pUID = "pppp.uid"
  /// Action in PPPP without an identifier: `device login`, followed by `, key NAME` if a known secret masks it; `app searches`.
  case p2pRole = "pppp.role"
  /// Header of the application in PPPP video that the subject sends, or `data`.
  case p2pVideo = "pppp.video"
  /// Identifier with which a device logs in at a server of ThroughTek, twenty digits and capitals.
  case tutkUID = "tutk.uid"
  /// Action of devices only in ThroughTek's protocol: `device`, or `device data` for a run of long data.
  case tutkRole = "tutk.role"
  /// Number of a device by Xiaomi, eight hexadecimal digits.
  case miioDevice = "miio.device"
  /// Type of a device by TP-Link, `IOT.IPCAMERA`, `SMART.TAPOPLUG`; and its model.
  case tpLinkType = "tplink.type"
  case tpLinkModel = "tplink.model"
  /// Command in the announcement of a Tuya device; and 32 if the subject answers the set-up of video.
  case tuyaFrame = "tuya.frame"
  case tuyaCommand = "tuya.command"

  // Proprietary discovery; `not said` if the answer lacks the value
  /// Class of a device by Dahua, `IPC`, `NVR`; and its model.
  case dahuaClass = "dahua.class"
  case dahuaModel = "dahua.model"
  /// Protocol in which the subject answers logins like a device by Dahua, `DHIP` or `DVRIP`; and the codec of the video that it sends.
  case dahuaLogin = "dahua.login"
  case dahuaVideo = "dahua.video"
  /// Type of client as which the subject logs in at another device.
  case dahuaClient = "dahua.client"
  /// Model of a device by Hikvision; and the number of its type.
  case sadpDescription = "sadp.description"
  case sadpType = "sadp.type"
  /// Number of channels of a device by Xiongmai, one for a camera; and its name.
  case dvripChannels = "dvrip.channels"
  case dvripDevice = "dvrip.device"
  /// Type (`IPC`) in the answer to a login, model, and codec of the live video that the subject sends.
  case dvripType = "dvrip.type"
  case dvripModel = "dvrip.model"
  case dvripVideo = "dvrip.video"
  /// Type of client as which the subject logs in at another device: `DVRIP-Web`.
  case dvripClient = "dvrip.client"
  /// Model of a device by HiChip or Juan.
  case hdsModel = "hds.model"

  case sipUserAgent = "sip.user_agent"
  /// Number with twenty digits under which a device reports to a platform (GB/T 28181).
  case gb28181ID = "gb28181.id"
  case stunSoftware = "stun.software"
  case mqttTopic = "mqtt.topic"
  case mqttClientID = "mqtt.client_id"
  /// Seconds between keep-alives in a conversation, their mean deviation in percent, and their receiver.
  case beaconPeriod = "beacon.period"
  case beaconJitter = "beacon.jitter"
  case beaconPeer = "beacon.peer"
  case ftpBanner = "ftp.banner"
  case telnetBanner = "telnet.banner"
  /// The version line of an SSH server.
  case sshBanner = "ssh.banner"
  case snmpDescription = "snmp.sysdescr"
  case wifiSSID = "wifi.ssid"
  /// Description of a device for Wi-Fi Protected Setup; its type in words, `security camera`.
  case wpsManufacturer = "wifi.wps.manufacturer"
  case wpsModel = "wifi.wps.model"
  case wpsModelNumber = "wifi.wps.model_number"
  case wpsDeviceName = "wifi.wps.device_name"
  case wpsDeviceType = "wifi.wps.device_type"

  // Announcements to neighbours on the wire
  // LLDP (IEEE 802.1AB), with the inventory of LLDP-MED (ANSI/TIA-1057)
  /// Capabilities of the subject, `bridge,router`; observed before the rest, so that signatures can look back at them.
  case lldpCapabilities = "lldp.capabilities"
  case lldpSystemName = "lldp.system_name"
  case lldpSystemDescription = "lldp.system_description"
  case lldpManufacturer = "lldp.manufacturer"
  case lldpModel = "lldp.model"
  /// Name or address of the sending port. Its description is often the administrator's note about the other end.
  case lldpPort = "lldp.port"
  case lldpPortDescription = "lldp.port_description"
  case lldpManagementAddress = "lldp.management_address"
  // CDP (Cisco)
  case cdpCapabilities = "cdp.capabilities"
  case cdpDeviceID = "cdp.device_id"
  case cdpPlatform = "cdp.platform"
  case cdpVersion = "cdp.version"
  case cdpPort = "cdp.port"
  case cdpAddress = "cdp.address"

  /// Fields that hold the names of Internet hosts that a device contacts.
  public static let domain: [Field] = [.dnsQuery, .tlsServerName, .quicServerName, .httpHost]

  /// Values are raw bytes, matched by offset, port and length.
  public var isPayload: Bool { self == .udpPayload || self == .tcpPayload }
}

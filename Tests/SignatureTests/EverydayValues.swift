import Detection
import Foundation
import Testing

extension EverydayTests {
  struct Values: Sendable, CustomTestStringConvertible {
    let field: Field
    let values: [String]
    var testDescription: String { field.rawValue }

    init(_ field: Field, _ text: String) {
      self.field = field
      values = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
  }

  /// Values of things that are no cameras.
  static let everyday: [Values] = [
    Values(
      .dhcpHostname,
      """
      iPhone
      Annas-iPhone
      iPad-von-Peter
      MacBook-Pro-3
      Mac-mini
      Cams-MacBook-Air
      Camerons-iPhone
      Camille
      Watch
      Galaxy-S23-Ultra
      Galaxy-Tab-A8
      android-1a2b3c4d5e6f7a8b
      Pixel-8-Pro
      Redmi-Note-12
      Xiaomi-13T
      OnePlus-Nord
      HUAWEI-P30-lite
      DESKTOP-4F7G2H1
      LAPTOP-IPC4DVR1
      WIN-EF7A2B3C4D5
      SURFACE-PRO
      ubuntu
      raspberrypi
      kali
      chromebook-0a1b
      steamdeck
      XBOX-SystemOS
      PS5-1234
      NintendoSwitch
      LGwebOSTV
      Samsung
      BRAVIA-4K-VH21
      Chromecast-Ultra
      AppleTV-Wohnzimmer
      Roku-Express
      amazon-1a2b3c4d5
      Fire-TV-Stick
      SonosZP
      Google-Home-Mini
      HomePod
      Bose-SoundTouch-20
      NPI3F2A1B
      HP8C0001
      BRW001BA9123456
      EPSON1A2B3C
      Canon1A2B3C
      ET-2750-Series
      HS110
      KP115
      KL130B
      L530
      P110
      wemo-insight
      shellyplug-s-1A2B3C
      shelly1-AABBCC
      ESP_1A2B3C
      ESP-9C8D7E
      tasmota-1A2B3C-0123
      Philips-hue
      hubv3-1234567890
      tado
      ecobee3
      nest-thermostat
      DSP-W215
      DCH-S150
      WyzePlug-2CAA8E010203
      Ring-Chime
      roborock-vacuum-a15
      iRobot-1A2B3C
      dreame_vacuum_p2009
      Dyson-475
      Miele-Oven
      BSH-Dishwasher
      DiskStation
      NAS-Keller
      QNAP-TS251
      fritz.box
      OpenWrt
      UAP-AC-Pro
      TL-SG108E
      yeelink-light-color1_miio123
      lumi-gateway-v3
      zhimi-airpurifier-v6
      plex-dvr
      TiVo-848
      HDHomeRun
      octopi
      homeassistant
      pihole
      SIP-T46S
      SEP001122334455
      Polycom_64167f
      tesla_model3
      Kindle-Paperwhite
      Garmin-Fenix
      GoPro-Quik-PC
      """),
    Values(
      .dhcpVendorClass,
      """
      MSFT 5.0
      android-dhcp-13
      dhcpcd-9.4.1:Linux-5.15.32-v7l+:armv7l:BCM2835
      udhcp 1.31.1
      Hewlett-Packard JetDirect
      Mfg=Xerox;Typ=Printer;Mod=WorkCentre 6515
      ubnt
      ArubaAP
      Cisco AP c3700
      PS5
      AXIS,Network Speaker,C1004-E,9.80
      yealink
      """),
    Values(
      .mdnsService,
      """
      _airplay._tcp
      _raop._tcp
      _companion-link._tcp
      _apple-mobdev2._tcp
      _googlecast._tcp
      _spotify-connect._tcp
      _sonos._tcp
      _ipp._tcp
      _ipps._tcp
      _pdl-datastream._tcp
      _uscan._tcp
      _smb._tcp
      _afpovertcp._tcp
      _adisk._tcp
      _androidtvremote2._tcp
      _amzn-wplay._tcp
      _hap._tcp
      _hue._tcp
      _matter._tcp
      _home-assistant._tcp
      _ssh._tcp
      _http._tcp
      _ptp._tcp
      _workstation._tcp
      """),
    Values(
      .mdnsName,
      """
      Annas iPhone
      Cameron's MacBook Air
      Living Room TV
      Brother MFC-L2710DW series
      HP LaserJet Pro M404n [3F2A1B]
      Canon EOS R6 Camera
      EOSR5_1A2B3C
      Sonos-7828CAAABBCC
      Google-Home-Mini-0a1b2c
      Philips Hue - 1A2B3C
      DiskStation
      Kitchen Speaker
      shellyplug-s-1A2B3C
      Homebridge Camera Bridge
      """),
    Values(
      .ssdpServer,
      """
      Linux/3.14 UPnP/1.0 IpBridge/1.60.0
      Linux UPnP/1.0 Sonos/79.1-53290 (ZPS12)
      Samsung SDP, UPnP/1.0, Samsung UPnP SDK/1.0
      WebOS/4.1.0 UPnP/1.0
      Roku/12.0.0 UPnP/1.0 Roku/12.0.0
      Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0
      Linux/4.4 UPnP/1.0 MiniUPnPd/2.1
      FRITZ!Box 7590 UPnP/1.0 AVM FRITZ!Box 7590 154.07.29
      Linux/2.6 UPnP/1.0 DLNADOC/1.50 Platinum/1.0.5.13
      DSM/7.1 UPnP/1.0 Synology
      UPnP/1.0 DIR-615/1.0
      KnOS/3.2 UPnP/1.0 DMP/3.5
      """),
    Values(
      .ssdpModel,
      """
      Sonos Play:1
      Philips hue bridge 2015
      UE55RU7400
      LG Smart TV
      Roku Express
      Xbox One
      Canon EOS R6
      FRITZ!Box 7590
      DIR-850L
      HDHomeRun DVR
      DS218+
      Windows Media Player
      """),
    Values(
      .dnsQuery,
      """
      captive.apple.com
      gateway.icloud.com
      connectivitycheck.gstatic.com
      mtalk.google.com
      play.googleapis.com
      www.msftconnecttest.com
      settings-win.data.microsoft.com
      api.amazon.com
      device-metrics-us.amazon.com
      www.netflix.com
      video.google.com
      i.ytimg.com
      api.spotify.com
      graph.facebook.com
      mmg.whatsapp.net
      zoom.us
      teams.microsoft.com
      www.tuya.com
      a1.tuyaeu.com
      m2.tuyaeu.com
      eu.api.smartthings.com
      api.ring.com
      api.nest.com
      home.nest.com
      my.arlo.com
      rest-prod.immedia-semi.com
      lv2-app-prod.immedia-semi.com
      security-app.eufylife.com
      api.wyzecam.com
      api.eu.xiaoyi.com
      passport.yitechnology.com
      app.meshare.com
      mapi.av380.net
      p2p.reolink.com
      apis.reolink.com
      apiieu.ezvizlife.com
      api.hik-connect.com
      api.eye4.cn
      euw1-relay-dcipc.i.tplinknbu.com
      n-wap-gw.tplinkcloud.com
      business.smartcamera.api.io.mi.com
      de.ott.io.mi.com
      openapi-eu.mearicloud.com
      p2p1.cloudlinks.cn
      caps.secu100.net
      uac-eu.ajcloud.net
      api.l040z.com
      www.foscam.com
      nexus.dropcam.com
      webapi.camera.home.nest.com
      www.camerashop24.de
      ipcam-shop.example.com
      cameraplus.s3.amazonaws.com
      """),
    Values(
      .httpServer,
      """
      nginx/1.24.0
      Apache/2.4.57 (Debian)
      lighttpd/1.4.35
      Boa/0.94.14rc21
      Boa/0.93.15
      GoAhead-Webs
      thttpd/2.25b 29dec2003
      mini_httpd/1.19 19dec2003
      micro_httpd
      RomPager/4.07 UPnP/1.0
      Virata-EmWeb/R6_2_1
      HP HTTP Server; HP LaserJet Pro M404n
      Microsoft-IIS/10.0
      Microsoft-HTTPAPI/2.0
      AirTunes/366.0
      CUPS/2.4 IPP/2.1
      debut/1.20
      Lanier/1.0
      Werkzeug/2.0.1 Python/3.9
      ESP8266 Web Server
      Allegro-Software-RomPager/4.34
      Embedthis-Appweb/3.3
      TP-LINK Router UPnP/1.0
      Synology
      """),
    Values(
      .httpTitle,
      """
      FRITZ!Box
      RouterOS router configuration page
      TP-Link Archer C7
      HP LaserJet Pro M404n
      EPSON ET-2750
      Canon imageRUNNER Remote UI
      Brother MFC-L2710DW series
      Synology DiskStation
      Home Assistant
      OctoPrint
      Pi-hole
      Philips hue
      Tasmota
      Shelly Plug
      Polycom - Configuration Utility
      Login
      Index of /
      Plex
      HDHomeRun DVR
      """),
    Values(
      .httpRealm,
      """
      Login to the router web server
      TP-LINK Wireless N Router WR841N
      DIR-615
      NETGEAR R7000
      Linksys WRT54G
      Broadband Router
      index.html
      Printer
      HP-ChaiSOE
      TiVo DVR
      Login to device
      """),
    Values(
      .snmpDescription,
      """
      HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153
      Brother NC-8700w, Firmware Ver.1.20
      Cisco IOS Software, C2960 Software
      Linux diskstation 4.4.180
      RouterOS RB750Gr3
      APC Web/SNMP Management Card
      ; AXIS 1440; Print Server; 6.10
      AXIS 5600+ Network Print Server V7.00
      Polycom SoundStation IP 6000
      Room Alert 32E v2.2.0, AVTECH Software, Inc.
      SHARP MX-M363N
      Arista Networks EOS version 4.28 running on an Arista Networks DCS-7050S-52
      Canon iR-ADV C5235
      TANDBERG Codec video conference camera
      SIMATIC NET, IPC Siemens
      """),
    Values(
      .ftpBanner,
      """
      220 (vsFTPd 3.0.3)
      220 ProFTPD Server ready.
      220 FTP print service:V-1.13/Use the network password for the ID if updating.
      220 AXIS 5400 Network Print Server V5.51 ready.
      220 Camera photo archive
      """),
    Values(
      .rtspServer,
      """
      AirTunes/366.0
      VLC/3.0.18
      GStreamer RTSP server
      Wowza Streaming Engine 4.8
      HDHomeRun/1.0
      """),
  ]
}

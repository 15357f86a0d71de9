// Captures of a USB bus with a network adapter: bulk transfers that are an Ethernet frame (CDC ECM 1.2 section 3.3.1) or contain one
// (RNDIS). Everything else on the bus, such as keyboards and disks, counts as undecoded.

extension Packet {
  private enum USB { static let bulk: UInt8 = 3, linuxHeader = 48, mappedHeader = 64, usbpcapHeader = 27 }

  /// LINKTYPE_USB_LINUX and LINKTYPE_USB_LINUX_MMAPPED: the transfer type, and the flag that is 0 if data follows.
  mutating func decodeUSBLinux(isMapped: Bool) {
    let length = isMapped ? USB.mappedHeader : USB.linuxHeader
    guard payload.byteCount >= length else { return malformed("usb") }
    let (transfer, flag) = (payload.u8(9), payload.u8(15))
    advance(length)
    decodeUSBTransfer(isBulk: transfer == USB.bulk && flag == 0, isMapped ? 220 : 189)
  }

  /// LINKTYPE_USBPCAP: the length of the header, and at its end the transfer type and the length of the data.
  mutating func decodeUSBPcap() {
    guard payload.byteCount >= USB.usbpcapHeader else { return malformed("usb") }
    let (length, transfer) = (Int(payload.u16LittleEndian(0)), payload.u8(22))
    guard length >= USB.usbpcapHeader, payload.byteCount >= length else { return malformed("usb") }
    advance(length)
    decodeUSBTransfer(isBulk: transfer == USB.bulk, 249)
  }

  private mutating func decodeUSBTransfer(isBulk: Bool, _ link: UInt16) {
    guard isBulk else {
      undecoded = .linkType(LinkType(rawValue: link))
      return
    }
    // Polls for data, and confirmations of data that was sent, are empty.
    if payloadLength == 0 { return }
    if let frame = remoteNDIS() {
      advance(frame.offset)
      limit(to: Swift.min(frame.length, payloadLength))
    }
    guard plausibleEthernet(payload, payloadLength) else {
      undecoded = .linkType(LinkType(rawValue: link))
      return
    }
    decodeEthernet()
  }

  /// REMOTE_NDIS_PACKET_MSG (MS-RNDIS section 2.2.14): type 1, length, offset of the data from this field, and length of the data.
  private func remoteNDIS() -> (offset: Int, length: Int)? {
    guard payload.byteCount >= 44, payload.u32LittleEndian(0) == 1, payload.u32LittleEndian(4) <= UInt32(payloadLength) else { return nil }
    let (offset, length) = (8 + Int(payload.u32LittleEndian(8)), Int(payload.u32LittleEndian(12)))
    guard offset >= 44, offset + length <= payloadLength else { return nil }
    return (offset, length)
  }
}

import Detection

/// Writes frames of any link type to a pcapng file, each with the interface it was captured on.
public final class CaptureWriter {
  private struct Link: Hashable {
    let interface: UInt16
    let type: LinkType
  }

  private let file: PcapngWriter
  private let names: CaptureInterfaces
  private let snapLength: Int
  /// Numbers of the interfaces described so far.
  private var links: [Link: UInt32] = [:]
  /// Saves the look-up: most recordings have only one link.
  private var last: (link: Link, number: UInt32)?

  /// Creates the file, or empties it.
  ///
  /// - Parameter interfaces: the names of the frames' interfaces.
  public init(path: String, application: String, snapLength: Int, interfaces: CaptureInterfaces) throws(CaptureError) {
    file = try PcapngWriter(path: path, application: application)
    names = interfaces
    self.snapLength = snapLength
  }

  /// Writes a frame, or leaves it out while the disk is full: detection continues.
  public func write(_ frame: borrowing Frame) {
    let link = Link(interface: frame.interface, type: frame.linkType)
    if let last, last.link == link { return file.write(frame, interface: last.number) }
    let number =
      links[link] ?? file.addInterface(linkType: link.type, name: names[link.interface], snapLength: UInt32(clamping: snapLength))
    links[link] = number
    last = (link, number)
    file.write(frame, interface: number)
  }

  /// Writes buffered bytes, so that the file is complete up to the last packet. Tries again what failed before.
  public func flush() { file.flush() }

  /// Why the file cannot be written at present; nil if it can. A flush finds out.
  public var error: CaptureError? { file.error }
  /// Packets left out while it could not be written.
  public var missed: UInt64 { file.missed }

  /// Writes buffered bytes, and returns the first error since the file was created.
  public func close() -> CaptureError? { file.close() }
}

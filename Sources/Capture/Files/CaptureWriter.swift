import Detection

/// Writes frames to a pcapng file as they come, whatever their links, and says of each on which interface it was captured.
public final class CaptureWriter {
  private struct Link: Hashable {
    let interface: UInt16
    let type: LinkType
  }

  private let file: PcapngWriter
  private let names: CaptureInterfaces
  private let snapLength: Int
  /// Numbers of those that were described.
  private var links: [Link: UInt32] = [:]
  /// Most recordings have one: spares the look-up.
  private var last: (link: Link, number: UInt32)?

  /// Creates the file, or empties it.
  ///
  /// - Parameter interfaces: the names of the frames' interfaces.
  public init(path: String, application: String, snapLength: Int, interfaces: CaptureInterfaces) throws(CaptureError) {
    file = try PcapngWriter(path: path, application: application)
    names = interfaces
    self.snapLength = snapLength
  }

  /// Errors are kept for `close`: detection goes on when a disk is full.
  public func write(_ frame: borrowing Frame) {
    let link = Link(interface: frame.interface, type: frame.linkType)
    if let last, last.link == link { return file.write(frame, interface: last.number) }
    let number =
      links[link] ?? file.addInterface(linkType: link.type, name: names[link.interface], snapLength: UInt32(clamping: snapLength))
    links[link] = number
    last = (link, number)
    file.write(frame, interface: number)
  }

  /// Writes what is left; gives the first error of the whole run.
  public func close() -> CaptureError? { file.close() }
}

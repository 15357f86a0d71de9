/// The description of a device for Wi-Fi Protected Setup, in elements of its beacons, probe responses, probe requests and association
/// requests (Wi-Fi Alliance, Wi-Fi Simple Configuration 2.0, sections 8.2 and 12): maker, model, name and type. Serial number and UUID are
/// not read.
enum WPSElement {
  /// Bytes of all elements of one frame, because attributes may continue in the next element.
  static let limit = 1024
  static let textLimit = 64

  /// The vendor and type at the beginning of an element: Microsoft, and 4.
  static let vendor: UInt32 = 0x0050_F204

  /// Reports the attributes: two bytes of identifier, two of length, the value.
  static func report(_ attributes: RawSpan, into sink: inout ObservationSink) {
    var cursor = Cursor(attributes)
    do throws(DecodeError) {
      while !cursor.isAtEnd {
        let identifier = try cursor.u16()
        let value = try cursor.take(Int(try cursor.u16()))
        switch identifier {
        case 0x1021: emit(.wpsManufacturer, value, into: &sink)
        case 0x1023: emit(.wpsModel, value, into: &sink)
        case 0x1024: emit(.wpsModelNumber, value, into: &sink)
        case 0x1011: emit(.wpsDeviceName, value, into: &sink)
        case 0x1054: if let name = type(value) { sink.emit(.wpsDeviceType, name) }
        default: break
        }
      }
    } catch {}
  }

  /// Reports a text. Access points without a name send a blank.
  private static func emit(_ field: Field, _ value: RawSpan, into sink: inout ObservationSink) {
    sink.emit(field, value.slice(0, textLimit).trimmed.text())
  }

  /// The primary device type (section 12, table 41): category, vendor, kind within the category. Nil for types of other vendors.
  private static func type(_ value: RawSpan) -> String? {
    guard value.byteCount == 8, value.u32(2) == vendor else { return nil }
    switch value.u16(0) {
    case 1: return "computer"
    case 2: return "input device"
    case 3: return "printer"
    case 4:
      switch value.u16(6) {
      case 1: return "digital still camera"
      case 2: return "video camera"
      case 3: return "web camera"
      case 4: return "security camera"
      default: return "camera"
      }
    case 5: return "storage"
    case 6: return "network infrastructure"
    case 7: return "display"
    case 8: return "multimedia device"
    case 9: return "gaming device"
    case 10: return "telephone"
    case 11: return "audio device"
    case let category: return "category \(category)"
    }
  }
}

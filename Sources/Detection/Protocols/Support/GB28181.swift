/// Numbers and descriptions of devices in GB/T 28181-2016 (annexes A and D), with which video surveillance reports to platforms over SIP.
enum GB28181 {
  /// Digits of a number: area (8), trade (2), type (3), network (1), and the device (6).
  static let numberLength = 20
  private static let typeDigits = 10..<13

  /// The number in `<sip:34020000001320000001@3402000000>`; empty if the user is another.
  static func number(in value: RawSpan) -> String {
    guard let scheme = value.firstIndexIgnoringCase(of: "sip:") else { return "" }
    let user = value.slice(scheme + 4)
    guard user.byteCount > numberLength, user.u8(numberLength) == ASCII.at else { return "" }
    for index in 0..<numberLength where !ASCII.isDigit(user.u8(index)) { return "" }
    return user.slice(0, numberLength).text()
  }

  /// The type in a number: `111` to `199` are recorders, encoders, cameras and what is connected to them, from `200` on platforms, their
  /// servers and users. Empty for digits that are not assigned.
  static func type(of number: String) -> String {
    let digits = Array(number.utf8)
    guard digits.count == numberLength, case let type = String(decoding: digits[typeDigits], as: UTF8.self),
      let code = Int(type), (111..<600).contains(code)
    else { return "" }
    return type
  }

  /// The maker, model and name that a device states, in an answer about itself, or in a list that has nothing else in it.
  struct Description {
    private(set) var manufacturer = ""
    private(set) var model = ""
    private(set) var name = ""

    static let elementLimit = 64

    init() {}

    init(_ body: RawSpan) {
      var elements = XMLElements(body)
      var found = Description()
      var (isAnswer, isOwn) = (false, false)
      for _ in 0..<Self.elementLimit {
        guard let element = elements.next() else { break }
        if elements.isNamed(element, "Response") { isAnswer = true }
        if elements.isNamed(element, "CmdType"), elements.text(element) == "DeviceInfo" { isOwn = true }
        if elements.isNamed(element, "SumNum"), elements.text(element) == "1" { isOwn = true }
        // The capture is cut here.
        if element.text.upperBound >= body.byteCount { break }
        if elements.isNamed(element, "Manufacturer") { found.manufacturer = elements.text(element) }
        if elements.isNamed(element, "Model") { found.model = elements.text(element) }
        if elements.isNamed(element, "DeviceName") { found.name = elements.text(element) }
      }
      if isAnswer, isOwn { self = found }
    }
  }
}

import Detection

/// Texts as parts of addresses, headers and mark-up.
extension String {
  /// Every byte but the unreserved characters of RFC 3986, section 2.3, as `%XX`.
  var percentEncoded: String {
    utf8.reduce(into: "") { text, byte in
      if ASCII.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "%" + byte.hexadecimal
      }
    }
  }

  /// Visible ASCII and spaces in one line, as RFC 9110, section 5.5, wants the value of a header. Anything else becomes `?`.
  var headerValue: String { String(String.UnicodeScalarView(oneLine.unicodeScalars.map { $0.isASCII ? $0 : "?" })) }

  /// A name as RFC 9110, section 5.6.2, allows it for headers.
  var isToken: Bool { !isEmpty && utf8.allSatisfy { ASCII.isAlphanumeric($0) || "!#$%&'*+-.^_`|~".utf8.contains($0) } }

  /// The inside of a string of JSON (RFC 8259, section 7), without the quotation marks.
  var jsonEscaped: String { String(String.UnicodeScalarView(JSONValue.string(self).text.unicodeScalars.dropFirst().dropLast())) }

  /// Text for Markdown: a backslash before every punctuation mark of ASCII (CommonMark, section 2.4).
  var markdownEscaped: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isASCII, let byte = UInt8(exactly: scalar.value), ASCII.isVisible(byte), !ASCII.isAlphanumeric(byte) { text += "\\" }
      text.unicodeScalars.append(scalar)
    }
  }
}

extension UInt8 {
  /// Two digits, as percent-encoding and quoted-printable want them: in upper case.
  var hexadecimal: String {
    let digits = String(self, radix: 16, uppercase: true)
    return digits.count == 2 ? digits : "0" + digits
  }
}

import Detection
import Foundation
import Mustache

/// What a template writes, and so how its values are escaped: no value can leave the place where it stands.
enum TemplateFormat: String, Sendable, CaseIterable {
  /// Lines of text without control characters.
  case text
  /// Elements and quoted attributes of HTML and XML.
  case html
  /// The inside of a string of JSON; the template has the quotation marks.
  case json
  /// An address, or a value of `application/x-www-form-urlencoded`: percent-encoded, also spaces, which forms may write either way.
  case url
  /// The value of a header of HTTP.
  case header
  case markdown

  /// How values stand in a body of this `Content-Type`.
  init(contentType: String) {
    let type = contentType.lowercased()
    if type.contains("json") {
      self = .json
    } else if type.contains("x-www-form-urlencoded") {
      self = .url
    } else if type.contains("html") || type.contains("xml") {
      self = .html
    } else if type.contains("markdown") {
      self = .markdown
    } else {
      self = .text
    }
  }

  /// Escapes one value.
  func escape(_ text: String) -> String {
    switch self {
    case .text: text.plainText
    case .html: text.plainText.htmlEscaped
    case .json: text.jsonEscaped
    case .url: text.percentEncoded
    case .header: text.headerValue
    case .markdown: text.plainText.markdownEscaped
    }
  }

  /// The registry of content types is one for the whole process.
  fileprivate var pragma: String { "LENSCAP_" + rawValue.uppercased() }
}

/// A template of one format, as mustache(5) writes it.
struct Template: Sendable {
  /// Bytes of a template.
  static let limit = 32_768

  let format: TemplateFormat
  private let template: MustacheTemplate

  /// - Parameter name: for errors: of the text, or the key of the configuration.
  /// - Throws: for a text that is no template, or too long.
  init(_ text: String, _ format: TemplateFormat, name: String) throws(TemplateError) {
    guard text.utf8.count <= Self.limit else {
      throw TemplateError(template: name, line: 1, column: 1, problem: .tooLong(limit: Self.limit))
    }
    Self.register
    do {
      // On a line of its own, so that the columns of the template stay, and a section that begins it still stands alone.
      template = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(format.pragma)}}\n" + text)
    } catch let error as MustacheTemplate.ParserError {
      throw TemplateError(
        template: name, line: max(1, error.context.lineNumber - 1), column: error.context.columnNumber, problem: .init(error.error))
    } catch {
      throw TemplateError(template: name, line: 1, column: 1, problem: .syntax)
    }
    self.format = format
  }

  /// The text with its values. What is not among them is as if it were empty.
  func render(_ values: [String: Any]) -> String { template.render(values) }

  private static let register: Void = {
    for format in TemplateFormat.allCases { MustacheContentTypes.register(Escaping(format: format), named: format.pragma) }
  }()
}

private struct Escaping: MustacheContentType {
  let format: TemplateFormat
  func escapeText(_ text: String) -> String { format.escape(text) }
}

/// A template of the configuration that cannot be used.
public struct TemplateError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Sendable, Equatable {
    /// No text of this name exists.
    case unknownName
    case tooLong(limit: Int)
    case syntax
    case unclosedTag
    case unclosedSection
    /// `{{/name}}` closes another section than the open one, or none.
    case wrongSectionEnd
  }

  /// `subject`, `short`, `long`, `html` or `body`, or the key that has the template as its value.
  public let template: String
  /// From 1, as the column, within the template.
  public let line: Int
  public let column: Int
  public let problem: Problem

  public var description: String {
    let what =
      switch problem {
      case .unknownName: "no such text; expected subject, short, long, html or body"
      case .tooLong(let limit): "longer than \(limit) bytes"
      case .syntax: "not a mustache template"
      case .unclosedTag: "a tag without }}, or with a wrong name"
      case .unclosedSection: "a section that is not closed"
      case .wrongSectionEnd: "closes a section that is not open here"
      }
    return "template \(template), line \(line), column \(column): \(what)"
  }
}

extension TemplateError.Problem {
  fileprivate init(_ error: any Error) {
    self =
      switch error as? MustacheTemplate.Error {
      case .sectionCloseNameIncorrect: .wrongSectionEnd
      case .unfinishedName: .unclosedTag
      case .expectedSectionEnd: .unclosedSection
      // Any other error of the parser says that the text ended too early.
      case nil: .unclosedTag
      default: .syntax
      }
  }
}

/// The texts of one language.
struct Texts: Sendable {
  let language: String
  private let phrases: [Phrase: String]
  private let templates: [Phrase: Template]
  private let problems: [HealthPhrase: Template]
  private let advice: [HealthPhrase: Template]

  private static let english = Texts("en", English.phrases, English.health)
  /// All languages, by their code (BCP 47).
  static let all: [String: Texts] = ["en": english]

  /// `pt-BR` takes `pt` where that is all there is; English where the language is missing.
  static func of(_ language: String?) -> Texts {
    let code = (language ?? "en").lowercased()
    return all[code] ?? all[String(code.prefix { $0 != "-" && $0 != "_" })] ?? english
  }

  init(_ language: String, _ phrases: [Phrase: String], _ health: [HealthPhrase: (what: String, advice: String)]) {
    func parsed(_ text: String) -> Template? { try? Template(text, .text, name: language) }
    self.language = language
    self.phrases = phrases
    templates = phrases.compactMapValues(parsed)
    problems = health.mapValues(\.what).compactMapValues(parsed)
    advice = health.mapValues(\.advice).compactMapValues(parsed)
  }

  /// The phrase with its values. Values must be sanitised; nil is as if it were not there.
  func callAsFunction(_ phrase: Phrase, _ values: [String: String?] = [:]) -> String {
    templates[phrase]?.render(values.compactMapValues { $0 }) ?? ""
  }

  /// The phrase with a number, and a flag for the singular.
  func counted(_ phrase: Phrase, _ count: Int, _ values: [String: String?] = [:]) -> String {
    var all: [String: Any] = values.compactMapValues { $0 }
    all["count"] = String(count)
    all["one"] = count == 1
    return templates[phrase]?.render(all) ?? ""
  }

  func problem(_ code: HealthPhrase, _ values: [String: String?]) -> String {
    problems[code]?.render(values.compactMapValues { $0 }) ?? ""
  }

  /// Nil where there is nothing to do.
  func advice(_ code: HealthPhrase, _ values: [String: String?]) -> String? {
    let text = advice[code]?.render(values.compactMapValues { $0 }) ?? ""
    return text.isEmpty ? nil : text
  }

  /// A phrase as it is written, not rendered.
  func source(_ phrase: Phrase) -> String { phrases[phrase] ?? "" }

  /// A phrase that holds several words.
  func list(_ phrase: Phrase) -> [String] { source(phrase).split(separator: " ").map(String.init) }

  /// `a, b and c`
  func listed(_ items: [String]) -> String {
    guard items.count > 1, let last = items.last else { return items.first ?? "" }
    return items.dropLast().joined(separator: source(.listSeparator)) + source(.listLast) + last
  }
}

extension MessageWriter {
  /// Codes of the languages that messages can be in.
  public static var languages: [String] { Texts.all.keys.sorted() }
}

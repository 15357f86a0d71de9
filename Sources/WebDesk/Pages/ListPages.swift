import Mustache

/// A table of a page. Cells are escaped.
public struct ListTable: Sendable {
  public struct Cell: Sendable {
    public let text: String
    public var link: String?
    public var isID = false
    /// `bad`, `warn` or `good`; `one` for what stays on one line.
    public var tone: String?

    public init(_ text: String, link: String? = nil, isID: Bool = false, tone: String? = nil) {
      self.text = text
      self.link = link
      self.isID = isID
      self.tone = tone
    }
  }

  public var columns: [String]
  public var rows: [[Cell]]

  public init(columns: [String], rows: [[Cell]]) {
    self.columns = columns
    self.rows = rows
  }
}

/// Lists behind the second click.
extension Pages {
  private static let tableContent = template(
    """
    {{#hasRows}}<div class="scroll" tabindex="0" role="region" aria-label="{{label}}" data-key="table"><table><thead><tr>{{#columns}}<th scope="col">{{.}}</th>{{/columns}}</tr></thead><tbody>
    {{#rows}}<tr>{{#cells}}<td{{#class}} class="{{class}}"{{/class}}>{{#link}}<a href="{{link}}">{{text}}</a>{{/link}}{{^link}}{{text}}{{/link}}</td>{{/cells}}</tr>
    {{/rows}}</tbody></table></div>{{/hasRows}}{{^hasRows}}<p data-key="none">{{nothing}}</p>{{/hasRows}}
    """)

  public static func table(_ table: ListTable, label: String, nothing: String = Words.nothing) -> String {
    tableContent.render([
      "label": label, "hasRows": !table.rows.isEmpty, "columns": table.columns, "nothing": nothing,
      "rows": table.rows.map { row in
        [
          "cells": row.map { cell in
            var values: [String: Any] = ["text": cell.text]
            values["class"] = cell.isID ? "id" : cell.tone
            values["link"] = cell.link
            return values
          }
        ] as [String: Any]
      },
    ])
  }

  private static let listContent = template(
    """
    {{#sentence}}<div aria-live="polite"><h1 id="answer" data-state="{{state}}">{{sentence}}</h1></div>{{/sentence}}{{^sentence}}<h1>{{title}}</h1>{{/sentence}}
    {{#lead}}<p>{{lead}}</p>{{/lead}}{{{form}}}
    {{#csv}}<p><a href="{{csv}}">{{csvLabel}}</a></p>{{/csv}}
    <div data-list="rows">{{{table}}}</div>
    {{#next}}<p><a rel="next" href="{{next}}">{{nextLabel}}</a></p>{{/next}}{{{more}}}
    """)

  /// - Parameters:
  ///   - answer: in place of the title, whether all is well.
  ///   - form: what filters the list, made here.
  ///   - more: what follows, made here.
  public static func list(
    _ frame: PageFrame, title: String, answer: (state: String, sentence: String)? = nil, lead: String? = nil, form: String = "",
    _ table: ListTable, nothing: String = Words.nothing, csv: String? = nil, next: String? = nil, nextLabel: String = Words.next,
    more: String = ""
  ) -> String {
    var values: [String: Any] = [
      "title": title, "form": form, "table": self.table(table, label: title, nothing: nothing), "csvLabel": Words.asTable,
      "nextLabel": nextLabel, "more": more,
    ]
    if let answer { (values["state"], values["sentence"]) = (answer.state, answer.sentence) }
    values["lead"] = lead
    values["csv"] = csv
    values["next"] = next
    return page(frame, title: title, content: listContent.render(values))
  }

  private static let filterForm = template(
    """
    <form class="row" method="get" role="search">{{#search}}<label>{{searchLabel}} <input name="q" type="search" maxlength="80" value="{{q}}"></label>{{/search}}
    {{#choices}}<label>{{label}} <select name="{{name}}">{{#options}}<option value="{{value}}"{{#isChosen}} selected{{/isChosen}}>{{text}}</option>{{/options}}</select></label>{{/choices}}
    <button>{{show}}</button></form>
    """)

  public struct Choice: Sendable {
    let name: String
    let label: String
    let options: [(value: String, text: String)]
    let chosen: String

    public init(name: String, label: String, options: [(value: String, text: String)], chosen: String) {
      self.name = name
      self.label = label
      self.options = options
      self.chosen = chosen
    }
  }

  public static func filter(search: String?, searchLabel: String = Words.search, _ choices: [Choice]) -> String {
    filterForm.render([
      "search": search != nil, "q": search ?? "", "searchLabel": searchLabel, "show": Words.filter,
      "choices": choices.map { choice in
        [
          "name": choice.name, "label": choice.label,
          "options": choice.options.map { ["value": $0.value, "text": $0.text, "isChosen": $0.value == choice.chosen] as [String: Any] },
        ] as [String: Any]
      },
    ])
  }
}

import WebDesk

/// `/api/1` of central in OpenAPI 3.1. `CentralOpenAPITests` compares it with the routes.
enum CentralOpenAPI {
  static let text = """
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Lenscap Central",
        "version": "1",
        "description": "What the boxes of a chain found and what people did about it here: the API of a box, over all sites of a tenant. \
    Documents are those of schema lenscap/1 with tenant, site, gateway and received. Without a session or token every path answers 401, with \
    the wrong role 403; x-role is the least role that may. What belongs to another tenant is 404."
      },
      "servers": [{ "url": "/" }],
      "security": [{ "token": [] }, { "session": [] }],
      "paths": {
    \(paths.joined(separator: ",\n"))
      },
      "components": {
        "securitySchemes": {
          "token": { "type": "http", "scheme": "bearer", "description": "lenscap-central tokens add NAME --tenant TENANT --scope read|act" },
          "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-lenscap-central",
            "description": "Of the page; what changes something also needs the header X-CSRF-Token"
          }
        },
        "parameters": {
          "id": { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "maxLength": 128 } },
          "tenant": {
            "name": "tenant", "in": "query", "schema": { "type": "string", "maxLength": 40 },
            "description": "Only one's own: any other is 404"
          },
          "site": { "name": "site", "in": "query", "schema": { "type": "string", "pattern": "^[a-z0-9-]{1,40}$" } },
          "gateway": {
            "name": "gateway", "in": "query", "schema": { "type": "string", "maxLength": 128 },
            "description": "A box; needed for an alert whose id several have"
          },
          "limit": { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 500, "default": 100 } },
          "cursor": { "name": "cursor", "in": "query", "schema": { "type": "string" }, "description": "The value of next" },
          "since": {
            "name": "since", "in": "query", "schema": { "type": "string" },
            "description": "24h, 2026-11-24, or RFC 3339, by central's clock: what was received since"
          },
          "room": { "name": "room", "in": "query", "schema": { "type": "string", "maxLength": 255 } },
          "severity": { "name": "severity", "in": "query", "schema": { "enum": [\(texts(CentralQuery.severities))] } },
          "kind": { "name": "kind", "in": "query", "schema": { "enum": [\(texts(ReleaseKind.allCases.map(\.rawValue)))] } },
          "properties": {
            "name": "properties", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": \(CentralQuery.mostProperties) },
            "description": "Only devices that were at so many sites"
          },
          "q": { "name": "q", "in": "query", "schema": { "type": "string" }, "description": "A part of the name of a site" },
          "format": { "name": "format", "in": "query", "schema": { "enum": ["json", "csv"], "default": "json" } },
          "ifMatch": {
            "name": "If-Match", "in": "header", "schema": { "type": "string" },
            "description": "The version that was seen; with another one the answer is 409"
          }
        },
        "requestBodies": {
    \(OpenAPIParts.decision)
        },
        "responses": {
    \(OpenAPIParts.list),
          "case": {
            "description": "The case with its history, and elsewhere: the other sites where its device was; the header ETag has its version",
            "content": {
              "application/json": {
                "schema": { "type": "object", "required": ["type", "id", "tenant", "site", "gateway", "status", "version", "history", "elsewhere"] }
              }
            }
          },
    \(OpenAPIParts.error)
        }
      }
    }

    """

  private static var paths: [String] {
    CentralList.allCases.map(path)
      + [
        """
            "/api/1/alerts/{id}": {
              "get": {
                "summary": "One case with its history", "operationId": "getAlert", "x-role": "viewer",
                "parameters": [\(references(["id", "tenant", "gateway"]))],
                "responses": { "200": { "$ref": "#/components/responses/case" }, \(otherwise) }
              }
            }
        """
      ] + CaseworkAction.allCases.map(path) + [
        """
            "/api/1/alerts/{id}/evidence": {
              "get": {
                "summary": "Packs that were asked for, the latest first", "operationId": "listEvidence", "x-role": "viewer",
                "parameters": [\(references(["id", "tenant", "gateway"]))],
                "responses": { "200": { "$ref": "#/components/responses/list" }, \(otherwise) }
              },
              "post": {
                "summary": "Asks the box for the pack of the alert", "operationId": "askEvidence", "x-role": "staff",
                "parameters": [\(references(["id", "tenant", "gateway"]))],
                "responses": {
                  "202": { "description": "The request, with its state", "content": { "application/json": { "schema": { "type": "object" } } } },
                  \(otherwise)
                }
              }
            },
            "/api/1/evidence/{id}/file": {
              "get": {
                "summary": "A pack that came", "operationId": "getEvidence", "x-role": "staff",
                "parameters": [\(references(["id"]))],
                "responses": {
                  "200": { "description": "A ZIP file", "content": { "application/zip": { "schema": { "type": "string", "format": "binary" } } } },
                  \(otherwise)
                }
              }
            }
        """,
        """
            "/api/1/events": {
              "get": {
                "summary": "Server-sent events alert, coverage and case", "operationId": "events", "x-role": "viewer",
                "parameters": [
                  { "name": "Last-Event-ID", "in": "header", "schema": { "type": "string" }, "description": "The id of the last event that was read" }
                ],
                "responses": {
                  "200": { "description": "Events, until the connection ends", "content": { "text/event-stream": { "schema": { "type": "string" } } } },
                  \(otherwise)
                }
              }
            },
            "/api/1/openapi.json": {
              "get": {
                "summary": "This text", "operationId": "openapi", "x-role": "viewer",
                "responses": {
                  "200": { "description": "OpenAPI 3.1", "content": { "application/json": { "schema": { "type": "object" } } } }, \(otherwise)
                }
              }
            }
        """,
      ]
  }

  private static let otherwise = "\"default\": { \"$ref\": \"#/components/responses/error\" }"

  private static func path(_ list: CentralList) -> String {
    let (summary, role) = list.description
    let common = ["tenant", "site", "q", "limit", "cursor", "format"]
    let own = list.filters.map { $0 == "received" ? "since" : $0 }.sorted()
    let status =
      list.statuses.isEmpty
      ? "" : ", { \"name\": \"status\", \"in\": \"query\", \"schema\": { \"enum\": [\(texts(list.statuses))] } }"
    return """
          "/api/1/\(list.rawValue)": {
            "get": {
              "summary": "\(summary)", "operationId": "list\(list.rawValue.prefix(1).uppercased() + list.rawValue.dropFirst())", "x-role": "\(role)",
              "parameters": [\(references(common + own))\(status)],
              "responses": { "200": { "$ref": "#/components/responses/list" }, \(otherwise) }
            }
          }
      """
  }

  private static func path(_ action: CaseworkAction) -> String {
    """
        "/api/1/alerts/{id}/\(action.rawValue)": {
          "post": {
            "summary": "\(action.summary) At central only: the box goes on as before.", "operationId": "\(action.rawValue)Alert",
            "x-role": "\(action.right == .act ? "staff" : "manager")",
            "parameters": [\(references(["id", "tenant", "gateway", "ifMatch"]))],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": { "200": { "$ref": "#/components/responses/case" }, \(otherwise) }
          }
        }
    """
  }

  private static func references(_ names: [String]) -> String {
    names.map { "{ \"$ref\": \"#/components/parameters/\($0)\" }" }.joined(separator: ", ")
  }

  private static func texts(_ values: [String]) -> String { values.map { "\"\($0)\"" }.joined(separator: ", ") }
}

extension CentralList {
  fileprivate var description: (summary: String, role: String) {
    switch self {
    case .properties: ("Sites, the worst first: blind, then with open cases", "viewer")
    case .alerts: ("Cases, what changed last first", "viewer")
    case .devices: ("Cameras and recorders that boxes report; properties says at how many sites a device was", "viewer")
    case .rooms: ("Rooms as each box said last, and how long each was watched within 24 hours", "viewer")
    case .coverage: ("What each box sees: one item of each", "viewer")
    case .releases: ("Releases of signatures and software, the latest first: stage, and how boxes take them", "viewer")
    case .audit: ("Who did what, the latest first; for managers and tokens", "manager")
    }
  }
}

extension CaseworkAction {
  fileprivate var summary: String {
    switch self {
    case .acknowledge: "Somebody takes care of it."
    case .assign: "Somebody is sent; needs to."
    case .note: "A note about it; needs note."
    case .dismiss: "It is no camera; needs reason. For managers."
    case .declare: "It is the property's own; needs reason. For managers."
    case .reopen: "It is open again. For managers."
    }
  }
}

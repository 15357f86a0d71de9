import WebDesk

/// `/api/1` in OpenAPI 3.1, written by hand. `OpenAPITests` compares it with the routes.
enum OpenAPI {
  static let text = """
    {
      "openapi": "3.1.0",
      "info": {
        "title": "Lenscap",
        "version": "1",
        "description": "What the watch found and what people did about it. Documents are those of schema lenscap/1. Without a session or token \
    every path answers 401, with the wrong role 403; x-role is the least role that may."
      },
      "servers": [{ "url": "/" }],
      "security": [{ "token": [] }, { "session": [] }],
      "paths": {
        "/api/1/alerts": {
          "get": {
            "summary": "Cases, the latest first", "operationId": "listAlerts", "x-role": "viewer",
            "parameters": [
              { "$ref": "#/components/parameters/limit" }, { "$ref": "#/components/parameters/cursor" },
              { "$ref": "#/components/parameters/since" }, { "$ref": "#/components/parameters/room" },
              { "$ref": "#/components/parameters/format" },
              { "name": "status", "in": "query", "schema": { "enum": ["open", "acknowledged", "snoozed", "dismissed", "declared"] } }
            ],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/devices": {
          "get": {
            "summary": "Devices, the latest first. Guests' devices are for managers.", "operationId": "listDevices", "x-role": "viewer",
            "parameters": [
              { "$ref": "#/components/parameters/limit" }, { "$ref": "#/components/parameters/cursor" },
              { "$ref": "#/components/parameters/since" }, { "$ref": "#/components/parameters/room" },
              { "$ref": "#/components/parameters/format" },
              { "name": "status", "in": "query", "schema": { "enum": ["declared", "undeclared"] } }
            ],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/rooms": {
          "get": {
            "summary": "Rooms, and how long each was watched within 24 hours", "operationId": "listRooms", "x-role": "viewer",
            "parameters": [
              { "$ref": "#/components/parameters/limit" }, { "$ref": "#/components/parameters/cursor" },
              { "$ref": "#/components/parameters/since" }, { "$ref": "#/components/parameters/room" },
              { "$ref": "#/components/parameters/format" },
              { "name": "status", "in": "query", "schema": { "enum": ["watched", "blind"] } }
            ],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/coverage": {
          "get": {
            "summary": "What the watch sees now: one item", "operationId": "getCoverage", "x-role": "viewer",
            "parameters": [{ "$ref": "#/components/parameters/format" }],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/deliveries": {
          "get": {
            "summary": "What became of each event at each sink, the latest first; not for viewers", "operationId": "listDeliveries", "x-role": "staff",
            "parameters": [
              { "$ref": "#/components/parameters/limit" }, { "$ref": "#/components/parameters/cursor" },
              { "$ref": "#/components/parameters/since" }, { "$ref": "#/components/parameters/format" },
              { "name": "status", "in": "query", "schema": { "enum": ["pending", "delivered", "failed", "gathered"] } }
            ],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/audit": {
          "get": {
            "summary": "Who did what, the latest first; for managers and tokens", "operationId": "listAudit", "x-role": "manager",
            "parameters": [
              { "$ref": "#/components/parameters/limit" }, { "$ref": "#/components/parameters/cursor" },
              { "$ref": "#/components/parameters/since" }, { "$ref": "#/components/parameters/format" }
            ],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}": {
          "get": {
            "summary": "One case with its history", "operationId": "getAlert", "x-role": "viewer",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "responses": { "200": { "$ref": "#/components/responses/case" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}/acknowledge": {
          "post": {
            "summary": "Somebody takes care of it", "operationId": "acknowledgeAlert", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }, { "$ref": "#/components/parameters/ifMatch" }],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": { "200": { "$ref": "#/components/responses/case" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}/assign": {
          "post": {
            "summary": "Somebody is sent; needs to", "operationId": "assignAlert", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }, { "$ref": "#/components/parameters/ifMatch" }],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": { "200": { "$ref": "#/components/responses/case" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}/dismiss": {
          "post": {
            "summary": "It is no camera; needs reason. For managers.", "operationId": "dismissAlert", "x-role": "manager",
            "parameters": [{ "$ref": "#/components/parameters/id" }, { "$ref": "#/components/parameters/ifMatch" }],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": {
              "200": { "$ref": "#/components/responses/case" }, "202": { "$ref": "#/components/responses/waiting" },
              "default": { "$ref": "#/components/responses/error" }
            }
          }
        },
        "/api/1/alerts/{id}/declare": {
          "post": {
            "summary": "It is the property's own; needs reason. For managers.", "operationId": "declareAlert", "x-role": "manager",
            "parameters": [{ "$ref": "#/components/parameters/id" }, { "$ref": "#/components/parameters/ifMatch" }],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": {
              "200": { "$ref": "#/components/responses/case" }, "202": { "$ref": "#/components/responses/waiting" },
              "default": { "$ref": "#/components/responses/error" }
            }
          }
        },
        "/api/1/alerts/{id}/reopen": {
          "post": {
            "summary": "It is open again, or what was proposed is withdrawn. For managers.", "operationId": "reopenAlert", "x-role": "manager",
            "parameters": [{ "$ref": "#/components/parameters/id" }, { "$ref": "#/components/parameters/ifMatch" }],
            "requestBody": { "$ref": "#/components/requestBodies/decision" },
            "responses": { "200": { "$ref": "#/components/responses/case" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}/evidence": {
          "post": {
            "summary": "Have the signed pack made; with media yes and a reason, with pictures, for managers. Not for viewers.", "operationId": "makePack", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "requestBody": { "$ref": "#/components/requestBodies/paper" },
            "responses": { "202": { "$ref": "#/components/responses/paper" }, "default": { "$ref": "#/components/responses/error" } }
          },
          "get": {
            "summary": "Packs and reports of a case, the latest first. Not for viewers.", "operationId": "listPapers", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/alerts/{id}/report": {
          "post": {
            "summary": "Have the report made, format html or pdf. Not for viewers.", "operationId": "makeReport", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "requestBody": { "$ref": "#/components/requestBodies/paper" },
            "responses": { "202": { "$ref": "#/components/responses/paper" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/certificates": {
          "post": {
            "summary": "Have the inspection certificate of a month made, format html or pdf; needs month. For managers.",
            "operationId": "makeCertificate", "x-role": "manager",
            "requestBody": { "$ref": "#/components/requestBodies/paper" },
            "responses": { "202": { "$ref": "#/components/responses/paper" }, "default": { "$ref": "#/components/responses/error" } }
          },
          "get": {
            "summary": "Certificates, the latest first. For managers and tokens.", "operationId": "listCertificates", "x-role": "manager",
            "responses": { "200": { "$ref": "#/components/responses/list" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/papers/{id}": {
          "get": {
            "summary": "What became of a paper that somebody asked for", "operationId": "getPaper", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "responses": { "200": { "$ref": "#/components/responses/paper" }, "default": { "$ref": "#/components/responses/error" } }
          }
        },
        "/api/1/papers/{id}/file": {
          "get": {
            "summary": "The paper itself; 409 until it is ready, 410 once it is gone", "operationId": "getPaperFile", "x-role": "staff",
            "parameters": [{ "$ref": "#/components/parameters/id" }],
            "responses": {
              "200": {
                "description": "A file to save",
                "content": { "application/zip": {}, "application/pdf": {}, "text/html": {} }
              },
              "default": { "$ref": "#/components/responses/error" }
            }
          }
        },
        "/api/1/events": {
          "get": {
            "summary": "Server-sent events alert, device, coverage and case", "operationId": "events", "x-role": "viewer",
            "parameters": [
              { "name": "Last-Event-ID", "in": "header", "schema": { "type": "string" }, "description": "The id of the last event that was read" }
            ],
            "responses": {
              "200": { "description": "Events, until the connection ends", "content": { "text/event-stream": { "schema": { "type": "string" } } } },
              "default": { "$ref": "#/components/responses/error" }
            }
          }
        },
        "/api/1/openapi.json": {
          "get": {
            "summary": "This text", "operationId": "openapi", "x-role": "viewer",
            "responses": {
              "200": { "description": "OpenAPI 3.1", "content": { "application/json": { "schema": { "type": "object" } } } },
              "default": { "$ref": "#/components/responses/error" }
            }
          }
        }
      },
      "components": {
        "securitySchemes": {
          "token": { "type": "http", "scheme": "bearer", "description": "lenscap tokens add NAME --scope read|act" },
          "session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-lenscap",
            "description": "Of the page; what changes something also needs the header X-CSRF-Token"
          }
        },
        "parameters": {
          "id": { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "maxLength": 64 } },
          "limit": { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 500, "default": 100 } },
          "cursor": { "name": "cursor", "in": "query", "schema": { "type": "string" }, "description": "The value of next" },
          "since": { "name": "since", "in": "query", "schema": { "type": "string" }, "description": "24h, 2026-11-24, or RFC 3339" },
          "room": { "name": "room", "in": "query", "schema": { "type": "string", "maxLength": 255 } },
          "format": { "name": "format", "in": "query", "schema": { "enum": ["json", "csv"], "default": "json" } },
          "ifMatch": {
            "name": "If-Match", "in": "header", "schema": { "type": "string" },
            "description": "The version that was seen; with another one the answer is 409"
          }
        },
        "requestBodies": {
          "paper": {
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "format": { "type": "string", "description": "zip for packs, html or pdf for the others" },
                    "month": { "type": "string", "description": "2026-11" },
                    "media": { "enum": ["yes", "no"] }, "reason": { "type": "string", "maxLength": 1000 }
                  }
                }
              }
            }
          },
    \(OpenAPIParts.decision)
        },
        "responses": {
    \(OpenAPIParts.list),
          "case": {
            "description": "The case; the header ETag has its version",
            "content": { "application/json": { "schema": { "type": "object", "required": ["type", "id", "status", "version"] } } }
          },
          "paper": {
            "description": "The paper; as answer to POST the header Location says where to ask again",
            "content": { "application/json": { "schema": { "type": "object", "required": ["type", "id", "kind", "state", "href"] } } }
          },
          "waiting": {
            "description": "A second manager must agree, by the same request",
            "content": { "application/json": { "schema": { "type": "object", "required": ["type", "id", "status", "version"] } } }
          },
    \(OpenAPIParts.error)
        }
      }
    }

    """
}

/// What the descriptions of both APIs have in common: members of JSON objects, each with its name.
public enum OpenAPIParts {
  /// What somebody decides about a case.
  public static let decision = """
          "decision": {
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "properties": {
                    "note": { "type": "string" }, "reason": { "type": "string" }, "to": { "type": "string" }, "place": { "type": "string" },
                    "owner": { "type": "string" }, "expires": { "type": "string", "description": "2026-12-31, or RFC 3339" }
                  }
                }
              }
            }
          }
    """

  /// One page of a list.
  public static let list = """
          "list": {
            "description": "One page of a list",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object", "required": ["items", "next"],
                  "properties": { "items": { "type": "array", "items": { "type": "object" } }, "next": { "type": ["string", "null"] } }
                }
              },
              "text/csv": { "schema": { "type": "string" } }
            }
          }
    """

  /// Why something was not done.
  public static let error = """
          "error": {
            "description": "Why it was not done",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object", "required": ["error"],
                  "properties": {
                    "error": {
                      "type": "object", "required": ["code", "message"],
                      "properties": { "code": { "type": "string" }, "message": { "type": "string" } }
                    }
                  }
                }
              }
            }
          }
    """
}

import Store

/// A camera that the property declared as its own.
public struct DeclarationDocument: Encodable, Sendable {
  let pattern: String
  @OrNull var name: String?
  @OrNull var place: String?
  @OrNull var owner: String?
  @OrNull var note: String?
  @OrNull var expires: String?
  @OrNull var declaredBy: String?
  let declared: String

  private enum CodingKeys: String, CodingKey {
    case pattern, name, place, owner, note, expires, declared
    case declaredBy = "declared_by"
  }

  public init(_ declaration: Declaration) {
    pattern = declaration.pattern
    name = declaration.name
    place = declaration.place
    owner = declaration.owner
    note = declaration.note
    expires = declaration.expiry?.rfc3339
    declaredBy = declaration.declaredBy
    declared = declaration.declaredAt.rfc3339
  }
}

/// Which gateway a code's gateway takes the place of.
enum Migration6 {
  static let script = "ALTER TABLE enrolment_code ADD COLUMN replaces text REFERENCES gateway"
}

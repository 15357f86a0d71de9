/// Whether a pack is as the box wrote it.
public struct PackVerification: Sendable, Equatable {
  public enum Change: String, Sendable {
    case changed, missing, added
  }

  public struct Finding: Sendable, Equatable {
    public let file: String
    public let change: Change

    public var line: String { "\(file): \(change.rawValue)" }
  }

  /// Empty if the pack is verified.
  public private(set) var findings: [Finding] = []
  /// Why, beside what `findings` say.
  public private(set) var remarks: [String] = []
  /// The key in the pack.
  public private(set) var signer: PublicKey?
  /// What it says about itself, for who has to know what it is about; empty unless it is verified.
  public private(set) var alert: [UInt8] = []
  public private(set) var versions: [UInt8] = []

  public var isVerified: Bool { findings.isEmpty }

  /// - Parameters:
  ///   - name: the pack's, for what concerns it as a whole.
  ///   - key: the one that must have signed it; nil for the one in the pack.
  public init(of bytes: [UInt8], name: String, key: PublicKey? = nil) {
    do throws(ZipError) {
      let archive = try ZipReader(bytes)
      check(archive, key)
      if isVerified { checkForm(bytes, name) }
      guard isVerified else { return }
      func file(_ name: String) -> [UInt8] { archive.entries.first { $0.name == name }?.bytes.map { Array($0) } ?? [] }
      (alert, versions) = (file(PackName.alert), file(PackName.versions))
    } catch {
      add(error.file ?? name, .changed)
      remarks.append("\(error)")
    }
  }

  private mutating func add(_ file: String, _ change: Change) {
    if !findings.contains(where: { $0.file == file }) { findings.append(Finding(file: file, change: change)) }
  }

  private mutating func check(_ archive: ZipReader, _ key: PublicKey?) {
    var contents: [String: ArraySlice<UInt8>] = [:]
    for entry in archive.entries {
      contents[entry.name] = entry.bytes ?? []
      guard let bytes = entry.bytes else {
        remarks.append("\(entry.name) was compressed by another program")
        add(entry.name, .changed)
        continue
      }
      if ZipFormat.checksum(bytes) != entry.checksum { add(entry.name, .changed) }
    }
    for name in PackName.all where contents[name] == nil { add(name, .missing) }
    guard let text = contents[PackName.manifest], let manifest = PackManifest(text), !isFound(PackName.manifest) else {
      if contents[PackName.manifest] != nil { add(PackName.manifest, .changed) }
      return
    }
    let signed = contents[PackName.key].flatMap(PublicKey.init(pem:))
    signer = signed
    let isSigned = signed?.verifies(contents[PackName.signature] ?? [], of: text) == true
    var differing: [String] = []
    for (name, sum) in manifest.sums {
      guard let content = contents[name] else {
        add(name, .missing)
        continue
      }
      if PackManifest.sum(of: content) != sum { differing.append(name) }
    }
    let listed = Set(manifest.sums.map(\.name))
    let unlisted = archive.entries.map(\.name).filter { !listed.contains($0) && ![PackName.manifest, PackName.signature].contains($0) }
    if isSigned {
      for name in differing { add(name, .changed) }
      for name in unlisted { addAddition(name) }
    } else {
      explain(differing, unlisted)
    }
    guard let key, signed != key else { return }
    remarks.append("signed by \(signed?.fingerprint ?? "nobody"), not by \(key.fingerprint)")
    add(PackName.key, .changed)
  }

  /// An added file is an addition also where another program compressed it.
  private mutating func addAddition(_ name: String) {
    findings.removeAll { $0.file == name }
    add(name, .added)
  }

  /// The signature does not fit: what was changed of key, list and signature.
  private mutating func explain(_ differing: [String], _ unlisted: [String]) {
    remarks.append("the signature does not fit the list of check sums")
    let parts = [PackName.key, PackName.signature, PackName.manifest]
    for name in unlisted { addAddition(name) }
    for name in differing { add(name, .changed) }
    if parts.contains(where: isFound) { return }
    add(differing.isEmpty && unlisted.isEmpty ? PackName.signature : PackName.manifest, .changed)
  }

  private func isFound(_ name: String) -> Bool { findings.contains { $0.file == name } }

  /// Everything between the files, too, must be as it was written: there is only one way.
  private mutating func checkForm(_ bytes: [UInt8], _ name: String) {
    guard let archive = try? ZipReader(bytes) else { return }
    let files = archive.entries.map { PackFile(name: $0.name, bytes: Array($0.bytes ?? [])) }
    let expected = ZipWriter.archive(files) ?? []
    guard expected != bytes else { return }
    let place = zip(expected, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? min(expected.count, bytes.count)
    let entry = archive.entries.first { $0.local.contains(place) || $0.central.contains(place) }
    remarks.append("every file in it is as it was, but the archive is not as Lenscap wrote it (byte \(place))")
    add(entry?.name ?? name, .changed)
  }
}

import SignatureFiles
import Testing

@Suite struct FolderTests {
  @Test func namedFolderComesFirst() throws {
    let environment = ["LENSCAP_SIGNATURES": "/b"]
    #expect(try SignatureFolder.find("/a", environment: environment, executable: nil) == "/a")
    #expect(try SignatureFolder.find(nil, environment: environment, executable: nil) == "/b")
  }

  @Test func besideTheExecutableAndAbove() throws {
    let folder = try TemporaryFolder()
    try folder.write("signatures/a.yaml", "")
    let expected = folder.path + "/signatures"
    for executable in [
      "lenscap", ".build/release/lenscap", ".build/x86_64-unknown-linux-gnu/release/lenscap", "1/2/3/4/5/lenscap",
    ] {
      #expect(try SignatureFolder.find(nil, environment: [:], executable: folder.path + "/" + executable) == expected)
    }
    // A nearer folder wins if it has signatures.
    try folder.write("bin/signatures/readme.txt", "")
    #expect(try SignatureFolder.find(nil, environment: [:], executable: folder.path + "/bin/lenscap") == expected)
    try folder.write("bin/signatures/b.yaml", "")
    #expect(
      try SignatureFolder.find(nil, environment: [:], executable: folder.path + "/bin/lenscap") == folder.path + "/bin/signatures"
    )
  }

  @Test func errorListsTheFolders() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: SignatureError.self) {
      try SignatureFolder.find(nil, environment: ["LENSCAP_SIGNATURES": ""], executable: folder.path + "/1/2/3/4/5/6/lenscap")
    }
    #expect(error?.description.contains("/usr/share/lenscap/signatures") == true)
    #expect(error?.description.contains("--signatures") == true)
  }
}

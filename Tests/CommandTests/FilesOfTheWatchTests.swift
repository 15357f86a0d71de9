import Foundation
import Testing

/// What happens to the files of a watch when disks are full, readers go, links lie in the way, and others look.
@Suite struct FilesOfTheWatchTests {
  private static let capture = Command.capture("camera-boot")

  /// Runs a script with the program as `$B`, in a folder of its own that is `$PWD`.
  private func script(_ text: String, in folder: URL) throws -> Command.Result {
    let names = ["script", "output", "errors"].map { folder.appendingPathComponent($0).path }
    // As root the program would become another user, who cannot write this folder.
    let user = geteuid() == 0 ? "--user root" : ""
    let head = "B='\(Command.binary)'; W=\"$B watch -i - \(user)\"; C='\(Self.capture)'; unset LENSCAP_DATABASE; cd '\(folder.path)'\n"
    try (head + text).write(toFile: names[0], atomically: true, encoding: .utf8)
    let status = try shell("bash '\(names[0])' > '\(names[1])' 2> '\(names[2])'")
    return Command.Result(
      status: status, output: try String(contentsOfFile: names[1], encoding: .utf8),
      errors: try String(contentsOfFile: names[2], encoding: .utf8))
  }

  /// A limit to the size of files stands for a disk that is full.
  @Test func aRecordingThatCannotGrowEndsWithAWholePacket() throws {
    try withTemporaryFolder { folder throws in
      let watched = try script("(ulimit -f 4; cat $C | $W -w r.pcapng | cat)", in: folder)
      #expect(watched.output.contains("192.168.88.122"), "detection goes on")
      #expect(watched.errors.contains("HEALTH r.pcapng: cannot be written: File too large"), Comment(rawValue: watched.errors))
      let replayed = try script("$B replay --format json r.pcapng", in: folder)
      #expect([0, 10].contains(replayed.status) && replayed.errors.isEmpty, "no half packet: \(replayed.errors)")
    }
  }

  @Test func theRecordingIsThereWhenTheAlertIs() throws {
    try withTemporaryFolder { folder throws in
      // The camera's first alert comes long before the end of the input.
      let text = """
        mkfifo out; (cat $C; sleep 5) | $W -w r.pcapng > out & read line < out; cp r.pcapng copy.pcapng; kill %1; wait
        $B replay --format json copy.pcapng
        """
      #expect(try script(text, in: folder).json["alerts"].map { ($0 as? [Any])?.isEmpty } == false)
    }
  }

  @Test func aReaderThatGoesCostsNoPacket() throws {
    try withTemporaryFolder { folder throws in
      let text = "(cat $C; sleep 1) | $W -w r.pcapng | head -1 > line; echo ${PIPESTATUS[1]}; $B replay --format json r.pcapng > all"
      let watched = try script(text, in: folder)
      #expect(watched.output == "10\n", Comment(rawValue: watched.errors))
      let (all, once) = (try script("cat all", in: folder), try Command.run("replay", "--format", "json", Self.capture))
      #expect(all.findings == once.findings && !all.findings.isEmpty)
    }
  }

  @Test func standardOutputThatCannotBeWrittenIsReported() throws {
    try withTemporaryFolder { folder throws in
      let watched = try script("$W --database d.sqlite < $C > /dev/full; echo $?; $B alerts --database d.sqlite", in: folder)
      #expect(watched.output.hasPrefix("10\n") && watched.output.contains("192.168.88.122"))
      let said = watched.errors.components(separatedBy: "standard output cannot be written: No space left on device").count - 1
      #expect(said == 1, Comment(rawValue: watched.errors))
    }
  }

  @Test func linksAreNotFollowed() throws {
    try withTemporaryFolder { folder throws in
      let text = """
        ln -s $PWD/t l; $W -w l < $C; echo $?; $W --database l < $C; echo $?; $B replay --write-evidence l $C > /dev/null; echo $?
        ls t
        """
      let watched = try script(text, in: folder)
      #expect(watched.output == "74\n74\n74\n")
      #expect(watched.errors.components(separatedBy: "l: is a symbolic link, which is not followed").count == 4)
    }
  }

  @Test func filesAreForTheirOwner() throws {
    try withTemporaryFolder { folder throws in
      let text = """
        umask 0; $W -w r.pcapng --database d.sqlite < $C > /dev/null; $B replay --write-evidence e.pcapng $C > /dev/null
        stat -c '%a %n' r.pcapng e.pcapng d.sqlite d.sqlite-wal d.sqlite-shm
        """
      #expect(try script(text, in: folder).output == "600 r.pcapng\n600 e.pcapng\n600 d.sqlite\n600 d.sqlite-wal\n600 d.sqlite-shm\n")
    }
  }

  /// Staff may write; where the group may only read, as in the package's folder, it may not write the database either.
  @Test(.needs(.namespaces), arguments: [(2770, 660), (2750, 640)])
  func filesOfTheGroupAreForTheGroup(folderMode: Int, databaseMode: Int) throws {
    try withTemporaryFolder { folder throws in
      let text = """
        (cat /etc/group; echo lenscap:x:54321:) > group; mkdir d; chgrp 54321 d; chmod \(folderMode) d
        export C W B; unshare -m bash -c 'mount --bind group /etc/group; $W -w d/r.pcapng --database d/d.sqlite < $C > /dev/null
          $B replay --write-evidence d/e.pcapng $C > /dev/null'
        stat -c '%a %n' d/r.pcapng d/e.pcapng d/d.sqlite d/d.sqlite-wal d/d.sqlite-shm
        """
      let modes = ["640 d/r.pcapng", "640 d/e.pcapng"] + ["", "-wal", "-shm"].map { "\(databaseMode) d/d.sqlite\($0)" }
      #expect(try script(text, in: folder).output.split(separator: "\n").map(String.init) == modes)
    }
  }

  /// An investigator's copy.
  @Test(.needs(.namespaces)) func aDatabaseOnAReadOnlyMediumIsRead() throws {
    try withTemporaryFolder { folder throws in
      let text = """
        $W --database d.sqlite < $C > /dev/null; mkdir m; cp d.sqlite m; export B
        unshare -m bash -c 'mount --bind m m; mount -o remount,ro,bind m
          for c in alerts devices status digest "known list" "known adopt"; do $B $c --database m/d.sqlite > out || echo $c: $?; cat out; done'
        ls m
        """
      let read = try script(text, in: folder)
      #expect(read.output.contains("192.168.88.122") && read.output.contains("open alerts: 1"), Comment(rawValue: read.errors))
      #expect(!read.output.contains(": 66") && read.output.hasSuffix("\nd.sqlite\n"), Comment(rawValue: read.output))
    }
  }
}

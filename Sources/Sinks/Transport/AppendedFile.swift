import Glibc
import Services

/// A file that whole lines are appended to, by several processes in turn.
final class AppendedFile: Sendable {
  private let descriptor: Int32

  /// Opens the file, or makes it.
  init(_ path: String, mode: mode_t) throws(SystemError) {
    let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    var descriptor = unsafe open(path, flags | O_CREAT | O_EXCL, mode)
    if descriptor >= 0 {
      // The mask of the process may have taken the group's right.
      fchmod(descriptor, mode)
    } else if errno == EEXIST {
      descriptor = unsafe open(path, flags)
    }
    guard descriptor >= 0 else { throw errno == ELOOP ? SystemError(reason: "is a symbolic link") : .number(errno) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(reason: "is not a regular file")
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// False once the path leads to another file, or to none.
  func `is`(at path: String) -> Bool {
    var there = stat()
    var here = stat()
    guard unsafe lstat(path, &there) == 0, unsafe fstat(descriptor, &here) == 0 else { return false }
    return there.st_ino == here.st_ino && there.st_dev == here.st_dev
  }

  /// Appends a line, which ends with LF, and waits until it is on the disk. What a failed write left behind is taken back, and where that
  /// cannot be, the next line begins on a new one.
  ///
  /// Returns false if another process holds the file's lock.
  func append(_ line: [UInt8]) throws(SystemError) -> Bool {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      if errno == EWOULDBLOCK { return false }
      throw .number(errno)
    }
    defer { flock(descriptor, LOCK_UN) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .number(errno) }
    var last: UInt8 = 0
    let isCut = unsafe status.st_size > 0 && pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    let bytes = isCut ? [UInt8(ascii: "\n")] + line : line
    let written = unsafe write(descriptor, bytes, bytes.count)
    guard written == bytes.count else {
      let code = written < 0 ? errno : ENOSPC
      if written > 0 { ftruncate(descriptor, status.st_size) }
      throw .number(code)
    }
    guard fsync(descriptor) == 0 else { throw .number(errno) }
    return true
  }
}

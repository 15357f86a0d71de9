import CLinux
import Glibc

/// What a watch takes from itself, by whomever it was started: its unit in `packaging/` does the same, a shell does not.
///
/// Packets are hostile. Whoever took the process over by one would have the rights of an unprivileged user who may capture: no programs, no
/// internet, no more privileges, and no memory on the disk.
public enum Confinement {
  /// Names a problem that is no reason not to watch.
  private static let variable = "LENSCAP_DEBUG"

  /// What can be given up at once. Call this before other threads exist: they inherit it.
  public static func begin() {
    if lenscap_write_no_core() != 0 { explain("core files", errno) }
    // Root alone may: to an ordinary user the flag after it denies what the set would allow.
    if lenscap_empty_bounding_set() != 0, geteuid() == 0 { explain("the bounding set of capabilities", errno) }
    if lenscap_take_no_privileges() != 0 { explain("new privileges", errno) }
  }

  /// Allows only the system calls of a watch that runs. Call this once files and interfaces are open and privileges given up.
  public static func filterSystemCalls() {
    if lenscap_filter_system_calls() != 0 { explain("system calls", errno) }
  }

  private static func explain(_ what: String, _ cause: Int32) {
    guard unsafe getenv(variable) != nil else { return }
    let line = unsafe "lenscap: debug: \(what) could not be restricted: \(String(cString: strerror(cause)))\n"
    _ = unsafe line.withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
  }
}

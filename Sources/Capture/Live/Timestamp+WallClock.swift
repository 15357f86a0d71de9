import CLinux
import CPcap
import Detection
import Glibc

extension Timestamp {
  /// The wall clock's time, for live capture and for operators' actions. The engine uses packet time only.
  public static var now: Timestamp {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(seconds: Int64(now.tv_sec), nanoseconds: Int64(now.tv_nsec))
  }
}

/// The machine's clock.
public enum SystemClock {
  /// No time server sets it, as far as the kernel knows.
  public static var isUnsynchronised: Bool { lenscap_clock_is_unsynchronised() != 0 }
}

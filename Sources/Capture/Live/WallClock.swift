import CPcap
import Detection
import Glibc

extension Timestamp {
  /// The wall clock's time: for live capture, and for what people do; the engine knows packet time only.
  public static var now: Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(seconds: Int64(now.tv_sec), nanoseconds: Int64(now.tv_nsec))
  }
}

import Capture
import Detection
import Testing

@testable import Watch

@Suite struct RecordingTests {
  @Test func aFullDiskIsReportedOnce() throws {
    let writer = try CaptureWriter(path: "/dev/full", application: "test", snapLength: 100, interfaces: CaptureInterfaces())
    let recording = Recording(writer)
    let event = try #require(recording.flush(at: Sample.start))
    #expect(event.code == .recordingFailed && event.time == Sample.start && !event.isRemark)
    #expect(event.text.hasPrefix("/dev/full: cannot be written: No space left on device"))
    #expect(recording.flush(at: Sample.start) == nil)
  }

  @Test func aWorkingRecordingHasNothingToReport() throws {
    let writer = try CaptureWriter(path: "/dev/null", application: "test", snapLength: 100, interfaces: CaptureInterfaces())
    #expect(Recording(writer).flush(at: Sample.start) == nil)
  }
}

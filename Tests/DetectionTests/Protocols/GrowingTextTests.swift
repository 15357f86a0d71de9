import Testing

@testable import Detection

/// Bodies that come byte by byte are looked at once, and judged like whole ones.
@Suite struct GrowingTextTests {
  @Test(arguments: [
    ("{\"model\": \"a}\\\"\"}", true), ("{\"a\": {\"b\": 1}", false), (" {} \r\n", true), ("{", false), ("}", false),
    ("<?xml version='1.0'?><root a='1'><b/></root>\n", true), ("<root><b></b>", false), ("<root></root", false), ("<a></ab>", false),
    ("model: " + String(repeating: "x", count: 193), true), ("model: " + String(repeating: "x", count: 192), false),
    (String(repeating: "x", count: 300), false), ("", false), ("   ", false),
  ])
  func whole(text: String, isWhole: Bool) {
    let bytes = Array(text.utf8)
    var whole = GrowingText()
    whole.grow(bytes.span.bytes)
    #expect(whole.isWhole(bytes.span.bytes) == isWhole)
    var growing = GrowingText()
    for count in 0...bytes.count { growing.grow(Array(bytes.prefix(count)).span.bytes) }
    #expect(growing.isWhole(bytes.span.bytes) == isWhole)
    #expect(growing.count == bytes.count)
  }

  @Test func pages() {
    for (text, isPage) in [("\r\n <HTML>", true), ("<!DOCTYPE html>", true), ("<html", true), ("<htm", false), ("x<html>", false)] {
      let bytes = Array(text.utf8)
      var body = GrowingText()
      for count in 0...bytes.count { body.grow(Array(bytes.prefix(count)).span.bytes) }
      #expect(body.isPage(bytes.span.bytes) == isPage, "\(text)")
    }
  }

  /// The search goes on where it ended, but for the bytes with which its word may have begun.
  @Test func title() {
    let page = Array("<html><titl <TITLE lang=de>IP <b>Camera</titl</title>".utf8)
    var search = TitleSearch()
    var found: [Range<Int>] = []
    for count in 0...page.count {
      if let place = search.find(in: Array(page.prefix(count)).span.bytes) {
        found.append(place)
        break
      }
      #expect(search.position >= count - 7)
    }
    #expect(found.first.map { String(decoding: page[$0], as: UTF8.self) } == "IP <b>Camera</titl")
  }

  /// A line end at the front, and one in the middle of two, come alone.
  @Test func firstPart() {
    let head = wire("HTTP/1.1 200 OK\nContent-Type: multipart/x-mixed-replace; boundary=b\n\n")
    let body = wire("\n\n--b\nContent-Type: image/jpeg\n\n") + [0xFF, 0xD8]
    let observed = Harness.stream(HTTPTests.recognizers, [(true, wire("GET /v HTTP/1.1\n\n")), (false, head + body)])
    #expect(observed[.httpVideo] == ["b"])
  }
}

import CCurl
import Foundation

/// One transfer of libcurl, with the options that every transfer of this program has. For one thread at a time.
@safe final class CurlHandle {
  /// Longest time until a connection stands.
  static let connectLimit = Duration.seconds(10)
  /// Longest time of a whole transfer.
  static let transferLimit = Duration.seconds(30)

  let pointer: UnsafeMutableRawPointer
  /// What the server sent, up to `receivedLimit` bytes.
  private(set) var received: [UInt8] = []
  /// True if the server sent more than the limit, at which the transfer was ended.
  private(set) var isCut = false
  /// The first four letters of the last line that was sent, in upper case, for protocols with commands such as SMTP.
  private(set) var lastCommand = ""
  private var receivedLimit = 0
  private var upload: [UInt8] = []
  private var uploaded = 0
  private var uploadedFile: Int32?
  private var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []

  /// `curl_global_init` runs once, before any handle exists.
  private static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  /// Parameters: what may be used, such as `http,https`; a PEM file of certificate authorities instead of the system's.
  init(protocols: String, caFile: String?, transferLimit: Duration = CurlHandle.transferLimit) throws(DeliveryError) {
    guard CurlHandle.isReady, let pointer = unsafe curl_easy_init() else { throw .temporary("libcurl cannot be used") }
    unsafe self.pointer = unsafe pointer
    try unsafe check(lenscap_curl_allow_protocols(pointer, protocols))
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    try set(CURLOPT_CONNECTTIMEOUT_MS, Self.connectLimit.milliseconds)
    try set(CURLOPT_TIMEOUT_MS, transferLimit.milliseconds)
    // A look-up that hangs does not hold back the end of a cancelled transfer. libcurl before 7.87 does not know it.
    _ = unsafe lenscap_curl_set_long(pointer, CURLOPT_QUICK_EXIT, 1)
    if let caFile { try set(CURLOPT_CAINFO, caFile) }
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    for place in unsafe lists.indices { unsafe curl_slist_free_all(lists[place]) }
  }

  private func check(_ code: CURLcode) throws(DeliveryError) {
    guard code == CURLE_OK else { throw .temporary("libcurl does not support what this sink needs") }
  }

  func set(_ option: CURLoption, _ value: Int) throws(DeliveryError) {
    try unsafe check(lenscap_curl_set_long(pointer, option, value))
  }

  /// - Throws: `.refused` for a text with a NUL, which C would end there.
  func set(_ option: CURLoption, _ value: String) throws(DeliveryError) {
    guard !value.utf8.contains(0) else { throw .refused("a setting contains a NUL character") }
    try unsafe check(lenscap_curl_set_text(pointer, option, value))
  }

  /// - Throws: `.refused` for a line with a control character.
  func set(_ option: CURLoption, lines: [String]) throws(DeliveryError) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines {
      guard !line.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), let longer = unsafe curl_slist_append(list, line) else {
        unsafe curl_slist_free_all(list)
        throw .refused("a header contains a line break")
      }
      unsafe list = unsafe longer
    }
    guard let list = unsafe list else { return }
    unsafe lists.append(list)
    try unsafe check(lenscap_curl_set_list(pointer, option, list))
  }

  /// Sends `bytes` as the body of a request whose method was set before; libcurl keeps a copy.
  func post(_ bytes: [UInt8]) throws(DeliveryError) {
    try unsafe check(lenscap_curl_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count)))
    let code = unsafe bytes.withUnsafeBytes { buffer in
      unsafe buffer.baseAddress.map { unsafe lenscap_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, $0) }
        ?? lenscap_curl_set_text(pointer, CURLOPT_COPYPOSTFIELDS, "")
    }
    try check(code)
  }

  /// Sends `bytes` as an upload, such as a mail.
  func upload(_ bytes: [UInt8]) throws(DeliveryError) {
    upload = bytes
    try upload(count: bytes.count)
  }

  /// Sends what an open file has, and leaves it open.
  func upload(descriptor: Int32, count: Int) throws(DeliveryError) {
    uploadedFile = descriptor
    try upload(count: count)
  }

  private func upload(count: Int) throws(DeliveryError) {
    try set(CURLOPT_UPLOAD, 1)
    try unsafe check(lenscap_curl_set_size(pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(count)))
    try unsafe check(lenscap_curl_set_pointer(pointer, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
    try unsafe check(
      lenscap_curl_set_transfer(pointer, CURLOPT_READFUNCTION) { buffer, size, count, context in
        guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
        let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        return unsafe handle.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
      })
  }

  private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    if let uploadedFile {
      let count = unsafe Glibc.read(uploadedFile, buffer.baseAddress, buffer.count)
      return count < 0 ? Int(CURL_READFUNC_ABORT) : count
    }
    let part = upload[uploaded...].prefix(buffer.count)
    unsafe buffer.copyBytes(from: part)
    uploaded += part.count
    return part.count
  }

  /// Keeps at most `limit` bytes of what the server sends, and ends the transfer there.
  func receive(limit: Int) throws(DeliveryError) {
    receivedLimit = limit
    try unsafe check(lenscap_curl_set_pointer(pointer, CURLOPT_WRITEDATA, Unmanaged.passUnretained(self).toOpaque()))
    try unsafe check(
      lenscap_curl_set_transfer(pointer, CURLOPT_WRITEFUNCTION) { buffer, size, count, context in
        guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
        let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        return unsafe handle.take(UnsafeRawBufferPointer(start: buffer, count: size * count))
      })
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    let room = receivedLimit - received.count
    unsafe received.append(contentsOf: bytes.prefix(room))
    isCut = bytes.count > room
    return isCut ? 0 : bytes.count
  }

  /// Notes `lastCommand`. Nothing else of what passes is kept.
  func watchCommands() throws(DeliveryError) {
    try set(CURLOPT_VERBOSE, 1)
    try unsafe check(lenscap_curl_set_pointer(pointer, CURLOPT_DEBUGDATA, Unmanaged.passUnretained(self).toOpaque()))
    try unsafe check(
      lenscap_curl_set_debug(pointer) { _, kind, text, size, context in
        guard kind == CURLINFO_HEADER_OUT, let text = unsafe text, let context = unsafe context else { return 0 }
        let handle = unsafe Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        let command = unsafe String(decoding: UnsafeRawBufferPointer(start: text, count: size).prefix(4), as: UTF8.self).uppercased()
        // libcurl takes its leave after a failure.
        if command != "QUIT" { handle.lastCommand = command }
        return 0
      })
  }

  /// Runs the transfer in `loop`. Returns `CURLE_ABORTED_BY_CALLBACK` within two seconds after `isCancelled` became true.
  func perform(in loop: CurlLoop, isCancelled: () -> Bool) -> CURLcode { loop.perform(self, isCancelled: isCancelled) }
}

/// Connections that stay open from one transfer to the next. For one thread at a time.
@safe final class CurlLoop {
  /// How long a transfer waits before it looks whether it was cancelled.
  static let pollInterval = Duration.milliseconds(250)

  private let multi: UnsafeMutableRawPointer?

  init() { unsafe multi = unsafe curl_multi_init() }

  deinit { unsafe curl_multi_cleanup(multi) }

  fileprivate func perform(_ handle: CurlHandle, isCancelled: () -> Bool) -> CURLcode {
    let code = start(handle, isCancelled: isCancelled)
    // libcurl takes its leave of a mail server, and waits for the answer as long as for any other: a second is enough.
    if code == CURLE_ABORTED_BY_CALLBACK { _ = unsafe lenscap_curl_set_long(handle.pointer, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1) }
    finish(handle)
    return code
  }

  /// The same, but the connection belongs to the handle until `finish`.
  func start(_ handle: CurlHandle, isCancelled: () -> Bool) -> CURLcode {
    guard let multi = unsafe multi, unsafe curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else { return CURLE_FAILED_INIT }
    var running: Int32 = 0
    while !isCancelled() {
      guard unsafe curl_multi_perform(multi, &running) == CURLM_OK else { return CURLE_FAILED_INIT }
      var left: Int32 = 0
      while let message = unsafe curl_multi_info_read(multi, &left) {
        if unsafe message.pointee.msg == CURLMSG_DONE { return unsafe message.pointee.data.result }
      }
      guard unsafe curl_multi_poll(multi, nil, 0, Int32(Self.pollInterval.milliseconds), nil) == CURLM_OK else { return CURLE_FAILED_INIT }
    }
    return CURLE_ABORTED_BY_CALLBACK
  }

  func finish(_ handle: CurlHandle) { unsafe curl_multi_remove_handle(multi, handle.pointer) }
}

extension Duration {
  /// Whole milliseconds, at least 0.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    return max(0, Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue) + Int(attoseconds / 1_000_000_000_000_000))
  }
}

extension DeliveryError {
  /// Why a transfer failed, in words for a person, with no more of the address than the host.
  static func transfer(_ code: CURLcode, host: String) -> DeliveryError {
    let host = host.oneLine.cut(utf8: 255)
    let reason =
      switch code {
      case CURLE_COULDNT_RESOLVE_HOST: "the name \(host) was not found"
      case CURLE_COULDNT_RESOLVE_PROXY: "the proxy was not found"
      case CURLE_COULDNT_CONNECT: "\(host) refused the connection or cannot be reached"
      case CURLE_OPERATION_TIMEDOUT: "\(host) did not answer in time"
      case CURLE_PEER_FAILED_VERIFICATION: "the certificate of \(host) is not trusted"
      case CURLE_SSL_CACERT_BADFILE: "the file of certificate authorities cannot be read"
      case CURLE_SSL_CONNECT_ERROR: "no TLS connection to \(host) could be made"
      case CURLE_USE_SSL_FAILED: "\(host) offers no TLS"
      case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: "the connection to \(host) was cut"
      case CURLE_URL_MALFORMAT: "the address is not one that this sink can use"
      case CURLE_LOGIN_DENIED: "\(host) did not accept the user or the password"
      case CURLE_ABORTED_BY_CALLBACK: "the delivery was cancelled"
      // An answer in a version of HTTP that nobody asked for is an unsupported protocol too.
      case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: "\(host) gave an answer that makes no sense"
      default: "the transfer to \(host) failed (libcurl error \(code.rawValue))"
      }
    return .temporary(reason)
  }
}

import CCurl
import Foundation

/// Requests to central over HTTPS: with a certificate of this box, and to a server that a file of authorities vouches for.
package struct CentralHTTPS: Sendable {
  private static let answerLimit = 256 << 10
  /// The line of a hotel may be slow.
  private static let uploadLimit = Duration.seconds(900)

  private let host: String
  /// PEM file of certificate authorities instead of the system's.
  private let ca: String?
  /// False where the certificate itself is known, whatever name it has.
  private let checksName: Bool
  private let certificate: (file: String, key: String)?
  private let version: String

  package init(
    host: String, ca: String?, checksName: Bool = true, certificate: (file: String, key: String)? = nil, version: String
  ) {
    (self.host, self.ca, self.checksName, self.certificate, self.version) = (host, ca, checksName, certificate, version)
  }

  /// Sends a JSON document, and answers with the status and the body.
  package func post(_ body: Data, to url: String) async throws(DeliveryError) -> (status: Int, body: Data) {
    try await CancellableWork.run(onThread: "lenscap https") { isCancelled throws(DeliveryError) in
      let handle = try self.handle(url)
      try handle.set(CURLOPT_POST, 1)
      try handle.post(Array(body))
      try handle.set(CURLOPT_HTTPHEADER, lines: ["Expect:", "Content-Type: application/json"])
      try self.perform(handle, isCancelled)
      return unsafe (lenscap_curl_response_code(handle.pointer), Data(handle.received))
    }
  }

  /// Asks for a document of at most so many bytes.
  package func get(_ url: String, limit: Int) async throws(DeliveryError) -> (status: Int, body: Data) {
    try await CancellableWork.run(onThread: "lenscap https") { isCancelled throws(DeliveryError) in
      let handle = try self.handle(url)
      try handle.receive(limit: limit)
      // Behind the slowest of routers.
      try handle.set(CURLOPT_TIMEOUT_MS, 600_000)
      try self.perform(handle, isCancelled)
      return unsafe (lenscap_curl_response_code(handle.pointer), Data(handle.received))
    }
  }

  /// Sends a file, read as it goes, and answers with the status and the body.
  package func put(file path: String, bytes count: Int, to url: String) async throws(DeliveryError) -> (status: Int, body: Data) {
    try await CancellableWork.run(onThread: "lenscap https") { isCancelled throws(DeliveryError) in
      let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard file >= 0 else { throw .refused("the file is gone") }
      defer { close(file) }
      let handle = try self.handle(url, limit: Self.uploadLimit)
      try handle.upload(descriptor: file, count: count)
      try handle.set(CURLOPT_HTTPHEADER, lines: ["Expect:", "Content-Type: application/octet-stream"])
      try self.perform(handle, isCancelled)
      return unsafe (lenscap_curl_response_code(handle.pointer), Data(handle.received))
    }
  }

  /// The certificates that a server shows, PEM, its own first. Nothing is sent to it but a request for `url` without a body.
  package func certificates(of url: String) async throws(DeliveryError) -> [String] {
    try await CancellableWork.run(onThread: "lenscap https") { isCancelled throws(DeliveryError) in
      let handle = try self.handle(url)
      try handle.set(CURLOPT_SSL_VERIFYPEER, 0)
      try handle.set(CURLOPT_SSL_VERIFYHOST, 0)
      try handle.set(CURLOPT_CERTINFO, 1)
      try handle.set(CURLOPT_NOBODY, 1)
      try self.perform(handle, isCancelled)
      guard let info = unsafe lenscap_curl_certificates(handle.pointer)?.pointee else { return [] }
      return unsafe (0..<Int(info.num_of_certs)).compactMap { unsafe Self.certificate(info.certinfo[$0]) }
    }
  }

  /// Of the lines about one certificate, the one that has it.
  private static func certificate(_ list: UnsafeMutablePointer<curl_slist>?) -> String? {
    var next = unsafe list
    while let line = unsafe next?.pointee {
      let text = unsafe line.data.map { unsafe String(cString: $0) } ?? ""
      if text.hasPrefix("Cert:") { return String(text.dropFirst("Cert:".count)) }
      unsafe next = unsafe line.next
    }
    return nil
  }

  private func handle(_ url: String, limit: Duration = CurlHandle.transferLimit) throws(DeliveryError) -> CurlHandle {
    let handle = try CurlHandle(protocols: "https", caFile: ca, transferLimit: limit)
    try handle.set(CURLOPT_URL, url)
    try handle.set(CURLOPT_USERAGENT, "lenscap/\(version.headerValue)")
    if !checksName { try handle.set(CURLOPT_SSL_VERIFYHOST, 0) }
    if let certificate {
      try handle.set(CURLOPT_SSLCERT, certificate.file)
      try handle.set(CURLOPT_SSLKEY, certificate.key)
    }
    try handle.receive(limit: Self.answerLimit)
    return handle
  }

  private func perform(_ handle: CurlHandle, _ isCancelled: () -> Bool) throws(DeliveryError) {
    let code = handle.perform(in: CurlLoop(), isCancelled: isCancelled)
    if code == CURLE_PEER_FAILED_VERIFICATION { throw .refused("the certificate of \(host) is not trusted") }
    guard code == CURLE_OK else { throw .transfer(code, host: host) }
  }
}
